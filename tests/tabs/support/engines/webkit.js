import { startDriver } from "./webdriver.js";

/** Debian's place for it; it is in no PATH. */
const MINIBROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

/** WebKitGTK's own small browser on a screen that nobody sees. Its sandbox needs rights that a container lacks. */
export const start = () => startDriver({
  name: "WebKitGTK",
  command: (port) => ["xvfb-run", "-a", process.env.WEBKIT_DRIVER ?? "WebKitWebDriver", `--port=${port}`],
  env: { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  capabilities: {
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary: process.env.MINIBROWSER ?? MINIBROWSER, args: ["--automation"] },
  },
});
