// Serves an empty page and the built package below /dist/, on 127.0.0.1 alone. Browsers reach it as localhost too.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { dist, pagePort } from "./settings.js";

const TYPES = {
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".map": "application/json",
};
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>real servers</title>';

async function answer(request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://page").pathname));
  if (path === "/") return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
  if (!path.startsWith("/dist/")) return response.writeHead(404).end();
  try {
    const body = await readFile(join(dist, path.slice("/dist".length)));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** Resolves to a function that stops the server. */
export async function serveStatic() {
  const http = createServer(answer);
  await new Promise((listening, failed) => http.once("error", failed).listen(pagePort(), "127.0.0.1", listening));
  return () => {
    http.closeAllConnections();
    return new Promise((closed) => http.close(closed));
  };
}
