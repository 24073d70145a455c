/** How answers are written. Bodies are serialised here, because the recorded servers differ in the charset they state. */
import { STATUS_CODES } from 'node:http'

/**
 * @param {import('fastify').FastifyReply} reply
 * @param {number} status
 * @param {unknown} body  a string is sent as it is
 * @param {string} [type]
 * @param {Record<string, string>} [headers]
 */
export function send(reply, status, body, type = 'application/json', headers = {}) {
  reply.code(status).headers({ ...headers, 'content-type': type })
  // As bytes: Fastify would state a charset of its own for text.
  return reply.send(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
}

/**
 * Refuses in the backend's own error shape.
 *
 * @param {import('fastify').FastifyReply} reply
 * @param {import('./backend.js').Dialect} dialect
 * @param {number} status
 * @param {{ detail?: unknown, code?: string, on?: string, retryAfter?: number | string, headers?: Record<string, string>, body?: unknown }} [what]
 *   `code` is the backend's machine-readable name of the error, where it has one; `on` what was asked for, where no more is known
 */
export function refuse(reply, dialect, status, { detail, code, on, retryAfter, headers, body } = {}) {
  const own = dialect.error(status, { detail, code, on, retryAfter })
  /** @type {Record<string, string>} */
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return send(reply, status, body ?? own.body, own.type, { ...own.headers, ...wait, ...headers })
}

/**
 * The text a bare status stands for: what the backend says about it for this kind of request, else for any, else HTTP's own phrase.
 *
 * @param {Record<string, Record<number, string>>} table  by login, refresh, logout, api or `*`
 * @param {number} status
 * @param {string} [on]
 */
export const textFor = (table, status, on = '*') => table[on]?.[status] ?? table['*']?.[status] ?? STATUS_CODES[status]
