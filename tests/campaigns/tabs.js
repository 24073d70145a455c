// The exercises of tests/tabs at full length. Each campaign is `run({ browser, section, progress })`: `browser(name)` starts one,
// `section(title, result)` writes figures and faults down.
import { plainLock } from "../tabs/exercises/control.js";
import { expiries as expiryRounds, lifetimeFor } from "../tabs/exercises/expiries.js";
import { handovers as handoverRounds, hangDatabase } from "../tabs/exercises/handovers.js";
import { awayAndBack, frozenHolder, lostHolder, slowServer } from "../tabs/exercises/holders.js";
import { jumps } from "../tabs/exercises/clocks.js";
import { leak as leakCycles } from "../tabs/exercises/leak.js";
import { logoutDuringOutage, logoutDuringRefresh, moments, OUTAGES } from "../tabs/exercises/logouts.js";
import { SOAK_TABS, soak as soakMinutes } from "../tabs/exercises/soak.js";
import { openRoom } from "../tabs/support/room.js";

const BRIEF = { accessLifetimeS: 2 };
const DAY_MS = 86_400_000;

/** Opens a room, does something in it, and closes it. */
async function within(what, act) {
  const room = await openRoom(what);
  try {
    return await act(room);
  } finally {
    await room.close();
  }
}

/** Counts are added up; of times, the worst is kept. */
const sum = (results) => ({
  figures: results.reduce((total, { figures: { medianMs, ...figures } }) => {
    for (const [name, number] of Object.entries(figures)) total[name] = /Ms$/.test(name) ? Math.max(total[name] ?? 0, number) : (total[name] ?? 0) + number;
    return total;
  }, {}),
  faults: results.flatMap(({ faults }) => faults),
});

export async function handovers({ browser, section, progress, rounds = 500 }) {
  const chromium = await browser("chromium");
  section(`${rounds} hand-overs`, await within({ browser: chromium, tabs: 2 }, (room) => handoverRounds(room, { rounds, progress })));
  section("for comparison, 200 hand-overs of a plain lock around localStorage", await within({ browser: chromium, tabs: 2 }, (room) => plainLock(room, { rounds: 200, progress })));
}

export async function expiries({ browser, section, progress }) {
  const chromium = await browser("chromium");
  for (const [tabs, rounds] of [[2, 100], [4, 100], [8, 100], [10, 20], [30, 20]]) {
    const room = { browser: chromium, tabs, backend: { accessLifetimeS: lifetimeFor(tabs) } };
    section(`${tabs} tabs, ${rounds} rounds`, await within(room, (all) => expiryRounds(all, { rounds, progress })));
  }
}

export async function engines({ browser, section, progress }) {
  for (const name of ["firefox", "webkit"]) {
    const one = await browser(name);
    const room = { browser: one, tabs: 5, backend: { accessLifetimeS: 3 } };
    section(`${one.name}: 5 tabs, 20 rounds`, await within(room, (all) => expiryRounds(all, { rounds: 20, progress })));
    section(`${one.name}: 100 hand-overs`, await within({ browser: one, tabs: 2 }, (two) => handoverRounds(two, { rounds: 100, progress })));
    section(`${one.name}: for comparison, 100 hand-overs of a plain lock around localStorage`, await within({ browser: one, tabs: 2 }, (two) => plainLock(two, { rounds: 100, progress })));
    await one.close();
  }
}

export async function logout({ browser, section, progress }) {
  const chromium = await browser("chromium");
  for (const [dialect, mode] of [["oauth2", "token mode"], ["geolens", "cookie mode"]]) {
    for (const from of ["same", "other"]) {
      const results = [];
      await within({ browser: chromium, tabs: 2, backend: { dialect } }, async (room) => {
        for (const at of moments(10)) {
          results.push(await logoutDuringRefresh(room, { from, at }));
          progress(at, 300);
        }
      });
      section(`${mode}, ${from} tab, every 10 ms of a refresh of 300 ms`, sum(results));
    }
  }
  for (const outage of Object.keys(OUTAGES)) {
    const room = { browser: chromium, tabs: 2, options: { logoutTimeoutMs: 1_000 } };
    section(`the server at logout: ${outage}`, await within(room, (two) => logoutDuringOutage(two, { outage })));
  }
}

export async function clocks({ browser, section, progress }) {
  const chromium = await browser("chromium");
  for (const clockMs of [0, DAY_MS, -DAY_MS]) {
    const room = { browser: chromium, tabs: 4, clockMs, backend: { accessLifetimeS: lifetimeFor(4) } };
    section(`clock off by ${clockMs / DAY_MS} days, 4 tabs, 20 rounds`, await within(room, (all) => expiryRounds(all, { rounds: 20, progress })));
  }
  for (const tabs of [1, 4]) section(`jumps, ${tabs} tabs`, await within({ browser: chromium, tabs }, (room) => jumps(room, { askTimes: 20 })));
}

export async function faults({ browser, section, progress }) {
  const chromium = await browser("chromium");
  const times = async (count, title, what, act) => {
    const results = [];
    for (let time = 0; time < count; time += 1) results.push(await within({ browser: chromium, tabs: 4, ...what }, act));
    section(`${title}, ${count} times, 4 tabs`, sum(results));
  };
  await times(3, "the server takes 7 s", { backend: BRIEF }, (room) => slowServer(room, { answerMs: 7_000 }));
  await times(2, "the server takes 30 s, timeoutMs 40000", { backend: BRIEF, options: { timeoutMs: 40_000 } }, (room) => slowServer(room, { answerMs: 30_000 }));
  for (const befall of ["close", "crash"]) {
    await times(10, `holder: ${befall}`, { backend: BRIEF }, (room) => lostHolder(room, { befall }));
    await times(3, `holder: ${befall}, the reply lost`, { backend: BRIEF }, (room) => lostHolder(room, { befall, processed: true }));
  }
  await times(10, "holder frozen, token good", {}, (room) => frozenHolder(room, { expired: false }));
  await times(3, "holder frozen, token at its end", { backend: BRIEF }, (room) => frozenHolder(room, { expired: true }));
  const uneven = await within({ browser: chromium, tabs: 2 }, async (room) => {
    const [, slow] = room.tabs;
    await hangDatabase(slow, 2_500);
    await room.openSession(slow);
    return handoverRounds(room, { rounds: 300, progress });
  });
  section("one of two tabs had an IndexedDB that hung for 2.5 s, 300 hand-overs", uneven);
  await times(5, "to another page and back", { tabs: 2 }, (room) => awayAndBack(room, { elsewhere: "about:blank" }));
}

export async function soak({ browser, section, progress, minutes = Number(process.env.SOAK_MINUTES ?? 5) }) {
  const chromium = await browser("chromium");
  const room = { browser: chromium, tabs: SOAK_TABS, backend: BRIEF };
  section(`${SOAK_TABS} tabs, ${minutes} min`, await within(room, (all) => soakMinutes(all, { minutes, progress })));
}

export async function leak({ browser, section, progress, cycles = 10_000 }) {
  const chromium = await browser("chromium");
  section(`${cycles} cycles`, await within({ browser: chromium, tabs: 1, path: "/counted" }, (room) => leakCycles(room, { cycles, progress })));
}
