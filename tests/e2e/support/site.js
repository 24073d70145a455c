// A blank page, and the built package beside it. Everything may be read by any origin, so that a sandboxed frame can load it too.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const project = join(import.meta.dirname, "..", "..", "..");
const dist = process.env.DIST ?? join(project, "dist");
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

const BLANK = "<!doctype html><title>blank</title><link rel=icon href=data:,>";
const FRAME = `${BLANK}<iframe name="sandboxed" sandbox="allow-scripts" src="/blank"></iframe>`;

/** The blank page at `/` and a sandboxed one inside `/frame`. `asked`: the paths that were asked for. */
export async function startSite() {
  const asked = [];
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://site");
    asked.push(pathname);
    const file = pathname === "/in-page.js" ? join(import.meta.dirname, "in-page.js") : join(dist, pathname.replace(/^\/dist\//, ""));
    const headers = { "access-control-allow-origin": "*", "content-type": TYPES[extname(pathname)] ?? "text/html" };
    try {
      const body = extname(pathname) ? await readFile(file) : pathname === "/frame" ? FRAME : BLANK;
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
