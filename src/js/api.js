// A caller's own calls: `fetch` with the token, which goes to the listed places and nowhere else. What a call means for the
// session (has the token expired?) the core says; this file knows how to send, and when to stop.

import { AuthError } from "./auth_error.js";
import { invalid } from "./failures.js";
import { readSettings } from "./settings.js";
import { Spare } from "./spare.js";

// Where new tokens do not help, asking for more would be a loop: three refreshes that a refusal followed, in a minute.
const FRUITLESS = 3;
const FRUITLESS_MS = 60_000;

const blockedOrigin = (origin) =>
  new AuthError({ code: "blocked_origin", message: `the token may not be sent to ${origin}: use.origins does not list it`, retryable: false, origin });

export class Api {
  #session;
  #usage;
  #places;
  #fruitless = [];

  /**
   * `session`: `accessToken(options)`, `current()` (the token in hand, or `null`), `ends()` (how many sessions are over), `refresh(used)`,
   * `rejection(response)`, `emit(name, detail)`.
   * `usage`: the core's `{ header, scheme, origins, expired }`.
   */
  constructor(session, usage) {
    this.#session = session;
    this.#usage = usage;
    this.#places = usage.origins.map((place) => new URL(place));
  }

  /** As the global `fetch`, but for where the token goes and what is done about one that has expired. */
  async fetch(input, init) {
    const { request, body, retry, withToken } = this.#prepare(input, init);
    if (!withToken) return send(request);
    if (retry === "never") return send(await this.#authorized(request));
    const spare = new Spare(request, body);
    try {
      return await this.#fetchTwice(request, spare);
    } finally {
      spare.drop();
    }
  }

  /** The request with the token on it, for whoever sends it by other means. */
  async authorize(input, init) {
    const { request, withToken } = this.#prepare(input, init);
    return withToken ? this.#authorized(request) : request;
  }

  async #fetchTwice(request, spare) {
    const { url, signal } = request;
    const used = await this.#token(signal);
    const ends = this.#session.ends();
    const response = await send(this.#carrying(request, used));
    if (!(await this.#means_expired(response))) return response;

    const again = await unless(signal, () => spare.take());
    if (!again) {
      // For those who call next: this one has its answer.
      this.#renew(used).catch(() => {});
      this.#session.emit("body_not_replayable", { url: originOf(url) });
      return response;
    }
    if (!(await this.#renewed(used, signal))) return response;
    const token = await this.#token(signal);
    // What one user has asked for is not sent again as another's.
    if (ends !== this.#session.ends()) return response;
    // Nobody will see it. What is left of its body would keep the connection.
    void response.body?.cancel().catch(() => {});
    const second = await send(this.#carrying(again, token));
    if (await this.#means_expired(second)) this.#note_fruitless(token);
    return second;
  }

  // The request as it will be sent: it is looked at after the browser has made it of what the caller gave, not before.
  #prepare(input, init) {
    const { own, settings } = readSettings(input, init);
    const request = made(input, settings);
    const { header } = this.#usage;
    if (request.headers.has(header)) throw invalid(`headers.${header}`, "is set by the session");

    const withToken = this.#allows(request.url);
    if (!withToken && own.foreign === undefined) throw blockedOrigin(originOf(request.url));
    // The browser sends no such header then, and does not say so.
    if (withToken && request.mode === "no-cors") throw invalid("mode", "cannot be no-cors with a token");
    // The browser takes Authorization off where a redirect leaves the origin, and no other header.
    const isCustom = header.toLowerCase() !== "authorization";
    if (withToken && isCustom && request.redirect === "follow") throw invalid("redirect", "cannot be followed with a token in this header");
    return { request, body: settings.body ?? null, retry: own.retry, withToken };
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

  async #authorized(request) {
    return this.#carrying(request, await this.#token(request.signal));
  }

  // Who withdraws is told what `fetch` tells: the signal's own reason.
  async #token(signal) {
    try {
      return await this.#session.accessToken({ signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  // The status tells of most answers: their bodies are left alone, and need never end.
  async #means_expired(response) {
    const { status } = response;
    const conditions = this.#usage.expired.filter(({ statuses }) => statuses.length === 0 || statuses.includes(status));
    if (conditions.length === 0) return false;
    if (conditions.some(({ isAll }) => isAll)) return true;
    const error = await this.#session.rejection(response);
    return error?.tokenExpired === true;
  }

  // Whether there is another token than the one that was refused.
  async #renewed(used, signal) {
    try {
      return await unless(signal, () => this.#renew(used));
    } catch (error) {
      if (signal.aborted || error?.code === "session_ended" || error?.code === "disposed") throw error;
      return false;
    }
  }

  async #renew(used) {
    const current = this.#session.current();
    // A late refusal of a token that has been renewed since.
    if (current !== null && current !== used) return true;
    if (this.#is_fruitless()) return false;
    await this.#session.refresh(used);
    return true;
  }

  // Once for each token, however many calls it was refused for.
  #note_fruitless(token) {
    if (this.#fruitless.some((one) => one.token === token)) return;
    this.#fruitless.push({ token, at: performance.now() });
    if (!this.#is_fruitless()) return;
    this.#session.emit("warning", { code: "refresh_loop", message: "New tokens are refused like those before: nothing is renewed for refusals for a minute." });
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

// What a page has put in the place of `fetch` may swallow a failure, which is none of the token's: it is told as `fetch` tells of one.
async function send(request) {
  const response = await fetch(request);
  if (typeof response?.status !== "number") throw new TypeError("what the page has put in the place of fetch gave back no Response");
  return response;
}

const originOf = (url) => new URL(url).origin;

/** What comes of `act`, unless the signal is withdrawn first: then its reason. */
async function unless(signal, act) {
  signal.throwIfAborted();
  let leave;
  const left = new Promise((_, reject) => (leave = () => reject(signal.reason)));
  signal.addEventListener("abort", leave);
  try {
    return await Promise.race([act(), left]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
