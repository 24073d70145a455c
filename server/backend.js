/**
 * One backend: a Fastify application on a port of its own, so that page and backend are cross-origin but same-site and CORS is real. What
 * it says is in its dialect; this file gives every dialect tokens, a log, faults, a limit and CORS.
 *
 * @typedef {import('fastify').FastifyRequest} Request
 * @typedef {import('fastify').FastifyReply} Reply
 *
 * @typedef {object} Options  those a dialect adds (`autoLogin`, `requireClient`, ...) stand in its `defaults`
 * @property {number} accessLifetimeS
 * @property {number} refreshLifetimeS
 * @property {import('./tokens.js').Reuse} reuse
 * @property {string[] | '*'} origins  exact origins, allowed with credentials; or any, without
 * @property {string[]} exposeHeaders  response headers a page may read, such as Retry-After
 * @property {number | false} rateLimit  logins a minute
 *
 * @typedef {object} Route
 * @property {string | ((request: Request) => string)} on  what faults and the log call it: login, refresh, logout, api
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {(context: Context, request: Request, reply: Reply) => unknown} handler
 *
 * @typedef {object} Dialect
 * @property {string} title
 * @property {Record<string, unknown> & { reuse: import('./tokens.js').Reuse }} defaults
 * @property {import('./cors.js').CorsStyle} cors
 * @property {import('./tokens.js').TokenShapes} tokens
 * @property {Route[]} routes
 * @property {number} [wrongMethod]  the status for a path asked by another method; 405 without it
 * @property {Record<string, string[]>} [choices]  the values an option of its own may have
 * @property {(status: number, what: { detail?: any, code?: string, on?: string, retryAfter?: number | string }) => { type: string, body: unknown, headers?: Record<string, string> }} error
 *
 * @typedef {object} Context
 * @property {Dialect} dialect
 * @property {Options & Record<string, any>} options
 * @property {ReturnType<import('./users.js').createUsers>} users
 * @property {(request: Request, user: import('./users.js').User, grant?: { client?: string, scope?: string, withRefresh?: boolean }) => Promise<Issued>} login
 * @property {(request: Request, token: unknown, allow?: (record: import('./tokens.js').TokenRecord) => boolean, what?: { keep?: boolean }) => Promise<Issued | undefined>} refresh
 *   undefined when refused; `keep`: the token presented stays good and no new one is issued
 * @property {ReturnType<import('./tokens.js').createTokens>} tokens
 * @typedef {Awaited<ReturnType<ReturnType<import('./tokens.js').createTokens>['issue']>>} Issued
 */
import { setTimeout as sleep } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { registerControl } from './control.js'
import { isControl, registerCors } from './cors.js'
import { dialects } from './dialects/index.js'
import { createFaults } from './faults.js'
import { createLimit } from './limit.js'
import { noteIssued, notePresented, openEntry } from './log.js'
import { refuse } from './reply.js'
import { createTokens, REUSE } from './tokens.js'
import { createUsers } from './users.js'

const COMMON = { accessLifetimeS: 5, refreshLifetimeS: 3600, origins: '*', exposeHeaders: [], rateLimit: false }

/** @param {any} options @param {Record<string, string[]>} choices */
function check(options, choices) {
  for (const [name, values] of Object.entries(choices)) {
    if (!values.includes(options[name])) throw new TypeError(`${name} must be one of ${values.join(', ')}`)
  }
  for (const name of ['accessLifetimeS', 'refreshLifetimeS']) {
    if (!(options[name] > 0)) throw new TypeError(`${name} must be a number above 0`)
  }
  if (options.origins !== '*' && !Array.isArray(options.origins)) throw new TypeError('origins must be "*" or a list')
}

/**
 * @param {{ dialect: string, port?: number, host?: string, users?: import('./users.js').Account[] } & Partial<Options> & Record<string, unknown>} settings
 */
