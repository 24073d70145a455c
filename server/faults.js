/**
 * Faults on request: what networks and servers do to a client, one kind at a time.
 *
 * @typedef {object} Fault
 * @property {'login' | 'refresh' | 'logout' | 'api' | '*'} on
 * @property {'delay' | 'delay-after' | 'drop-before' | 'drop-after' | 'status' | 'malformed' | 'hang' | 'html' | 'redirect'} kind
 *   delay: answers `ms` later; delay-after: processes at once (a refresh token rotates) and answers `ms` later; drop-before: closes the connection, nothing processed; drop-after: processes (a refresh token rotates), then
 *   closes it; status: the backend's own error for `status`, `ms` later where that is given; redirect: points to `to` with `status`; malformed, html: 200 with half a JSON text, or with a page, nothing processed;
 *   hang: takes the request and never answers.
 * @property {number} [ms]
 * @property {number} [status]
 * @property {string} [to]  an absolute URL
 * @property {number | string} [retryAfter]
 * @property {unknown} [body]  instead of the backend's own
 * @property {number} [times]  how many requests it hits; without it, every one until it is lifted
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { refuse, send } from './reply.js'

export const TARGETS = ['login', 'refresh', 'logout', 'api', '*']

const PAGE = '<!doctype html><html><head><title>Sign in to Wi-Fi</title></head><body><h1>Please accept the terms</h1></body></html>'

/** @typedef {{ fault: Fault, on: string, request: import('fastify').FastifyRequest, reply: import('fastify').FastifyReply, dialect: import('./backend.js').Dialect }} Hit */

/** What each kind does before the route runs. One that answers, or never will, ends the request there. @type {Record<Fault['kind'], (hit: Hit) => unknown>} */
const BEFORE = {
  delay: ({ fault }) => sleep(fault.ms ?? 1000),
  'drop-before': ({ request, reply }) => {
    reply.hijack()
    request.raw.socket.destroy()
  },
  'delay-after': () => {},
  'drop-after': () => {},
  hang: ({ reply }) => reply.hijack(),
  malformed: ({ reply }) => send(reply, 200, '{"access_token":"eyJhbGciOiJIUzI1NiIsInR5c', 'application/json'),
  html: ({ reply }) => send(reply, 200, PAGE, 'text/html; charset=utf-8'),
  redirect: ({ fault, reply }) => reply.code(fault.status ?? 307).header('location', fault.to).send(),
  status: async ({ fault, on, reply, dialect }) => {
    if (fault.ms) await sleep(fault.ms)
    return refuse(reply, dialect, fault.status ?? 500, { on, retryAfter: fault.retryAfter, body: fault.body })
  },
}

/** @param {any} fault @returns {asserts fault is Fault} */
function check(fault) {
  if (!TARGETS.includes(fault?.on)) throw new TypeError(`fault.on must be one of ${TARGETS.join(', ')}`)
  if (!Object.hasOwn(BEFORE, fault.kind)) throw new TypeError(`fault.kind must be one of ${Object.keys(BEFORE).join(', ')}`)
  if (fault.kind === 'status' && !(fault.status >= 200 && fault.status <= 599)) throw new TypeError('fault.status must be 200 to 599')
  if (fault.kind === 'redirect' && !URL.canParse(fault.to)) throw new TypeError('fault.to must be an absolute URL')
}

export function createFaults() {
  /** @type {{ fault: Fault, left: number }[]} */
  let armed = []
  return {
    /** @param {Fault} fault @returns {() => void} lifts it */
    add(fault) {
      check(fault)
      const entry = { fault, left: fault.times ?? Infinity }
      armed.push(entry)
      return () => void (armed = armed.filter((other) => other !== entry))
    },
    clear: () => void (armed = []),
    list: () => armed.map(({ fault, left }) => ({ ...fault, left: left === Infinity ? null : left })),

    /** The oldest fault that hits this request, counted. @param {string} on */
    take(on) {
      const entry = armed.find(({ fault, left }) => left > 0 && (fault.on === '*' || fault.on === on))
      if (entry) entry.left -= 1
      return entry?.fault
    },
    /** @param {Hit} hit */
    before: (hit) => BEFORE[hit.fault.kind](hit),
  }
}
