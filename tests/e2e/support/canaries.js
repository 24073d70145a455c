/**
 * Remembers every token that the backends hand out to this page, in a body or in a cookie, so that a test can look for them where they
 * must not be. `settled` resolves once all answers seen so far are read.
 */
export function collectTokens(page, backendUrls) {
  const access = [];
  const refresh = [];
  const reading = new Set();

  async function read(response) {
    if (!backendUrls.some((url) => response.url().startsWith(url))) return;
    const body = await response.json().catch(() => null);
    if (typeof body?.access_token === "string") access.push(body.access_token);
    if (typeof body?.refresh_token === "string") refresh.push(body.refresh_token);
    for (const { name, value } of await response.headersArray().catch(() => [])) {
      const [, cookie, secret] = (name.toLowerCase() === "set-cookie" && /^([^=]+)=([^;]{16,})/.exec(value)) || [];
      if (/refresh/.test(cookie)) refresh.push(secret);
    }
  }

  page.on("response", (response) => {
    const done = read(response).finally(() => reading.delete(done));
    reading.add(done);
  });
  return { access, refresh, settled: () => Promise.all(reading) };
}

/** Everything script in the page can read that outlives it: localStorage, sessionStorage, readable cookies, IndexedDB. As one text. */
export const readStores = (page) => page.evaluate(async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const databases = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = database.transaction(store).objectStore(store);
      databases[`${name}/${store}`] = [await settled(records.getAllKeys()), await settled(records.getAll())];
    }
    database.close();
  }
  return JSON.stringify({ local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, databases });
});

/** Those of the secrets that stand in the text, plain or as JSON or a URL would spell them. */
export const found = (secrets, text) =>
  secrets.filter((secret) => [secret, encodeURIComponent(secret), btoa(secret)].some((spelling) => text.includes(spelling)));
