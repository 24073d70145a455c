// A service worker of the page: it notes each call to another origin, keeps the answers, and would hand them out again.
const kept = new Map();
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin === self.location.origin) return;
  event.respondWith(
    (async () => {
      const clients = await self.clients.matchAll();
      for (const client of clients) client.postMessage({ method: request.method, cache: request.cache });
      const mayBeCached = request.method === "GET" && request.cache !== "no-store";
      if (mayBeCached && kept.has(request.url)) return kept.get(request.url).clone();
      const response = await fetch(request);
      if (mayBeCached) kept.set(request.url, response.clone());
      return response;
    })(),
  );
});
