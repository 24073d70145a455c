// Served to every tab: the package, and what tests have a tab do, as `globalThis.tab`.
import { ALICE, AuthSession, outcome, record } from "/in-page.js";

const ENOUGH_MS = 60_000;

// Timers of hidden tabs are throttled to one a second; those of a worker are not.
const ticker = new Worker(URL.createObjectURL(new Blob(["onmessage = ({ data: [id, ms] }) => setTimeout(() => postMessage(id), ms)"])));
const waiting = new Map();
ticker.onmessage = ({ data: id }) => waiting.get(id)();
const sleep = (ms) => new Promise((done) => {
  waiting.set(waiting.size, done);
  ticker.postMessage([waiting.size - 1, ms]);
});

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Everything script can read that outlives the page, as one text. */
async function stores() {
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, databases: {}, caches: {} };
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = database.transaction(store).objectStore(store);
      kept.databases[`${name}/${store}`] = [await settled(records.getAllKeys()), await settled(records.getAll())];
    }
    database.close();
  }
  const names = await globalThis.caches?.keys() ?? [];
  for (const name of names) kept.caches[name] = (await (await caches.open(name)).keys()).map(({ url }) => url);
  return JSON.stringify(kept);
}

/** What the tab knows of its session. `ends`: why it ended, each time it did; `revived`: it was signed in after it had been signed out. */
function view() {
  const { status, user } = tab.session.getSnapshot();
  const names = tab.events.map(({ name }) => name);
  const ends = tab.events.filter(({ name }) => name === "signed_out").map(({ detail }) => detail.reason);
  return { status, user, ends, revived: names.includes("signed_out") && names.lastIndexOf("signed_in") > names.indexOf("signed_out") };
}

/** What becomes of a call, how long it took, and what the tab knows afterwards. */
async function timed(call, withinMs = ENOUGH_MS) {
  const start = performance.now();
  const ended = await outcome(call, withinMs);
  return { ...ended, ms: performance.now() - start, ...view() };
}

// Tabs that are to act at one instant are armed one by one; then one of them tells all the instant.
const starter = new BroadcastChannel("tests.start");
let start = () => {};
starter.onmessage = ({ data: at }) => start(at);

const tab = globalThis.tab = {
  ALICE, AuthSession, sleep, stores, view, timed, session: null, events: [], uncaught: [],

  /** @param {number} number the tab's, from 0 */
  async open(options, number) {
    tab.session?.dispose();
    tab.number = number;
    tab.session = await AuthSession.open(options);
    tab.events = record(tab.session);
    return { ...view(), capabilities: tab.session.capabilities ?? null };
  },
  login: () => timed(tab.session.login(ALICE)),
  ask: (options) => timed(tab.session.accessToken(options)),
  refresh: () => timed(tab.session.refresh()),
  logout: () => timed(tab.session.logout()),
  /** Sends a Request of this page's. */
  send: async (url, init) => (await tab.session.fetch(new Request(url, init))).status,
  /** Forgets what happened so far. */
  forget: () => void tab.events.splice(0),
  arm({ source, arg }) {
    const act = (0, eval)(`(${source})`);
    tab.armed = new Promise((go) => (start = go)).then((at) => act({ at, arg }));
    tab.armed.catch(() => {}); // told to whoever asks for it
  },
  fire(leadMs) {
    const at = clock.realNow() + leadMs;
    starter.postMessage(at);
    start(at);
  },
  /** Until an instant of the machine's own clock. */
  until: (instant) => sleep(Math.max(0, instant - clock.realNow())),
  /** Until the session is in that state, for at most so long. Resolves to whether it is. */
  async reaches(status, ms = 5_000) {
    const isThere = () => tab.session.getSnapshot().status === status;
    for (const end = performance.now() + ms; !isThere() && performance.now() < end; ) await sleep(10);
    return isThere();
  },
};
addEventListener("unhandledrejection", ({ reason }) => tab.uncaught.push(String(reason?.message ?? reason)));
addEventListener("error", ({ message }) => tab.uncaught.push(message));
