// Where a secret could come out of a page, other than where it is meant to go: what it says on the console, what nobody caught, messages to
// other tabs, names of what is stored, URLs, requests to others, performance entries, and what in-page.js noted of sessions and errors.
import assert from "node:assert/strict";
import { found } from "./canaries.js";

/** Passwords of the demo accounts, which no test means to show. */
const PASSWORDS = ["alice-password", "bob-password"];
const SHORTEST = 10;

/** In the page, before anything else. */
function spy() {
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (message) {
    try {
      globalThis.noteSink?.("BroadcastChannel", JSON.stringify(message)).catch(() => {});
    } catch {}
    return postMessage.call(this, message);
  };
}

/** In the page, at its end. */
async function collect() {
  const keys = { local: [], session: [], databases: [] };
  try {
    keys.local = Object.keys(localStorage);
    keys.session = Object.keys(sessionStorage);
    for (const { name } of await indexedDB.databases()) {
      const base = await new Promise((done) => Object.assign(indexedDB.open(name), { onsuccess: (event) => done(event.target.result), onerror: () => done(null) }));
      for (const store of base?.objectStoreNames ?? []) {
        const all = base.transaction(store).objectStore(store).getAllKeys();
        keys.databases.push(name, store, ...(await new Promise((done) => Object.assign(all, { onsuccess: () => done(all.result), onerror: () => done([]) }))));
      }
      base?.close();
    }
  } catch {
    // A page that has no storage has no keys.
  }
  return {
    "storage keys": JSON.stringify(keys),
    "performance entries": performance.getEntries().map(({ name }) => name).join("\n"),
    address: `${location.href} ${document.title} ${history.length && JSON.stringify(history.state)}`,
    document: document.documentElement.outerHTML,
    ...(globalThis.whatWasSaid?.() ?? {}),
  };
}

/**
 * Watches all pages of a context. `home(url)`: where secrets may be sent, and bodies hold tokens. `assertClean()` at the end of a test,
 * `look(secrets)` for those that are known: what was found, as `sink: secret`.
 */
export async function watchSinks(context, home) {
  const texts = [];
  const issued = new Set();
  const reading = new Set();
  const note = (sink, text) => void texts.push([sink, String(text)]);

  await context.exposeBinding("noteSink", (_source, sink, text) => note(sink, text));
  await context.addInitScript(spy);
  context.on("console", (message) => note(`console.${message.type()}`, message.text()));
  context.on("weberror", (error) => note("uncaught", `${error.error()?.stack ?? error.error()}`));
  context.on("request", (request) => {
    note("URL", request.url());
    if (!home(request.url())) note("request to another origin", JSON.stringify([request.headers(), request.postData()]));
  });
  context.on("response", (response) => {
    if (!home(response.url())) return;
    const done = response.json().then((body) => {
      for (const name of ["access_token", "refresh_token", "id_token"]) if (body?.[name]?.length >= SHORTEST) issued.add(body[name]);
    }, () => {}).finally(() => reading.delete(done));
    reading.add(done);
  });

  const look = async (secrets) => {
    for (const page of context.pages())
      for (const frame of page.frames()) {
        const last = await Promise.race([frame.evaluate(collect).catch(() => ({})), new Promise((done) => setTimeout(done, 3000, {}))]);
        for (const [sink, text] of Object.entries(last)) note(sink, text);
      }
    const finds = texts.flatMap(([sink, text]) => found(secrets, text).map((secret) => `${sink}: ${secret}`));
    return [...new Set(finds)];
  };
  return {
    look,
    issued,
    async assertClean(more = []) {
      await Promise.race([Promise.all(reading), new Promise((done) => setTimeout(done, 2000))]);
      assert.deepEqual(await look([...PASSWORDS, ...issued, ...more]), [], "secrets where none belong");
    },
  };
}
