// Runs in every page before anything else, and puts `kit` there: what the tests' page functions share.
// `kit.said` collects all that the package utters, for the search for secrets at the end of each test.

globalThis.kit = {
  said: [],
  /** Every event of the session, `{ event, ...detail }`, in order. */
  heard: [],

  async open(options) {
    const { AuthSession } = await import("/dist/index.js");
    const session = await AuthSession.open(options);
    const names = ["signed_in", "refreshed", "refresh_failed", "expiring", "signed_out", "user_changed", "storage_degraded", "warning"];
    for (const event of names) {
      session.on(event, (detail) => {
        kit.heard.push({ event, ...detail });
        kit.note(detail);
        kit.note(session);
      });
    }
    globalThis.session = session;
    return session;
  },

  note(value) {
    kit.said.push(JSON.stringify(value) ?? "");
  },

  /** What `promise` was rejected with, as a plain object; `null` when it was not. */
  async failure(promise) {
    try {
      kit.note(await promise);
      return null;
    } catch (error) {
      return kit.plain(error);
    }
  },

  /** The documented members of an error, whether or not they are enumerable. */
  plain(error) {
    const own = Object.getOwnPropertyNames(error).map((name) => [name, error[name]]);
    kit.note(error);
    kit.note(Object.fromEntries(own.filter(([, value]) => typeof value !== "function")));
    kit.said.push(`${error}\n${error.stack}\n${error.cause ?? ""}`);
    const members =
      "name code message retryable phase status error errorDescription serverCode serverMessage problem fields attemptsLeft retryAfterMs extra tokenExpired hint causes reason option";
    return JSON.parse(JSON.stringify(Object.fromEntries(members.split(" ").map((name) => [name, error[name]]))));
  },

  /** GET with a bearer token: `{ status, body }`. */
  async get(url, token) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  },

  sleep: (ms) => new Promise((awake) => setTimeout(awake, ms)),

  /** Waits until `condition()` holds. */
  async until(condition, what, ms = 15_000) {
    const began = performance.now();
    while (!condition()) {
      if (performance.now() - began > ms) throw new Error(`waited ${ms} ms for ${what}; heard ${JSON.stringify(kit.heard)}`);
      await kit.sleep(25);
    }
  },

  count: (event) => kit.heard.filter((heard) => heard.event === event).length,
};
