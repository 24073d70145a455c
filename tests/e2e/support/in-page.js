// Served to the page: the package, and what tests do with it there.
import { AuthSession as Plain, isAuthError } from "/dist/index.js";
export { isAuthError };

/** Loaded as `/in-page.js?isolated`, every session that is opened has its core in a worker. */
const isolated = new URL(import.meta.url).searchParams.has("isolated");
class Isolated extends Plain {
  static open(options) {
    let given = options;
    try {
      const { storage, isolation } = Object(options);
      if (storage === undefined && isolation === undefined) given = { ...options, isolation: "worker" };
    } catch {
      // Some throw when they are read, which is for the package to find out.
    }
    return Plain.open(given);
  }
}
export const AuthSession = isolated ? Isolated : Plain;

export const ALICE = { username: "alice", password: "alice-password" };
export const BOB = { username: "bob", password: "bob-password" };

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** What becomes of a promise, as plain data. One that has not settled in time is `{ pending: true }`. */
export const outcome = (promise, ms = 15_000) =>
  Promise.race([
    Promise.resolve(promise).then((value) => ({ value }), (error) => ({ error: described(error) })),
    sleep(ms).then(() => ({ pending: true })),
  ]);

/** The same for a call that may throw. */
export const attempt = (call, ms) => {
  try {
    return outcome(call(), ms);
  } catch (error) {
    return Promise.resolve({ error: described(error), thrown: true });
  }
};

export const described = (error) =>
  noted("error", error) && isAuthError(error) ? { ...JSON.parse(JSON.stringify(error)), isAuthError: true } : { name: error?.name, message: String(error?.message) };

// ── What sessions and errors say, for the search at the end of each test (sinks.js) ─────────────

const EVENTS = ["signed_in", "refreshed", "refresh_failed", "expiring", "signed_out", "user_changed", "storage_degraded", "warning", "body_not_replayable"];
const said = { error: [], event: [], snapshot: [], explain: [] };
const watched = new Set();

/** Every way to write a value out, kept as text. */
export function noted(kind, value) {
  const ways = [
    () => String(value), () => JSON.stringify(value), () => value?.stack, () => JSON.stringify(value?.toJSON?.()), () => String(value?.cause?.stack ?? value?.cause),
    () => JSON.stringify(Object.getOwnPropertyNames(value).map((name) => [name, String(value[name]), value[name]])),
    () => JSON.stringify(structuredClone(value), (_, one) => (one instanceof Error ? [one.name, one.message, one.stack] : one)),
  ];
  for (const way of ways) {
    try {
      said[kind].push(way());
    } catch {
      // What cannot be written out this way says nothing this way.
    }
  }
  return true;
}

globalThis.whatWasSaid = () => {
  for (const session of watched) {
    noted("snapshot", session);
    noted("explain", session.explain());
  }
  return Object.fromEntries(Object.entries(said).map(([kind, texts]) => [kind, texts.join("\n")]));
};

const { open } = AuthSession;
AuthSession.open = async function (...given) {
  const session = await open.apply(this, given);
  watched.add(session);
  for (const name of EVENTS)
    session.on(name, (detail) => {
      noted("event", { name, detail });
      if (detail.error) noted("error", detail.error);
    });
  return session;
};

/** The detail of the next event of that name. */
export const next = (session, event) =>
  new Promise((told) => {
    const stop = session.on(event, (detail) => {
      stop();
      told(detail);
    });
  });

/** Every event from now on, by name and detail. */
export function record(session) {
  const events = [];
  for (const name of EVENTS) session.on(name, (detail) => events.push({ name, detail: JSON.parse(JSON.stringify(detail)) }));
  return events;
}

/** How long a call takes, in milliseconds, and what became of it. */
export async function timed(promise) {
  const start = performance.now();
  return { ...(await outcome(promise)), ms: performance.now() - start };
}

/** Takes all the room that localStorage has left. */
export function fillLocalStorage() {
  let name = 0;
  for (let size = 1 << 20; size > 0; ) {
    try {
      localStorage.setItem(`filler-${name}`, "x".repeat(size));
      name += 1;
    } catch {
      size >>= 1;
    }
  }
}
