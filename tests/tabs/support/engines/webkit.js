import { existsSync, readdirSync } from "node:fs";
import { startDriver } from "./webdriver.js";

/** Debian's places for it, one for each kind of processor; it is in no PATH. */
const findMiniBrowser = () =>
  readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`).find((path) => existsSync(path));

/** WebKitGTK's own small browser on a screen that nobody sees. Its sandbox needs rights that a container lacks. */
export const start = () => startDriver({
  name: "WebKitGTK",
  command: (port) => ["xvfb-run", "-a", process.env.WEBKIT_DRIVER ?? "WebKitWebDriver", `--port=${port}`],
  env: { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  capabilities: {
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary: process.env.MINIBROWSER ?? findMiniBrowser(), args: ["--automation"] },
  },
});
