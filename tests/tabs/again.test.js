// A Request that is sent again, where browsers differ: not all of them show what its body is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startApi } from "../e2e/support/api-stage.js";
import { useBrowser } from "./support/use-browser.js";

for (const engine of ["firefox", "webkit"])
  describe(engine, () => {
    const openRoom = useBrowser(engine);

    test(`f116_ in ${engine} a Request that is sent again after a refusal has the body it had`, async (t) => {
      const api = await startApi(t);
      const room = await openRoom(t, { tabs: 1, options: { baseUrl: api.url } });
      await room.login();
      api.issued += 1;
      const status = await room.tabs[0].evaluate((url) => tab.send(url, { method: "POST", body: "what is bought" }), `${api.url}/things`);
      assert.equal(status, 200);
      assert.deepEqual(api.calls().map(({ text }) => text), ["what is bought", "what is bought"]);
      assert.equal(api.refreshes, 1);
    });
  });
