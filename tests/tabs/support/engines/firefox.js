import { startDriver } from "./webdriver.js";

const binary = process.env.FIREFOX;

/** Firefox without a screen, by geckodriver. Its tabs in the back are hidden ones. */
export const start = () => startDriver({
  name: "Firefox",
  command: (port) => [process.env.GECKODRIVER ?? "geckodriver", "--port", String(port), "--host", "127.0.0.1"],
  capabilities: { browserName: "firefox", "moz:firefoxOptions": { args: ["-headless"], ...(binary && { binary }) } },
});
