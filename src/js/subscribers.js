// Stage seven: the subscribers. They are told after the step that concerns them, never within it, so each may
// call any method; one that throws is reported like any uncaught error and disturbs nobody else.

const NAMES = new Set([
  "signed_in",
  "refreshed",
  "refresh_failed",
  "expiring",
  "signed_out",
  "user_changed",
  "storage_degraded",
  "warning",
  "body_not_replayable",
]);

export class Subscribers {
  #lists = new Map();

  static knows(name) {
    return NAMES.has(name);
  }

  // One entry a call, so that the same function added twice is also removed twice.
  add(name, listener) {
    const entry = { listener };
    const list = this.#lists.get(name) ?? new Set();
    this.#lists.set(name, list.add(entry));
    return () => void list.delete(entry);
  }

  tell(name, ...details) {
    queueMicrotask(() => {
      for (const entry of [...(this.#lists.get(name) ?? [])]) {
        // One that was told before may have stopped it, or disposed of the session.
        if (!this.#lists.get(name)?.has(entry)) continue;
        const { listener } = entry;
        try {
          listener(...details);
        } catch (error) {
          setTimeout(() => {
            throw error;
          });
        }
      }
    });
  }

  clear() {
    this.#lists.clear();
  }
}
