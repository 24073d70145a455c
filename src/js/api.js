// A caller's own calls: `fetch` with the token, which goes to the listed places and nowhere else. What a call means for the
// session (has the token expired?) the core says; this file knows how to send, what can be sent again, and when to stop.

import { AuthError } from "./auth_error.js";
import { invalid } from "./failures.js";

// Where new tokens do not help, asking for more would be a loop: three refreshes that a refusal followed, in a minute.
const FRUITLESS = 3;
const FRUITLESS_MS = 60_000;
// What is read ahead of a request's body, so that it can be sent again.
const REPLAYABLE_BYTES = 1024 * 1024;
// Nothing that follows a redirect, tells the page's address or sends cookies, unless asked for.
const SAFE = { redirect: "error", referrerPolicy: "no-referrer", credentials: "omit" };

const blockedOrigin = (origin) =>
  new AuthError({ code: "blocked_origin", message: "the token may not be sent to this origin", retryable: false, origin });

export class Api {
  #session;
  #usage;
  #places;
  #fruitless = [];

  /**
   * `session`: `accessToken(options)`, `current()` (the token in hand, or `null`), `refresh()`, `rejection(response)`, `emit(name, detail)`.
   * `usage`: the core's `{ header, scheme, origins }`.
   */
  constructor(session, usage) {
    this.#session = session;
    this.#usage = usage;
    this.#places = usage.origins.map((place) => new URL(place));
  }

  /** As the global `fetch`, but for where the token goes and what is done about one that has expired. */
  async fetch(input, init) {
    const { foreign, retry, ...given } = init ?? {};
    const { request, again, withToken } = await this.#prepare(input, given, foreign);
    if (!withToken) return fetch(request);
    const { url, signal } = request;

    const used = await this.#token(signal);
    const response = await fetch(this.#carrying(request, used));
    if (retry === "never" || !(await this.#means_expired(response))) return response;

    if (!again) {
      // For those who call next: this one has its answer.
      this.#renew(used).catch(() => {});
      this.#session.emit("body_not_replayable", { url: originOf(url) });
      return response;
    }
    if (!(await this.#renewed(used, signal))) return response;
    const token = await this.#token(signal);
    const second = await fetch(this.#carrying(again(), token));
    if (await this.#means_expired(second)) this.#note_fruitless(token);
    return second;
  }

  /** The request with the token on it, for whoever sends it by other means. */
  async authorize(input, init) {
    const { foreign, ...given } = init ?? {};
    const { request, withToken } = await this.#prepare(input, given, foreign);
    return withToken ? this.#carrying(request, await this.#token(request.signal)) : request;
  }

  // The request as it will be sent: its URL is looked at after the browser has read it, not before, and a second request goes
  // where the first went, whatever has become of the caller's objects meanwhile.
  async #prepare(input, given, foreign) {
    const isRequest = input instanceof Request;
    const body = given.body ?? null;
    const isStream = body instanceof ReadableStream;
    const headers = new Headers(given.headers ?? (isRequest ? input.headers : undefined));
    const settings = { ...SAFE, ...given, headers };
    const request = made(input, settings);
    const isCustom = this.#usage.header.toLowerCase() !== "authorization";
    if (headers.has(this.#usage.header)) throw invalid(`headers.${this.#usage.header}`, "is set by the session");

    const withToken = this.#allows(request.url);
    if (!withToken && foreign !== "send-without-token") throw blockedOrigin(originOf(request.url));
    // The browser takes Authorization off where a redirect leaves the origin, and no other header.
    if (withToken && isCustom && request.redirect === "follow") throw invalid("redirect", "cannot be followed with a token in this header");

    // Not the first one's headers: they say how its own form is divided.
    const anew = (body) => () => new Request(request.url, { ...settings, ...settingsOf(request), headers, body });
    const call = (again) => ({ request, again, withToken });
    // What is not used up is read anew for each request.
    if (!request.body || (!isStream && body !== null)) return call(anew(body));
    if (isStream || !isRequest) return call(null);
    const bytes = await readAhead(request.clone());
    return call(bytes && anew(bytes));
  }

  #allows(url) {
    const { protocol, origin, pathname } = new URL(url);
    return this.#places.some((place) => {
      // What only contains such a URL (`blob:`, `filesystem:`) has its origin, too.
      if (place.origin !== origin || place.protocol !== protocol) return false;
      const below = place.pathname.replace(/\/$/, "");
      return pathname === below || pathname.startsWith(`${below}/`);
    });
  }

  #carrying(request, token) {
    const { header, scheme } = this.#usage;
    request.headers.set(header, scheme ? `${scheme} ${token}` : token);
    return request;
  }

  // Who withdraws is told what `fetch` tells: the signal's own reason.
  async #token(signal) {
    try {
      return await this.#session.accessToken({ signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  async #means_expired(response) {
    const error = await this.#session.rejection(response);
    return error?.tokenExpired === true;
  }

  // Whether there is another token than the one that was refused.
  async #renewed(used, signal) {
    signal.throwIfAborted();
    const gone = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    try {
      return await Promise.race([this.#renew(used), gone]);
    } catch (error) {
      if (signal.aborted || error?.code === "session_ended" || error?.code === "disposed") throw error;
      return false;
    }
  }

  async #renew(used) {
    const current = this.#session.current();
    // A late refusal of a token that has been renewed since.
    if (current !== null && current !== used) return true;
    if (this.#is_fruitless()) {
      this.#session.emit("warning", { code: "refresh_loop", message: "New tokens are refused like those before: nothing is renewed for refusals for a minute." });
      return false;
    }
    await this.#session.refresh();
    return true;
  }

  // Once for each token, however many calls it was refused for.
  #note_fruitless(token) {
    if (!this.#fruitless.some((one) => one.token === token)) this.#fruitless.push({ token, at: performance.now() });
  }

  #is_fruitless() {
    const since = performance.now() - FRUITLESS_MS;
    this.#fruitless = this.#fruitless.filter(({ at }) => at > since);
    return this.#fruitless.length >= FRUITLESS;
  }
}

// The browser's own error would repeat the password of such a URL.
function made(input, settings) {
  try {
    return new Request(input, settings);
  } catch (error) {
    throw /credentials/.test(error?.message) ? invalid("input", "must not hold a user name or a password") : error;
  }
}

const originOf = (url) => new URL(url).origin;

// What a second request must share with the first.
const settingsOf = ({ method, mode, credentials, cache, redirect, referrerPolicy, integrity, keepalive, signal }) => ({
  method,
  mode,
  credentials,
  cache,
  redirect,
  referrerPolicy,
  integrity,
  keepalive,
  signal,
});

// The body as a whole, or `null` if it is too large.
async function readAhead(request) {
  const chunks = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks, { type: request.headers.get("content-type") ?? "" });
    size += value.byteLength;
    if (size > REPLAYABLE_BYTES) {
      void reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
}
