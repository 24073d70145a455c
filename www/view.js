import { byId, clockTime, el, fillFacts } from "./dom.js";
import { createCountdown } from "./countdown.js";
import { ACTIVITY, END_REASONS, STATUS, STORAGE } from "./words.js";

/** What is shown before there is a session to ask. */
export const NOT_OPEN = Object.freeze({
  status: "restoring", signedIn: false, activity: null, user: null, scope: null, tokenType: null,
  issuedAtMs: null, expiresAtMs: null, refreshAtMs: null, extra: {}, endReason: null, storage: null, warnings: [],
});

/** Shows a snapshot: who, state, clocks, facts, warnings, and the reply fields nobody asked for. */
export function createView() {
  const countdown = createCountdown();

  return function show(snapshot) {
    const active = snapshot.status === "active";
    showState(snapshot, active);
    byId("held").hidden = !active;
    byId("refresh").disabled = !active;
    byId("logout").disabled = !active;
    countdown.show(snapshot);
    fillFacts(byId("facts"), [
      ["Token type", snapshot.tokenType],
      ["Scope", snapshot.scope],
      ["Issued", snapshot.issuedAtMs === null ? null : clockTime(snapshot.issuedAtMs)],
      ["Kept in", STORAGE[snapshot.storage]],
    ]);
    showWarnings(snapshot.warnings);
    const extra = Object.entries(snapshot.extra).map(([name, value]) => [name, value ?? "null"]);
    byId("extra").hidden = extra.length === 0;
    fillFacts(byId("extra-list"), extra);
  };
}

function showState({ status, activity, user, endReason }, active) {
  const pill = byId("status");
  pill.dataset.status = status;
  pill.dataset.activity = activity ?? "";
  setText(pill, STATUS[status]);
  setText(byId("activity"), ACTIVITY[activity] ?? "");
  setText(byId("who"), active ? (user ?? "The backend does not say who") : "");
  const why = byId("why");
  why.dataset.reason = endReason ?? "";
  setText(why, endReason ? END_REASONS[endReason] : "");
}

/** Leaves equal text alone, so that a screen reader is not told the same thing twice. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showWarnings(warnings) {
  const list = byId("warnings");
  list.hidden = warnings.length === 0;
  list.replaceChildren(...warnings.map(({ code, message }) =>
    el("li", { "data-warning": code }, el("strong", {}, code.replaceAll("_", " ")), ` ${message}`)));
}
