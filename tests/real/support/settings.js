// Where the servers are. scripts/test-real.sh starts them and says so in these variables.

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run scripts/test-real.sh, which starts the servers`);
  return value;
}

/** The port of the empty page. The servers allow its two origins and no other. */
export const pagePort = () => Number(setting("REAL_PAGE_PORT"));

/** The base URL of a server, by the name of its variable: `server("FASTAPI")`. */
export const server = (name) => setting(`REAL_${name}_URL`);

export const chromium = process.env.REAL_CHROMIUM ?? "/usr/bin/chromium";

/** The built package. */
export const dist = process.env.REAL_DIST ?? new URL("../../../dist", import.meta.url).pathname;
