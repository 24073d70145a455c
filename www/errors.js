import { isAuthError } from "/dist/index.js";
import { byId, duration, el, fillFacts } from "./dom.js";

/** Shows one error at a time: its code as the heading, our words, then what the server said. */
export function createErrorPanel() {
  const panel = byId("error");
  let waiting = null;

  function clear() {
    clearInterval(waiting);
    panel.dataset.code = panel.dataset.reason = "";
    panel.replaceChildren();
  }

  function show(error, { inputs = [] } = {}) {
    clear();
    if (!isAuthError(error)) error = { code: "unexpected", message: String(error?.message ?? error) };
    panel.dataset.code = error.code;
    panel.dataset.reason = error.reason ?? "";
    const facts = el("dl", { class: "facts" });
    fillFacts(facts, factsOf(error));
    const close = el("button", { type: "button", class: "small", "data-testid": "error-close" }, "Dismiss");
    close.addEventListener("click", () => {
      clear();
      byId("session").focus();
    });
    panel.append(el("section", { class: "card error", "aria-labelledby": "error-title" },
      el("div", { class: "headline" }, el("h2", { id: "error-title", "data-testid": "error-code" }, error.code), close),
      el("p", { "data-testid": "error-message" }, error.message),
      otherFields(error.fields ?? [], inputs),
      facts,
      error.retryAfterMs ? retryClock(error.retryAfterMs) : null));
  }

  /** Counts the wait down beside the alert: a `timer` is not announced each second. */
  function retryClock(retryAfterMs) {
    const untilMs = Date.now() + retryAfterMs;
    const clock = el("p", { class: "hint", role: "timer", "aria-live": "off", "data-testid": "error-retry" });
    const tick = () => {
      const leftMs = untilMs - Date.now();
      clock.textContent = leftMs > 0 ? `The server asks to wait: ${duration(leftMs)} left.` : "The wait is over: try again.";
      if (leftMs <= 0) clearInterval(waiting);
    };
    waiting = setInterval(tick, 500);
    tick();
    return clock;
  }

  return { show, clear };
}

/** Field errors for which there is no input to stand beside. */
function otherFields(fields, inputs) {
  const rest = fields.filter(({ path }) => !inputs.includes(path));
  if (rest.length === 0) return null;
  return el("ul", { "data-testid": "error-fields" },
    ...rest.map(({ path, message }) => el("li", {}, path ? el("code", {}, path) : null, path ? ` ${message}` : message)));
}

/** Everything else the error carries, in the order a reader asks for it. */
function factsOf(error) {
  const { reason, phase, status, problem } = error;
  return [
    ["Reason", reason],
    ["While", phase],
    ["Option", error.option],
    ["HTTP status", status],
    ["Error", error.error],
    ["Description", error.errorDescription],
    ["Server’s code", error.serverCode],
    ["Server’s words", error.serverMessage],
    ["Problem", problem],
    ["Attempts left", error.attemptsLeft],
    ["Likely causes", error.causes?.join(", ")],
    ["Deadline", error.timeoutMs === undefined ? null : duration(error.timeoutMs)],
    ["Expected", error.expected === undefined ? null : `${error.expected} at ${error.pointer || "the top"}`],
    ["Storage", error.operation],
    ["Origin", error.origin],
    ["More", error.extra],
    ["Retry", error.retryable ? "the same call may succeed later" : null],
  ];
}
