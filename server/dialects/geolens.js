/**
 * GeoLens: a form login, RFC 9457 problem details, an opaque refresh token that rotates, and a cookie mode asked for by a request header,
 * with a double-submit token against CSRF.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { credentials, readText } from '../body.js'
import { starlette } from '../cors.js'
import { refuse, send, textFor } from '../reply.js'
import { readJsonObject, readPasswordForm } from '../validation.js'

const BEARER = { 'www-authenticate': 'Bearer' }
const EXPIRED = 'The access token expired'
const REFRESH_COOKIE = { name: 'geolens_refresh', path: '/auth', httpOnly: true }
/** Not HttpOnly, since the page must copy it into a header; and no credential by itself. */
const CSRF_COOKIE = { name: 'geolens_csrf', path: '/', httpOnly: false }

/** How many times the tokens of a user were all revoked: part of the claims, as it is there. @type {WeakMap<object, number>} */
const versions = new WeakMap()

/** @param {import('../backend.js').Reply} reply @param {{ name: string, path: string, httpOnly: boolean }} cookie @param {string} value @param {object} attributes */
const setCookie = (reply, { name, path, httpOnly }, value, attributes) =>
  reply.setCookie(name, value, { path, httpOnly, sameSite: 'lax', encode: String, ...attributes })

/** @param {import('../backend.js').Request} request */
const wantsCookie = (request) => String(request.headers['x-geolens-auth-mode'] ?? '').trim().toLowerCase() === 'cookie'

/** @param {import('../backend.js').Context} context @param {import('../backend.js').Request} request @param {import('../backend.js').Reply} reply @param {import('../backend.js').Issued} issued */
function sendTokens(context, request, reply, { access, refresh }) {
  const byCookie = wantsCookie(request)
  if (byCookie && refresh) {
    const attributes = { maxAge: Math.round(context.options.refreshLifetimeS) }
    setCookie(reply, REFRESH_COOKIE, refresh.token, attributes)
    setCookie(reply, CSRF_COOKIE, randomBytes(32).toString('base64url'), attributes)
  }
  return send(reply, 200, {
    access_token: access.token, refresh_token: byCookie ? null : refresh?.token, token_type: 'bearer', expires_in: context.options.accessLifetimeS,
  })
}

/** Why the double submit fails, if it does. @param {import('../backend.js').Request} request */
function csrfFailure(request) {
  const header = request.headers['x-csrf-token']
  const cookie = request.cookies[CSRF_COOKIE.name]
  if (!header || !cookie) return 'Missing CSRF token'
  return header === cookie ? undefined : 'Invalid CSRF token'
}

/** @param {import('../validation.js').FieldError[]} errors */
const oneLine = (errors) => errors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')

/** The refresh token in an optional JSON body. @param {import('../backend.js').Request} request */
function bodyToken(request) {
  if (readText(request) === '') return { errors: [] }
  const { value, errors } = readJsonObject(request, ['refresh_token'])
  return { errors, token: value.refresh_token }
}

/** @type {import('../backend.js').Route['handler']} */
async function login(context, request, reply) {
  const { form, errors } = readPasswordForm(request)
  if (errors.length > 0) return refuse(reply, context.dialect, 422, { detail: oneLine(errors) })
  const user = context.users.verify(form.username, form.password)
  if (!user) return refuse(reply, context.dialect, 401, { detail: 'Incorrect username or password', headers: BEARER })
  if (user.state === 'inactive') return refuse(reply, context.dialect, 403, { detail: 'Your account is awaiting approval' })
  if (user.state === 'locked') return refuse(reply, context.dialect, 403, { detail: 'Account not active' })
  return sendTokens(context, request, reply, await context.login(request, user))
}

/** @type {import('../backend.js').Route['handler']} */
async function refresh(context, request, reply) {
  const inBody = bodyToken(request)
  if (inBody.errors.length > 0) return refuse(reply, context.dialect, 422, { detail: oneLine(inBody.errors) })
  const cookie = wantsCookie(request) ? request.cookies[REFRESH_COOKIE.name] : undefined
  const forged = cookie === undefined ? undefined : csrfFailure(request)
  if (forged) return refuse(reply, context.dialect, 403, { detail: forged })
  const isActive = (/** @type {import('../tokens.js').TokenRecord} */ record) => record.family.user.state === 'active'
  const issued = await context.refresh(request, cookie ?? inBody.token, isActive)
  return issued
    ? sendTokens(context, request, reply, issued)
    : refuse(reply, context.dialect, 401, { detail: 'Invalid or expired refresh token' })
}

