/**
 * The browsers, behind one interface: `name`, `version`, `openTab(url)` and `close()`. A tab has `evaluate(act, arg)`, `goto`, `back`,
 * `toFront`, `close`; one of Chromium also `crash`, `freeze` and `thaw`. Tabs of a browser share its profile.
 */
const ENGINES = ["chromium", "firefox", "webkit"];

export async function startEngine(name) {
  if (!ENGINES.includes(name)) throw new TypeError(`no engine ${name}: there are ${ENGINES.join(", ")}`);
  const { start } = await import(`./engines/${name}.js`);
  return start();
}
