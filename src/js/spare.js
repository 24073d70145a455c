// A second copy of a request, to be sent where the first is refused. The browser makes it when the call is made, so it is what the first
// one was, whatever has become of the caller's objects meanwhile.

import { within } from "./deadline.js";
import { isStream } from "./given.js";

// A Request's own body may be a stream, and what of it has been sent is kept for the copy: so much, and no more.
const KEPT_BYTES = 1024 * 1024;
// A body that has been answered has been sent; one that is still being written now is not waited for.
const SOON_MS = 1_000;

export class Spare {
  #request = null;
  #gauge = null;
  #isWhole = true;

  /** `body`: what the caller gave for one; `null` where the request's is that of another Request, if any. */
  constructor(request, body) {
    if (isStream(body)) return;
    this.#request = request.clone();
    // Not every browser shows a request's body. Where it does not, none can be a stream.
    if (body !== null || !request.body) return;
    this.#gauge = request.clone().body.getReader();
    this.#isWhole = endsWithin(KEPT_BYTES, this.#gauge).catch(() => false);
    void this.#isWhole.then((isWhole) => isWhole || this.drop());
  }

  /** The copy, or `null` where there can be none. */
  async take() {
    const isWhole = await within(SOON_MS, Promise.resolve(this.#isWhole)).catch(() => false);
    const request = isWhole ? this.#request : null;
    if (request) this.#request = null;
    return request;
  }

  /** Lets go what has not been taken, so that nothing is kept for it and whoever writes the body is told that nobody reads it. */
  drop() {
    if (!this.#gauge) return;
    void this.#gauge.cancel().catch(() => {});
    void this.#request?.body.cancel().catch(() => {});
  }
}

async function endsWithin(bytes, reader) {
  for (let left = bytes; left >= 0; ) {
    const { done, value } = await reader.read();
    if (done) return true;
    left -= value.byteLength;
  }
  return false;
}