/** @type {import('../backend.js').Route['handler']} */
function logout(context, request, reply) {
  const inBody = bodyToken(request)
  if (inBody.errors.length > 0) return refuse(reply, context.dialect, 422, { detail: oneLine(inBody.errors) })
  const bearer = context.tokens.inspect(credentials(request, 'bearer'), 'access')
  let user = bearer.state === 'fresh' ? bearer.record?.family.user : undefined
  if (!user) {
    // An access token that has expired must not keep anyone logged in: the refresh token speaks for the user then.
    const cookie = request.cookies[REFRESH_COOKIE.name]
    const forged = cookie === undefined ? undefined : csrfFailure(request)
    if (forged) return refuse(reply, context.dialect, 403, { detail: forged })
    const presented = context.tokens.inspect(cookie ?? inBody.token, 'refresh')
    user = presented.state === 'fresh' ? presented.record?.family.user : undefined
  }
  if (!user) return refuse(reply, context.dialect, 401, { detail: 'Not authenticated', headers: BEARER })
  context.tokens.revokeUser(user)
  versions.set(user, (versions.get(user) ?? 1) + 1)
  for (const cookie of [REFRESH_COOKIE, CSRF_COOKIE]) setCookie(reply, cookie, '""', { expires: new Date(), maxAge: 0 })
  return reply.code(204).send()
}

/** @type {import('../backend.js').Route['handler']} */
function me(context, request, reply) {
  const { state, record } = context.tokens.inspect(credentials(request, 'bearer'), 'access')
  if (state === 'expired') {
    const challenge = `Bearer error="invalid_token", error_description="${EXPIRED}"`
    return refuse(reply, context.dialect, 401, { detail: EXPIRED, headers: { 'www-authenticate': challenge } })
  }
  if (state !== 'fresh' || record?.family.user.state !== 'active') {
    return refuse(reply, context.dialect, 401, { detail: 'Could not validate credentials', headers: BEARER })
  }
  const { id, username, email, superuser } = record.family.user
  const now = new Date().toISOString()
  return send(reply, 200, {
    id, username, email, is_active: true, status: 'active', last_login_at: now, created_at: now,
    roles: [superuser ? 'admin' : 'viewer'], quota_usage: null,
  })
}

const TITLES = { 422: 'Validation Error' }
const TEXTS = {
  '*': { 422: TITLES[422], 429: 'Rate limit exceeded', 500: 'Internal server error', 503: 'Service temporarily unavailable' },
  login: { 401: 'Incorrect username or password', 403: 'Account not active' },
  refresh: { 401: 'Invalid or expired refresh token', 403: 'Missing CSRF token' },
  logout: { 401: 'Not authenticated', 403: 'Missing CSRF token' },
  api: { 401: 'Could not validate credentials' },
}

/** @type {import('../backend.js').Dialect} */
export const geolens = {
  title: 'GeoLens',
  defaults: { reuse: 'rotating-strict' },
  cors: starlette,
  tokens: {
    access: (user, { iat, exp }) => ({
      sub: user.id, username: user.username, jti: randomUUID().replaceAll('-', ''), token_version: versions.get(user) ?? 1, exp, iat,
    }),
  },
  routes: [
    { on: 'login', method: 'POST', path: '/auth/login', handler: login },
    { on: 'refresh', method: 'POST', path: '/auth/refresh/', handler: refresh },
    { on: 'logout', method: 'POST', path: '/auth/logout/', handler: logout },
    { on: 'api', method: 'GET', path: '/auth/me', handler: me },
  ],
  error(status, { on, detail = textFor(TEXTS, status, on) }) {
    const title = TITLES[/** @type {422} */ (status)] ?? STATUS_CODES[status]
    const body = { type: 'about:blank', title, status, detail }
    return { type: 'application/problem+json', body }
  },
}
