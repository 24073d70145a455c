// A browser with a profile of its own, which is gone when the browser is, and into which it writes how to reach it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnGroup } from "./group.js";

const START_MS = 60_000;

/**
 * @param {{ name: string, program: string, args: (profile: string) => string[], file: string, read: (text: string) => string | null }} browser
 *   `file`: what it writes, below its profile; `read`: the address in it, once it is there
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export async function startWithProfile({ name, program, args, file, read }) {
  const profile = mkdtempSync(join(tmpdir(), `tabs-${name.toLowerCase()}-`));
  const running = spawnGroup(program, args(profile));
  const stop = async () => {
    await running.end();
    await sleep(100); // some of its processes outlive the first one for a moment
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  const written = join(profile, file);
  try {
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
      if (running.failed()) throw running.failed();
      const address = existsSync(written) ? read(readFileSync(written, "utf8")) : null;
      if (address) return { address, stop };
    }
    throw new Error(`${name} has not opened its debugging port`);
  } catch (error) {
    await stop();
    throw error;
  }
}
