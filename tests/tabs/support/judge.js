// Judged by what the server saw: its log tells a token that is presented for the first time from one that is spent.

/** The refreshes among log entries: how many, how many of them presented a token that was no longer good, how many were refused. */
export function refreshesIn(entries) {
  const refreshes = entries.filter(({ on, method }) => on === "refresh" && method !== "OPTIONS");
  return {
    refreshes: refreshes.length,
    used: refreshes.filter(({ refresh }) => refresh && refresh.use !== "fresh").length,
    refused: refreshes.filter(({ status }) => status !== null && status >= 400).length,
  };
}

/** Adds up what rounds tell, and keeps the first faults in words. */
export function createTally() {
  const sums = {};
  const faults = [];
  const slowest = [];
  return {
    add(figures) {
      for (const [name, number] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + number;
    },
    took: (ms) => void slowest.push(ms),
    most(name, number) {
      sums[name] = Math.max(sums[name] ?? 0, number);
    },
    fault: (text) => void faults.push(text),
    /** @returns {{ figures: Record<string, number>, faults: string[] }} */
    result() {
      const sorted = slowest.toSorted((a, b) => a - b);
      const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
      return { figures: { ...sums, ...(sorted.length > 0 && { medianMs: at(0.5), worstMs: at(1) }), faults: faults.length }, faults };
    },
  };
}

/**
 * One round in which every tab was to end with a valid token after exactly one refresh.
 * @param {{ value?: string, error?: object, pending?: true, status: string, ms: number }[]} answers one a tab
 */
export async function judgeRound(room, tally, { label, entries, answers, refreshes: expected = 1 }) {
  const saw = refreshesIn(entries);
  const signedOut = answers.filter(({ status }) => status !== "active").length;
  const tokens = new Set(answers.map(({ value }) => value));
  const without = answers.filter(({ value }) => typeof value !== "string").length;
  const taken = await Promise.all([...tokens].filter(Boolean).map((token) => room.isTaken(token)));
  const refusedTokens = taken.filter((is) => !is).length;
  tally.add({ rounds: 1, refreshes: saw.refreshes, usedTokens: saw.used, tabsSignedOut: signedOut, tabsWithoutToken: without, refusedTokens });
  tally.took(Math.max(...answers.map(({ ms }) => ms)));
  tally.most("latestStartMs", Math.max(...answers.map(({ lateMs = 0 }) => lateMs)));
  const wrong = [
    saw.refreshes !== expected && `${saw.refreshes} refreshes instead of ${expected}`,
    saw.used > 0 && `${saw.used} used tokens presented`,
    signedOut > 0 && `${signedOut} tabs signed out`,
    without > 0 && `${without} tabs without a token (${reasons(answers)})`,
    refusedTokens > 0 && `${refusedTokens} tokens that the server does not take`,
  ].filter(Boolean);
  if (wrong.length > 0) tally.fault(`${label}: ${wrong.join(", ")}`);
  return wrong.length === 0;
}

const reasons = (answers) => [...new Set(answers.map(({ error, pending }) => error?.code ?? error?.message ?? (pending ? "pending" : null)).filter(Boolean))].join(", ");
