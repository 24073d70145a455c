/**
 * The request log: what a test or the page asks afterwards ("how many refreshes, was a token used twice?"). It never holds a secret:
 * a token is named by its family, its generation and the first digits of its hash.
 *
 * @typedef {object} LogEntry
 * @property {number} time  milliseconds since the epoch, at arrival
 * @property {string} method
 * @property {string} path  without the query, which may hold credentials
 * @property {string | null} origin
 * @property {string | null} on  login, refresh, logout, api, preflight; null for a path the backend does not have
 * @property {string | null} grant
 * @property {boolean} bearer  whether an Authorization: Bearer header was there
 * @property {{ family: string | null, generation: number | null, use: string, sha256: string }} [refresh]  the token presented
 * @property {{ family: string, generation: number }} [issued]
 * @property {string} [fault]
 * @property {number | null} status  null while unanswered, and for a connection closed without an answer
 */
import { createHash } from 'node:crypto'

/** @param {unknown} secret */
const fingerprint = (secret) => createHash('sha256').update(String(secret)).digest('hex').slice(0, 12)

/** @param {import('fastify').FastifyRequest} request @returns {LogEntry} */
export function openEntry(request) {
  return {
    time: Date.now(),
    method: request.method,
    path: request.url.split('?')[0],
    origin: request.headers.origin ?? null,
    on: request.method === 'OPTIONS' ? 'preflight' : null,
    grant: null,
    bearer: /^bearer /i.test(request.headers.authorization ?? ''),
    status: null,
  }
}

/** @param {LogEntry} entry @param {unknown} token @param {{ state: string, record?: import('./tokens.js').TokenRecord }} presented */
export function notePresented(entry, token, { state, record }) {
  entry.refresh = { family: record?.family.id ?? null, generation: record?.generation ?? null, use: state, sha256: fingerprint(token) }
}

/** @param {LogEntry} entry @param {{ family: import('./tokens.js').Family, generation: number }} issued */
export function noteIssued(entry, { family, generation }) {
  entry.issued = { family: family.id, generation }
}
