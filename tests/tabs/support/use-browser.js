import { after, before } from "node:test";
import { startEngine } from "./engines.js";
import { openRoom } from "./room.js";

/** One browser for all tests of a file. Returns how a test opens a room in it, which is closed after the test. */
export function useBrowser(name) {
  let browser;
  before(async () => {
    browser = await startEngine(name);
  });
  after(() => browser?.close());
  return async (t, what) => {
    const room = await openRoom({ browser, ...what });
    t.after(() => room.close());
    return room;
  };
}
