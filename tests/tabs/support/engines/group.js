import { spawn } from "node:child_process";

/** How long a program may take to end in its own way. */
const GRACE_MS = 3_000;

const running = new Set();
process.once("exit", () => running.forEach((kill) => kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/**
 * Starts a program as a group of its own, so that its children end with it; and it ends with this process, however that ends.
 * `failed()`: why it could not be started, if so.
 */
export function spawnGroup(program, args, options = {}) {
  const child = spawn(program, args, { stdio: "ignore", detached: true, ...options });
  let failure = null;
  const ended = new Promise((done) => child.on("exit", done).on("error", (error) => done((failure = error))));
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {} // it has ended by itself
  };
  running.add(kill);
  ended.then(() => running.delete(kill));
  const end = async () => {
    kill("SIGTERM");
    const late = setTimeout(kill, GRACE_MS, "SIGKILL");
    await ended;
    clearTimeout(late);
    kill("SIGKILL");
  };
  return { failed: () => failure, end };
}
