import { byId, el } from "./dom.js";

const AT_ONCE = 10;
const LATE_MS = 1500;

/** Situations in which an API call can go wrong: what is asked of the backend, and the calls. */
const SITUATIONS = [
  ["parallel", "Ten at once, all refused", "Ten calls whose token the server refuses: one refresh for all of them, and each is sent once more.",
    async ({ expire, call }) => {
      await expire();
      return Promise.all(Array.from({ length: AT_ONCE }, () => call()));
    }],
  ["late", "A late 401", "A refusal that comes when the token has been renewed already: sent once more, without another refresh.",
    async ({ arm, call, session }) => {
      await arm({ kind: "status", status: 401, ms: LATE_MS, times: 1 });
      const late = call();
      await session.refresh();
      return [await late];
    }],
  ["foreign", "A foreign origin", "An origin that is not listed: refused, and sent without the token where that is asked for.",
    async ({ call, elsewhere }) => [await call(elsewhere), await call(elsewhere, { foreign: "send-without-token" })]],
  ["redirect", "A redirect elsewhere", "An answer that points to another origin: not followed.",
    async ({ arm, call, elsewhere }) => {
      await arm({ kind: "redirect", status: 307, to: elsewhere, times: 1 });
      return [await call()];
    }],
];

/** The situations, what came of each call, and what the servers saw of it: by their own logs. */
export function createRequests({ session, attempt }) {
  let here = null;
  let other = null;
  const buttons = SITUATIONS.map(([id, label, about, run]) => {
    const button = el("button", { type: "button", "data-testid": `requests-${id}` }, label);
    button.addEventListener("click", () => session() && attempt(() => play(about, run)));
    return button;
  });
  byId("requests-buttons").replaceChildren(...buttons);

  async function play(about, run) {
    const servers = [here, other];
    for (const button of buttons) button.disabled = true;
    byId("requests-outcome").textContent = "Calling…";
    try {
      await control("DELETE", "fault");
      const before = await Promise.all(servers.map(logOf));
      const one = session();
      const call = (url = here.control + here.api, init = {}) =>
        one.fetch(url, init).then(({ status }) => String(status), ({ code, name }) => code ?? name);
      const arm = (fault) => control("POST", "fault", { on: "api", ...fault });
      const expire = () => control("DELETE", "access");
      const outcomes = await run({ arm, expire, call, session: one, elsewhere: other.control + other.api });
      const after = await Promise.all(servers.map(logOf));
      show(about, outcomes, servers.flatMap((server, index) => after[index].slice(before[index].length).map((entry) => ({ ...entry, server }))));
    } finally {
      await control("DELETE", "fault").catch(() => {});
      for (const button of buttons) button.disabled = false;
      if (byId("requests-outcome").textContent === "Calling…") byId("requests-outcome").textContent = "";
    }
  }

  function show(about, outcomes, entries) {
    const counts = new Map();
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const came = [...counts].map(([outcome, count]) => (count > 1 ? `${count} × ${outcome}` : outcome)).join(", ");
    byId("requests-outcome").textContent = `${about} What came back: ${came}.`;
    const rows = entries.filter(({ method }) => method !== "OPTIONS").sort((a, b) => a.time - b.time).map(rowOf);
    byId("requests-log").tBodies[0].replaceChildren(...rows);
    byId("requests-seen").hidden = false;
  }

  const rowOf = ({ server, method, path, on, bearer, status }) =>
    el("tr", { "data-server": server === here ? "here" : "elsewhere", "data-on": on, "data-bearer": bearer, "data-http-status": status },
      el("th", { scope: "row" }, server.title),
      el("td", {}, el("code", {}, `${method} ${path}`), on === "refresh" ? el("span", { class: "last" }, " refresh") : null),
      el("td", {}, bearer ? "with the token" : "without"),
      el("td", { class: "number" }, status === null ? "–" : String(status)));

  const logOf = async ({ control: url }) => (await fetch(`${url}/__control/log`)).json();

  async function control(method, what, body) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const response = await fetch(`${here.control}/__control/${what}`, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`The backend answered ${response.status}.`);
  }

  return {
    /** Prepares for this backend and another one; without controls there is nothing to show. */
    use(row, backends) {
      here = row.control ? row : null;
      other = backends.find(({ control, api }) => control && api && control !== row.control) ?? null;
      byId("requests").hidden = !here || !other;
      byId("requests-seen").hidden = true;
      byId("requests-outcome").textContent = "";
    },
  };
}
