import { byId, clockTime, duration, el } from "./dom.js";
import { END_REASONS, STORAGE } from "./words.js";

const KEPT = 200;
const someone = (user) => user ?? "somebody";

/** An error or a warning in one line. */
export const sentence = ({ code = "unexpected", message }) => `${message} (${code}).`;

/** What each event of a session says in the log. */
const SENTENCES = {
  signed_in: ({ user }) => `Signed in as ${someone(user)}.`,
  refreshed: ({ expiresAtMs }) =>
    expiresAtMs === null ? "Renewed, for an unknown time." : `Renewed until ${clockTime(expiresAtMs)}.`,
  refresh_failed: ({ error, nextAttemptAtMs }) =>
    sentence(error) + (nextAttemptAtMs === null ? "" : ` The next attempt is in ${duration(nextAttemptAtMs - Date.now())}.`),
  expiring: ({ expiresAtMs }) => `The session ends at ${clockTime(expiresAtMs)} and cannot be renewed.`,
  signed_out: ({ reason }) => END_REASONS[reason],
  user_changed: ({ user, previousUser }) => `From ${someone(previousUser)} to ${someone(user)}.`,
  storage_degraded: ({ storage, error }) => `${sentence(error)} Now kept in ${STORAGE[storage]}.`,
  warning: (warning) => sentence(warning),
};

/** The event log: everything a session tells, and what the page itself did, oldest first. */
export function createLog() {
  const list = byId("log");
  byId("log-clear").addEventListener("click", () => list.replaceChildren());

  /** Adds one line. `event` is an event name of the session, or a word of the page's own. */
  function add(event, text, reason = null) {
    const now = new Date();
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(el("li", { "data-event": event, "data-reason": reason },
      el("time", { datetime: now.toISOString() }, now.toLocaleTimeString()),
      el("code", {}, event),
      el("span", {}, text)));
    if (list.childElementCount > KEPT) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  return {
    add,
    /** Writes down every event of this session. */
    follow(session) {
      for (const [event, describe] of Object.entries(SENTENCES)) {
        session.on(event, (detail) => add(event, describe(detail), detail.reason ?? null));
      }
    },
  };
}
