// The other tabs: told that the store has changed, and nothing else. Anybody on this origin can listen and speak, so a
// message holds no secret and proves nothing: whoever hears it looks at the store.

const CHANGED = { v: 1, kind: "changed" };
const BURST_MS = 50;

export class Peers {
  #channel = null;
  #hear;

  constructor(name, hear) {
    this.#hear = sparing(hear);
    try {
      this.#channel = new BroadcastChannel(name);
      // Outside browsers an open channel keeps the process alive.
      this.#channel.unref?.();
      this.#channel.onmessage = ({ data }) => data?.v === CHANGED.v && data.kind === CHANGED.kind && this.hint();
    } catch {
      // Without a channel the browser's own `storage` events remain.
    }
  }

  get works() {
    return this.#channel !== null;
  }

  /** Something, here or elsewhere, says that the store has changed. */
  hint() {
    this.#hear();
  }

  tell() {
    this.#channel?.postMessage(CHANGED);
  }

  close() {
    this.#channel?.close();
    this.#channel = null;
    this.#hear = () => {};
  }
}

/** Calls at once, and once more at the end of a burst, however many calls it had. */
function sparing(act) {
  let resting = false;
  let again = false;
  const call = () => {
    again = resting;
    if (resting) return;
    resting = true;
    setTimeout(() => {
      resting = false;
      if (again) call();
    }, BURST_MS);
    act();
  };
  return call;
}
