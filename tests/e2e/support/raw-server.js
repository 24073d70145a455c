// A server that answers as a test says, byte by byte where need be, with CORS for every origin.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { join } from "node:path";

const SELF_SIGNED = join(import.meta.dirname, "self-signed.pem");

const BODY = { access_token: "access-token", token_type: "Bearer", expires_in: 3600 };

/** A reply to a login. @param {object} more */
export const tokens = (more = {}) => JSON.stringify({ ...BODY, ...more });

/**
 * @param {(request: { method: string, url: string, headers: object, text: string }, response: import('node:http').ServerResponse) => unknown} answer
 * `requests`: those that arrived, preflights left out; one whose connection was closed before its answer was through is `closed`.
 * `secure`: over TLS, with a certificate that nobody trusts, and HTTP/2.
 */
export async function startRawServer(t, answer = (_request, response) => response.end(tokens()), { secure = false } = {}) {
  const requests = [];
  const pem = secure && readFileSync(SELF_SIGNED);
  const create = secure ? (listener) => createSecureServer({ key: pem, cert: pem }, listener) : createServer;
  const sockets = new Set();
  const server = create(async (request, response) => {
    const { origin } = request.headers;
    response.setHeader("access-control-allow-origin", origin ?? "*");
    if (origin) response.setHeader("access-control-allow-credentials", "true");
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "");
      return response.writeHead(204).end();
    }
    response.setHeader("content-type", "application/json");
    const entry = { method: request.method, url: request.url, headers: request.headers, text: "", closed: false };
    requests.push(entry);
    response.on("close", () => (entry.closed = !response.writableFinished));
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    entry.bytes = Buffer.concat(chunks);
    entry.text = entry.bytes.toString();
    await answer(entry, response);
  });
  server.on("connection", (socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => new Promise((closed) => {
    server.close(closed);
    for (const socket of sockets) socket.destroy();
  }));
  /** Whether the request's connection is closed before its answer is through, now or soon. */
  const isWithdrawn = async (entry) => {
    for (let tries = 0; tries < 40 && !entry.closed; tries += 1) await new Promise((done) => setTimeout(done, 50));
    return entry.closed;
  };
  return { url: `http${secure ? "s" : ""}://127.0.0.1:${server.address().port}`, requests, isWithdrawn };
}
