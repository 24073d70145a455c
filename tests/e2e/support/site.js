// A blank page, and the built package beside it. Everything may be read by any origin, so that a sandboxed frame can load it too.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const project = join(import.meta.dirname, "..", "..", "..");
const dist = process.env.DIST ?? join(project, "dist");
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

const BLANK = "<!doctype html><title>blank</title><link rel=icon href=data:,>";
const FRAME = `${BLANK}<iframe name="sandboxed" sandbox="allow-scripts" src="/blank"></iframe>`;
const STRICT = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'";
const PAGES = { "/frame": FRAME, "/strict": `${BLANK}<meta http-equiv=Content-Security-Policy content="${STRICT}">` };
const OURS = new Set(["/in-page.js", "/realm.js"]);

/**
 * The blank page at `/` and under a strict policy at `/strict`, a sandboxed one inside `/frame`, `in-page.js`, `realm.js` and what else stands in `scripts` at the root. `asked`: the paths
 * that were asked for.
 * @param {{ pages?: Record<string, string>, scripts?: string }} [more] pages by path; a folder
 */
export async function startSite({ pages = {}, scripts = import.meta.dirname } = {}) {
  const asked = [];
  const folderOf = (pathname) => (OURS.has(pathname) ? import.meta.dirname : pathname.startsWith("/dist/") ? dist : scripts);
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://site");
    asked.push(pathname);
    const file = join(folderOf(pathname), pathname.replace(/^\/dist\//, ""));
    const headers = { "access-control-allow-origin": "*", "content-type": TYPES[extname(pathname)] ?? "text/html" };
    try {
      const body = extname(pathname) ? await readFile(file) : (PAGES[pathname] ?? pages[pathname] ?? BLANK);
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  const close = () => new Promise((closed) => server.close(closed) && server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, localhost: `http://localhost:${port}`, asked, close };
}
