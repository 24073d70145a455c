// The three ways in which a page gets the package: a server that knows nothing but files, vite, and what vite built.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { project } from "./installed.js";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const vite = join(project, "node_modules", "vite", "bin", "vite.js");

/** Serves the files below `folder`. `headers` go with every answer. */
export async function serveFiles(folder, headers = {}) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    try {
      const body = await readFile(join(folder, pathname));
      response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream", ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => new Promise((closed) => server.close(closed) && server.closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** Runs vite in `folder`, without any configuration, on a port of vite's choosing after `port`. */
export async function serveByVite(folder, command, port) {
  const child = spawn(process.execPath, [vite, ...command, "--host", "127.0.0.1", "--port", String(port)], { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
  const gone = new Promise((done) => child.once("exit", done));
  let said = "";
  const url = await new Promise((ready, failed) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
        const found = /Local: +(http:\S+?)\/?\s/.exec(said);
        if (found) ready(found[1]);
      });
    child.once("exit", () => failed(new Error(`vite stopped: ${said}`)));
  });
  return { url, close: async () => (child.kill(), await gone) };
}

export async function buildByVite(folder) {
  const child = spawn(process.execPath, [vite, "build"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const status = await new Promise((done) => child.once("exit", done));
  if (status !== 0) throw new Error(`vite build failed: ${status}`);
}
