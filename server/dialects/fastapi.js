/**
 * FastAPI's security tutorial with its own request validation: `/token` is the tutorial's form login, without lifetime or refresh token;
 * `/json/login` and `/json/refresh` are the pair most applications add to it.
 */
import { credentials } from '../body.js'
import { starlette } from '../cors.js'
import { refuse, send, textFor } from '../reply.js'
import { readJsonObject, readPasswordForm } from '../validation.js'

const BEARER = { 'www-authenticate': 'Bearer' }
const WRONG = { detail: 'Incorrect username or password', headers: BEARER }

/** @param {import('../backend.js').Context} context @param {import('../backend.js').Reply} reply @param {import('../backend.js').Issued} issued */
const sendPair = (context, reply, { access, refresh }) =>
  send(reply, 200, {
    access_token: access.token, token_type: 'bearer', refresh_token: refresh?.token, expires_in: context.options.accessLifetimeS,
  })

/** @type {import('../backend.js').Route['handler']} */
async function formLogin(context, request, reply) {
  const { form, errors } = readPasswordForm(request)
  if (errors.length > 0) return refuse(reply, context.dialect, 422, { detail: errors })
  const user = context.users.verify(form.username, form.password)
  if (!user) return refuse(reply, context.dialect, 401, WRONG)
  const { access } = await context.login(request, user, { withRefresh: false })
  return send(reply, 200, { access_token: access.token, token_type: 'bearer' })
}

/** @type {import('../backend.js').Route['handler']} */
async function jsonLogin(context, request, reply) {
  const { value, errors } = readJsonObject(request, ['username', 'password'])
  if (errors.length > 0) return refuse(reply, context.dialect, 422, { detail: errors })
  const user = context.users.verify(value.username, value.password)
  return user ? sendPair(context, reply, await context.login(request, user)) : refuse(reply, context.dialect, 401, WRONG)
}

/** @type {import('../backend.js').Route['handler']} */
async function jsonRefresh(context, request, reply) {
  const { value, errors } = readJsonObject(request, ['refresh_token'])
  if (errors.length > 0) return refuse(reply, context.dialect, 422, { detail: errors })
  const issued = await context.refresh(request, value.refresh_token)
  return issued ? sendPair(context, reply, issued) : refuse(reply, context.dialect, 401, { detail: 'Invalid refresh token', headers: BEARER })
}

/** @type {import('../backend.js').Route['handler']} */
function me(context, request, reply) {
  const token = credentials(request, 'bearer')
  if (!token) return refuse(reply, context.dialect, 401, { detail: 'Not authenticated', headers: BEARER })
  const { state, record } = context.tokens.inspect(token, 'access')
  if (state !== 'fresh' || !record) return refuse(reply, context.dialect, 401, { detail: 'Could not validate credentials', headers: BEARER })
  const { username, email, name, state: account } = record.family.user
  // The tutorial lets a disabled user log in and refuses the first call instead.
  if (account !== 'active') return refuse(reply, context.dialect, 400, { detail: 'Inactive user' })
  return send(reply, 200, { username, email, full_name: name, disabled: false })
}

const TEXTS = {
  login: { 401: WRONG.detail },
  refresh: { 401: 'Invalid refresh token' },
  api: { 400: 'Inactive user', 401: 'Could not validate credentials' },
}

/** @type {import('../backend.js').Dialect} */
export const fastapi = {
  title: 'FastAPI tutorial',
  defaults: { reuse: 'rotating-strict' },
  cors: starlette,
  tokens: {
    access: (user, { exp }) => ({ sub: user.username, typ: 'access', exp }),
    refresh: (user, { exp }) => ({ sub: user.username, typ: 'refresh', exp }),
  },
  routes: [
    { on: 'login', method: 'POST', path: '/token', handler: formLogin },
    { on: 'login', method: 'POST', path: '/json/login', handler: jsonLogin },
    { on: 'refresh', method: 'POST', path: '/json/refresh', handler: jsonRefresh },
    { on: 'api', method: 'GET', path: '/users/me', handler: me },
  ],
  error: (status, { on, detail = textFor(TEXTS, status, on) }) => ({ type: 'application/json', body: { detail } }),
}
