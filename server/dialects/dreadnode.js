/**
 * Dreadnode: a form login whose reply has organizations but neither token type, lifetime nor refresh token, and one error envelope with a
 * stable `type`. No refresh and no logout are documented, so there are none: the session ends with the token.
 */
import { credentials } from '../body.js'
import { starlette } from '../cors.js'
import { refuse, send } from '../reply.js'
import { readPasswordForm } from '../validation.js'

/** The envelope's `type` and `detail` by status. */
const ERRORS = {
  400: ['bad_request_error', 'Bad request'],
  401: ['authentication_error', 'Authentication failed'],
  403: ['forbidden_error', 'Forbidden'],
  404: ['not_found_error', 'Not found'],
  405: ['method_not_allowed_error', 'Method not allowed'],
  409: ['already_exists_error', 'Already exists'],
  422: ['validation_error', 'Validation failed'],
  426: ['upgrade_required_error', 'Upgrade required'],
  429: ['rate_limit_error', 'Rate limit exceeded'],
  500: ['internal_error', 'Internal server error'],
  502: ['bad_gateway_error', 'Bad gateway'],
  504: ['gateway_timeout_error', 'Gateway timeout'],
}

/** @type {import('../backend.js').Route['handler']} */
async function login(context, request, reply) {
  const { form, errors } = readPasswordForm(request)
  if (errors.length > 0) {
    const { body, type } = context.dialect.error(422, {})
    return send(reply, 422, { .../** @type {object} */ (body), errors: errors.map(({ loc, msg, type }) => ({ loc, msg, type })) }, type)
  }
  const user = context.users.verify(form.username, form.password)
  if (!user) return refuse(reply, context.dialect, 401)
  if (user.state !== 'active') return refuse(reply, context.dialect, 403, { detail: user.state === 'locked' ? 'Account locked' : 'Account not active' })
  const { access } = await context.login(request, user, { withRefresh: false })
  const orgs = user.orgs ?? []
  // A user without an organization has no default one: the member is absent, as the schema allows.
  return send(reply, 200, { access_token: access.token, ...(orgs.length > 0 && { default_org: orgs[0] }), orgs })
}

/** @type {import('../backend.js').Route['handler']} */
function currentUser(context, request, reply) {
  const { state, record } = context.tokens.inspect(credentials(request, 'bearer'), 'access')
  if (state === 'expired') return refuse(reply, context.dialect, 401, { code: 'expired_token_error', detail: 'Token has expired' })
  if (state !== 'fresh' || !record) return refuse(reply, context.dialect, 401)
  const { id, username, email, name, orgs, state: account } = record.family.user
  if (account !== 'active') return refuse(reply, context.dialect, 403)
  return send(reply, 200, { id, username, email, name, orgs })
}

/** @type {import('../backend.js').Dialect} */
export const dreadnode = {
  title: 'Dreadnode',
  // Nothing is ever refreshed; of the three rules this one leaves the claims as they are.
  defaults: { reuse: 'stateless' },
  cors: starlette,
  tokens: { access: (user, { exp }) => ({ sub: user.id, exp }) },
  routes: [
    { on: 'login', method: 'POST', path: '/api/v1/auth/login', handler: login },
    { on: 'api', method: 'GET', path: '/api/v1/user', handler: currentUser },
  ],
  error(status, { detail, code }) {
    const [type, text] = ERRORS[/** @type {401} */ (status)] ?? ['unknown_error', 'Unknown error']
    return { type: 'application/json', body: { code: status, detail: detail ?? text, type: code ?? type } }
  },
}
