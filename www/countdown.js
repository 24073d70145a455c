import { byId, clockTime, duration } from "./dom.js";

const TICK_MS = 250;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Counts down to the next refresh and to expiry. The text is a `timer`: there to be read, never announced by itself. */
export function createCountdown() {
  const refreshClock = byId("refresh-clock");
  const expiryClock = byId("expiry-clock");
  let snapshot = null;
  let lastPaintMs = 0;

  function paint() {
    const { issuedAtMs, refreshAtMs, expiresAtMs } = snapshot;
    const renewing = snapshot.activity === "refreshing" ? "now" : "none planned";
    paintClock(refreshClock, issuedAtMs, refreshAtMs, renewing);
    paintClock(expiryClock, issuedAtMs, expiresAtMs, "not known: used until refused");
    lastPaintMs = Date.now();
  }

  setInterval(() => {
    if (snapshot?.status !== "active" || document.hidden) return;
    if (!calm.matches || Date.now() - lastPaintMs >= 1000) paint();
  }, TICK_MS);

  return {
    show(next) {
      snapshot = next;
      if (snapshot.status === "active") paint();
    },
  };
}

function paintClock(clock, fromMs, untilMs, without) {
  const text = clock.querySelector(".clock-text");
  const bar = clock.querySelector(".bar");
  clock.dataset.at = untilMs ?? "";
  if (untilMs === null) {
    text.textContent = without;
    bar.style.transform = "scaleX(0)";
    return;
  }
  const leftMs = Math.max(0, untilMs - Date.now());
  const wholeMs = fromMs === null ? leftMs : Math.max(1, untilMs - fromMs);
  text.textContent = leftMs > 0 ? `in ${duration(leftMs)}, at ${clockTime(untilMs)}` : "now";
  bar.style.transform = `scaleX(${Math.min(1, leftMs / Math.max(1, wholeMs)).toFixed(4)})`;
}