export async function startBackend({ dialect: name, port = 0, host = '127.0.0.1', users: table, ...given }) {
  const dialect = dialects[name]
  if (!dialect) throw new TypeError(`dialect must be one of ${Object.keys(dialects).join(', ')}`)
  const options = /** @type {Context['options']} */ (/** @type {unknown} */ ({ ...COMMON, ...dialect.defaults }))
  /** @param {Record<string, unknown>} changes */
  const set = (changes) => {
    for (const key of Object.keys(changes)) if (!(key in options)) throw new TypeError(`${name} has no option ${key}`)
    check({ ...options, ...changes }, { reuse: Object.keys(REUSE), ...dialect.choices })
    Object.assign(options, changes)
  }
  set(given)

  const app = Fastify({ forceCloseConnections: true })
  const faults = createFaults()
  const underLimit = createLimit()
  const users = createUsers(table)
  const tokens = createTokens(options, dialect.tokens)
  /** @type {import('./log.js').LogEntry[]} */
  const log = []
  const entryOf = (/** @type {Request} */ request) => /** @type {any} */ (request).entry

  /** @type {Context} */
  const context = {
    dialect, options, users, tokens,
    async login(request, user, { withRefresh, ...grant } = {}) {
      const issued = await tokens.issue(tokens.openFamily(user, grant), { withRefresh })
      noteIssued(entryOf(request), issued)
      return issued
    },
    async refresh(request, token, allow = () => true, { keep = false } = {}) {
      if (token === undefined) return undefined
      const seen = tokens.inspect(token, 'refresh')
      notePresented(entryOf(request), token, seen)
      if (seen.record && !allow(seen.record)) return undefined
      const { accepted, record } = tokens.redeem(token, { keep })
      if (!accepted || !record) return undefined
      const issued = await tokens.issue(record.family, { withRefresh: !keep })
      noteIssued(entryOf(request), issued)
      return issued
    },
  }

  app.decorateRequest('entry', null)
  app.decorateRequest('fault', null)
  app.addHook('onRequest', async (request) => {
    if (isControl(request.url)) return
    const entry = openEntry(request)
    Object.assign(request, { entry })
    log.push(entry)
  })
  await registerCors(app, { style: dialect.cors, options })
  await app.register(cookie)
  await app.register(formbody)
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  for (const { on, method, path, handler } of dialect.routes) {
    app.route({
      method, url: path,
      preHandler: async (request, reply) => {
        const entry = entryOf(request)
        entry.on = typeof on === 'string' ? on : on(request)
        entry.grant = { login: 'password', refresh: 'refresh_token' }[/** @type {string} */ (entry.on)] ?? null
        const fault = faults.take(entry.on)
        if (fault) {
          entry.fault = fault.kind
          Object.assign(request, { fault })
          await faults.before({ fault, on: entry.on, request, reply, dialect })
          if (reply.sent) return reply
        }
        if (entry.on === 'login' && options.rateLimit && !underLimit(options.rateLimit)) return refuse(reply, dialect, 429, { retryAfter: 60 })
      },
      handler: (request, reply) => handler(context, request, reply),
    })
  }
  app.addHook('onSend', async (request, _reply, payload) => {
    const { fault } = /** @type {any} */ (request)
    if (fault?.kind === 'delay-after') await sleep(fault.ms ?? 1000)
    if (fault?.kind === 'drop-after') request.raw.socket.destroy()
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    const entry = entryOf(request)
    if (entry && reply.raw.writableFinished && !request.raw.socket.destroyed) entry.status = reply.statusCode
  })
  registerControl(app, { faults, log, options, set, expireAccess: tokens.expireAccess })
  app.setNotFoundHandler((request, reply) => {
    const route = dialect.routes.find(({ path }) => path === request.url.split('?')[0])
    const status = route ? (dialect.wrongMethod ?? 405) : 404
    return refuse(reply, dialect, status, status === 405 && route ? { headers: { allow: route.method } } : {})
  })
  app.setErrorHandler((error, _request, reply) => refuse(reply, dialect, /** @type {any} */ (error).statusCode ?? 500))

  const url = await app.listen({ port, host })
  return {
    url, port: Number(new URL(url).port), log, set, options, dialect: name, users: users.all,
    fault: faults.add,
    clearFaults: faults.clear,
    tokens: tokens.all,
    close: () => app.close(),
  }
}
