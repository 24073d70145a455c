// What the tests of the installed package share: the tarball in an app of its own, a backend and a browser, for all tests of a file.
import { after, before } from "node:test";
import { startBackend } from "../../../server/backend.js";
import { launch } from "./browser.js";
import { install } from "./installed.js";

/** `installed`, `backend` and `browser`, there from the first test to the last. */
export function useInstalled(dialect = "oauth2") {
  const scene = {};
  before(async () => {
    scene.installed = install("package/app");
    scene.backend = await startBackend({ dialect, accessLifetimeS: 600 });
    scene.browser = await launch();
  });
  after(async () => {
    await scene.browser?.close();
    await scene.backend?.close();
    scene.installed?.remove();
  });
  return scene;
}
