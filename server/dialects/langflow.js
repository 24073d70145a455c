/**
 * Langflow 1.13: a form login that sets HttpOnly cookies, a refresh that reads nothing but the cookie, and JWTs without `iat` whose `exp` is
 * the only expiry stated.
 */
import { credentials } from '../body.js'
import { starlette } from '../cors.js'
import { refuse, send, textFor } from '../reply.js'
import { readPasswordForm } from '../validation.js'

const BEARER = { 'www-authenticate': 'Bearer' }
const COOKIE = { path: '/', httpOnly: true, sameSite: /** @type {const} */ ('lax'), encode: String }

const TEXTS = {
  '*': { 429: 'Too many requests. Please try again later.' },
  login: { 400: 'Waiting for approval', 401: 'Incorrect username or password' },
  refresh: { 401: 'Invalid refresh token' },
  api: { 401: 'Token has expired', 403: 'No authentication credentials provided' },
}

/** @param {import('../backend.js').Reply} reply @param {import('../backend.js').Issued} issued @param {{ apiKey?: string, sessionAccess?: boolean }} [what] */
function sendTokens(reply, { access, refresh }, { apiKey, sessionAccess } = {}) {
  if (refresh) reply.setCookie('refresh_token_lf', refresh.token, { ...COOKIE, expires: new Date(refresh.expiresAt) })
  reply.setCookie('access_token_lf', access.token, sessionAccess ? COOKIE : { ...COOKIE, expires: new Date(access.expiresAt) })
  if (apiKey) reply.setCookie('apikey_tkn_lflw', apiKey, COOKIE)
  return send(reply, 200, { access_token: access.token, refresh_token: refresh?.token ?? null, token_type: 'bearer' })
}

/** @type {import('../backend.js').Route['handler']} */
async function login(context, request, reply) {
  const { form, errors } = readPasswordForm(request)
  if (errors.length > 0) return refuse(reply, context.dialect, 422, { detail: errors.map(({ input, ...error }) => error) })
  const user = context.users.find(form.username)
  // The state comes before the password: an inactive account is told so whatever the password is.
  if (user?.state === 'inactive') return refuse(reply, context.dialect, 400, { detail: 'Waiting for approval' })
  if (user?.state === 'locked') return refuse(reply, context.dialect, 400, { detail: 'Inactive user' })
  if (user?.password !== form.password) return refuse(reply, context.dialect, 401, { on: 'login', headers: BEARER })
  return sendTokens(reply, await context.login(request, user), { apiKey: 'None' })
}

/** @type {import('../backend.js').Route['handler']} */
async function autoLogin(context, request, reply) {
  if (!context.options.autoLogin) {
    return refuse(reply, context.dialect, 403, { detail: { message: 'Auto login is disabled.', auto_login: false } })
  }
  return sendTokens(reply, await context.login(request, context.users.all[0]), { apiKey: '""', sessionAccess: true })
}

/** @type {import('../backend.js').Route['handler']} */
async function refresh(context, request, reply) {
  const token = request.cookies.refresh_token_lf
  if (!token) return refuse(reply, context.dialect, 401, { detail: 'Invalid refresh token', headers: BEARER })
  const { record } = context.tokens.inspect(token, 'refresh')
  if (record && record.family.user.state !== 'active') return refuse(reply, context.dialect, 401, { detail: 'User account is inactive' })
  const issued = await context.refresh(request, token)
  return issued ? sendTokens(reply, issued) : refuse(reply, context.dialect, 401, { detail: 'Invalid refresh token' })
}

/** @type {import('../backend.js').Route['handler']} */
function logout(_context, _request, reply) {
  for (const name of ['refresh_token_lf', 'access_token_lf', 'apikey_tkn_lflw']) {
    reply.setCookie(name, '""', { ...COOKIE, expires: new Date(), maxAge: 0 })
  }
  return send(reply, 200, { message: 'Logout successful' })
}

const REFUSED = { expired: 'Token has expired', 'wrong-kind': 'Invalid token type' }

/** @type {import('../backend.js').Route['handler']} */
function whoami(context, request, reply) {
  // The header wins over the cookie, even when only the cookie would do.
  const token = credentials(request, 'bearer') ?? request.cookies.access_token_lf
  if (!token) return refuse(reply, context.dialect, 403, { detail: 'No authentication credentials provided' })
  const { state, record } = context.tokens.inspect(token, 'access')
  if (state !== 'fresh' || !record) return refuse(reply, context.dialect, 401, { detail: REFUSED[/** @type {'expired'} */ (state)] ?? 'Invalid token' })
  const { user } = record.family
  if (user.state !== 'active') return refuse(reply, context.dialect, 401, { detail: 'User account is inactive' })
  const now = new Date().toISOString()
  return send(reply, 200, {
    id: user.id, username: user.username, profile_image: null, store_api_key: null, is_active: true, is_superuser: user.superuser === true,
    create_at: now, updated_at: now, last_login_at: now,
    optins: { github_starred: false, dialog_dismissed: false, discord_clicked: false },
  })
}

/** @type {import('../backend.js').Dialect} */
export const langflow = {
  title: 'Langflow',
  defaults: { reuse: 'stateless', autoLogin: false },
  cors: starlette,
  tokens: {
    access: (user, { exp }) => ({ sub: user.id, type: 'access', exp }),
    refresh: (user, { exp }) => ({ sub: user.id, type: 'refresh', exp }),
  },
  routes: [
    { on: 'login', method: 'POST', path: '/api/v1/login', handler: login },
    { on: 'login', method: 'GET', path: '/api/v1/auto_login', handler: autoLogin },
    { on: 'refresh', method: 'POST', path: '/api/v1/refresh', handler: refresh },
    { on: 'logout', method: 'POST', path: '/api/v1/logout', handler: logout },
    { on: 'api', method: 'GET', path: '/api/v1/users/whoami', handler: whoami },
  ],
  error(status, { on, detail = textFor(TEXTS, status, on), retryAfter = 60 }) {
    // An unhandled exception leaves by another door there: `message`, not `detail`.
    const body = status === 500 ? { message: detail } : { detail }
    return { type: 'application/json', body: status === 429 ? { ...body, retry_after: String(retryAfter) } : body }
  },
}
