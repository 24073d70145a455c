import { byId, el } from "./dom.js";

/** The faults on offer: a button each, what is asked of the backend, and options it needs besides. */
const FAULTS = [
  ["503", "Answer 503", { kind: "status", status: 503 }],
  ["delay", "Delay by 3 s", { kind: "delay", ms: 3000 }],
  ["drop-before", "Drop before handling", { kind: "drop-before" }],
  ["drop-after", "Drop after handling", { kind: "drop-after" }],
  ["malformed", "Malformed body", { kind: "malformed" }],
  // Across origins a page can read Retry-After only where the server exposes it.
  ["429", "Answer 429, wait 5 s", { kind: "status", status: 429, retryAfter: 5 }, { exposeHeaders: ["Retry-After"] }],
  ["401", "Answer 401", { kind: "status", status: 401 }],
];

const TARGETS = [["refresh", "Refresh"], ["login", "Login"], ["logout", "Logout"], ["api", "API call"]];

/** The buttons that break the demo backend on request, and the field that sets its access token lifetime. */
export function createFaults({ log }) {
  const lifetimes = new Map();
  let baseUrl = null;
  byId("fault-on").replaceChildren(...TARGETS.map(([value, label]) => el("option", { value }, label)));
  byId("fault-buttons").replaceChildren(...FAULTS.map(([id, label, fault, options]) => button(`fault-${id}`, label, () => arm(label, fault, options))),
    button("fault-clear", "Clear faults", clear));

  byId("lifetime").addEventListener("submit", async (event) => {
    event.preventDefault();
    const accessLifetimeS = byId("lifetime-seconds").valueAsNumber;
    if (!(accessLifetimeS >= 1)) return;
    if (await control("POST", "options", { accessLifetimeS })) {
      lifetimes.set(baseUrl, accessLifetimeS);
      log.add("lifetime", `Access tokens now live ${accessLifetimeS} s, from the next one on.`);
    }
  });

  async function arm(label, fault, options) {
    const target = byId("fault-on");
    if (options && !(await control("POST", "options", options))) return;
    const done = await control("POST", "fault", { on: target.value, times: 1, ...fault });
    if (done) say(`Next ${target.selectedOptions[0].text.toLowerCase()}: ${label.toLowerCase()}.`);
  }

  async function clear() {
    if (await control("DELETE", "fault")) say("No faults.");
  }

  function say(text) {
    byId("fault-state").textContent = text;
    log.add("fault", text);
  }

  /** Sends one control request. Says so when the backend does not take it. */
  async function control(method, what, body) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    try {
      const response = await fetch(`${baseUrl}/__control/${what}`, { method, headers, body: body && JSON.stringify(body) });
      if (response.ok) return true;
      say(`The backend answered ${response.status}.`);
    } catch {
      say("The backend could not be reached.");
    }
    return false;
  }

  return {
    /** Uses the controls of this backend; without any they are not shown. */
    use(backend) {
      baseUrl = backend.control ?? null;
      byId("faults-card").hidden = byId("lifetime").hidden = baseUrl === null;
      byId("fault-state").textContent = "";
      byId("lifetime-seconds").value = lifetimes.get(baseUrl) ?? backend.accessLifetimeS ?? "";
    },
  };
}

function button(testId, label, onClick) {
  const made = el("button", { type: "button", "data-testid": testId }, label);
  made.addEventListener("click", onClick);
  return made;
}
