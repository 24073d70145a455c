import { byId, clockTime, el } from "./dom.js";
import { ACTIVITY, STATUS } from "./words.js";

const HOW_MANY = 10;
/** How long a new tab listens to the others before it takes a number. */
const LISTEN_MS = 250;
const LOOK_MS = 3_000;
/** How long after an answer the browser may take to write the request down. */
const RECORD_MS = 200;
const LOCK = "demo.tab.";

/**
 * What each tab of this page sees of its session, told by a channel of the page's own: the package keeps no list of tabs. Which of them
 * sent a request to renew is read off the browser's record of requests. A tab that is gone, however it went, holds its lock no more.
 */
export function createTabs() {
  const channel = new BroadcastChannel("demo.tabs");
  const others = new Map();
  const mine = {
    id: crypto.randomUUID(), openedMs: Date.now(), number: null, backend: "", title: "",
    status: "restoring", activity: null, expiresAtMs: null, seen: 0, sent: 0, sentMs: 0,
  };
  let refreshUrl = null;
  let toldMs = 0;

  navigator.locks.request(LOCK + mine.id, () => new Promise(() => {}));
  channel.onmessage = ({ data }) => {
    if (data.hello) return tell();
    others.set(data.id, data);
    if (data.number !== null && data.number === mine.number && isOlder(data, mine)) takeNumber();
    paint();
  };
  byId("open-tabs").addEventListener("click", openMore);
  setInterval(() => document.hidden || dropGone(), LOOK_MS);
  channel.postMessage({ hello: true });
  setTimeout(takeNumber, LISTEN_MS);

  function tell() {
    channel.postMessage(mine);
  }

  function update(changes) {
    if (Object.entries(changes).every(([name, value]) => mine[name] === value)) return;
    Object.assign(mine, changes);
    if (mine.number === null) return;
    tell();
    paint();
  }

  /** How many requests to renew this tab has sent since the session last told something. */
  function requestsSince() {
    const since = toldMs;
    toldMs = performance.now();
    const requests = performance.getEntriesByName(refreshUrl, "resource").filter(({ startTime }) => startTime >= since);
    performance.clearResourceTimings();
    return requests.length;
  }

  /** The lowest one that is free. Of two tabs that take the same, the younger takes another. */
  function takeNumber() {
    const taken = new Set([...others.values()].map(({ number }) => number));
    let number = 1;
    while (taken.has(number)) number += 1;
    update({ number });
  }

  async function dropGone() {
    const { held } = await navigator.locks.query();
    const there = new Set(held.map(({ name }) => name));
    for (const id of others.keys()) if (!there.has(LOCK + id)) others.delete(id);
    paint();
  }

  function openMore() {
    let opened = 0;
    while (opened < HOW_MANY) {
      const tab = window.open(location.href);
      if (!tab) break;
      tab.opener = null;
      opened += 1;
    }
    byId("tabs-note").textContent = opened === HOW_MANY
      ? `Opened ${HOW_MANY} tabs.`
      : `The browser let ${opened} of ${HOW_MANY} tabs open. Allow pop-ups for this page, then press again.`;
  }

  function paint() {
    const all = [mine, ...others.values()].filter(({ number }) => number !== null).sort((a, b) => a.number - b.number);
    const last = Math.max(...all.map(({ backend, sentMs }) => (backend === mine.backend ? sentMs : 0)));
    byId("tabs").tBodies[0].replaceChildren(...all.map((tab) => rowOf(tab, tab.backend === mine.backend && last > 0 && tab.sentMs === last)));
  }

  function rowOf(tab, isLast) {
    const isHere = tab === mine;
    const elsewhere = tab.backend !== mine.backend;
    const state = elsewhere ? `At ${tab.title}` : (ACTIVITY[tab.activity] ?? STATUS[tab.status]);
    return el("tr", { "data-tab": tab.number, "data-status": tab.status, "data-here": isHere, "aria-current": isHere ? "true" : null },
      el("th", { scope: "row" }, `Tab ${tab.number}`, isHere ? el("span", { class: "quiet" }, " (this one)") : null),
      el("td", {}, state),
      el("td", { "data-expires": tab.expiresAtMs }, elsewhere || tab.expiresAtMs === null ? "–" : clockTime(tab.expiresAtMs)),
      el("td", { class: "number", "data-seen": tab.seen }, String(tab.seen)),
      el("td", { class: "number", "data-sent": tab.sent }, isLast ? el("span", { class: "last" }, "the last ") : null, String(tab.sent)));
  }

  return {
    /** Another backend: the counts begin again. @param {{ name: string, title: string, refreshUrl?: string }} row */
    use(row) {
      refreshUrl = row.refreshUrl ?? null;
      update({ backend: row.name, title: row.title, seen: 0, sent: 0, sentMs: 0 });
    },
    show: ({ status, activity, expiresAtMs }) => update({ status, activity, expiresAtMs }),
    /** Counts the renewals that a session tells of, and those that this tab sent. */
    follow(session) {
      const soon = (act) => () => setTimeout(act, RECORD_MS);
      session.on("signed_in", soon(requestsSince));
      session.on("refresh_failed", soon(() => update({ sent: mine.sent + requestsSince() })));
      session.on("refreshed", soon(() => {
        const requests = requestsSince();
        update({ seen: mine.seen + 1, ...(requests > 0 && { sent: mine.sent + requests, sentMs: Date.now() }) });
      }));
    },
  };
}

const isOlder = (one, other) => one.openedMs < other.openedMs || (one.openedMs === other.openedMs && one.id < other.id);
