/**
 * The token endpoint of RFC 6749 as Doorkeeper runs it: the password and refresh_token grants, errors of section 5.2 with a challenge on
 * every one of them, and revocation by RFC 7009. Two dialects differ in what they read, demand and reply.
 *
 * @typedef {import('./backend.js').Context} Context
 * @typedef {import('./backend.js').Request} Request
 * @typedef {import('./backend.js').Reply} Reply
 *
 * @typedef {object} Variant
 * @property {(request: Request) => boolean} reads  whether it understands the media type
 * @property {(context: Context, issued: import('./backend.js').Issued, presented?: string) => object} body  the reply to a grant
 */
import { credentials, isForm, readForm, readJson } from './body.js'
import { refuse, send } from './reply.js'
import { clients } from './users.js'

const JSON_UTF8 = 'application/json; charset=utf-8'
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }
const SCOPES = ['public', 'write']

/** `error`: its status and its text. A wrong password and a dead refresh token read the same: only the request tells them apart. */
const ERRORS = {
  invalid_request: [400, 'The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.'],
  invalid_client: [401, 'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.'],
  invalid_grant: [400, 'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.'],
  invalid_scope: [400, 'The requested scope is invalid, unknown, or malformed.'],
  unsupported_grant_type: [400, 'The authorization grant type is not supported by the authorization server.'],
  unauthorized_client: [403, 'You are not authorized to revoke this token'],
  server_error: [500, 'The authorization server encountered an unexpected condition which prevented it from fulfilling the request.'],
  temporarily_unavailable: [503, 'The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server.'],
}
/** The error a bare status stands for, where no more is known. */
const BY_STATUS = { 400: 'invalid_grant', 401: 'invalid_client', 403: 'unauthorized_client', 429: 'temporarily_unavailable', 503: 'temporarily_unavailable' }

/** @param {string} code @param {string} text */
const challenge = (code, text) => ({ 'www-authenticate': `Bearer realm="Doorkeeper", error="${code}", error_description="${text}"` })

/** A bad access token gets no body at all: the reason stands in the challenge alone. @param {string} text */
const invalidToken = (text) => ({ type: 'text/html', body: '', headers: { ...NO_STORE, ...challenge('invalid_token', text) } })

/** @type {import('./backend.js').Dialect['error']} */
export function oauthError(status, { code, detail, on }) {
  if (on === 'api' && status === 401) return invalidToken('The access token is invalid')
  if (status === 404 || status === 405) return { type: 'text/html; charset=UTF-8', body: '' }
  const error = code ?? BY_STATUS[/** @type {400} */ (status)] ?? 'server_error'
  const text = detail ?? ERRORS[/** @type {'invalid_grant'} */ (error)][1]
  return { type: JSON_UTF8, body: { error, error_description: text }, headers: { ...NO_STORE, ...(status < 402 && challenge(error, text)) } }
}

/** @param {Context} context @param {Reply} reply @param {keyof typeof ERRORS} code @param {string} [detail] */
const fail = (context, reply, code, detail) => refuse(reply, context.dialect, Number(ERRORS[code][0]), { code, detail })

/** Parameters from the query and the body, as Rails merges them. @param {Variant} variant @param {Request} request @returns {Record<string, any> | undefined} */
function readParameters(variant, request) {
  const query = /** @type {Record<string, string>} */ (request.query)
  if (!variant.reads(request)) return query
  if (isForm(request)) return { ...query, ...readForm(request) }
  const json = readJson(request)
  return 'brokenAt' in json ? undefined : { ...query, ...json.value }
}

/** @param {Context} context @param {Request} request @param {Record<string, any>} parameters @returns {import('./users.js').Client | undefined | false} false: refused */
function authenticateClient({ options }, request, parameters) {
  const basic = credentials(request, 'basic')
  const [id, secret] = basic ? Buffer.from(basic, 'base64').toString().split(':', 2) : [parameters.client_id, parameters.client_secret]
  if (id === undefined) return options.requireClient ? false : undefined
  return clients.find((client) => client.id === id && client.secret === (client.secret && secret)) ?? false
}

/** @param {Variant} variant @returns {import('./backend.js').Route['on']} */
export const grantOf = (variant) => (request) => (readParameters(variant, request)?.grant_type === 'refresh_token' ? 'refresh' : 'login')

/** @param {Variant} variant @returns {import('./backend.js').Route['handler']} */
export const tokenEndpoint = (variant) => async (context, request, reply) => {
  const parameters = readParameters(variant, request)
  if (!parameters) return send(reply, 400, { status: 400, error: 'Bad Request' }, 'application/json; charset=UTF-8')
  const { grant_type: grant, scope = 'public' } = parameters
  if (!grant) return fail(context, reply, 'invalid_request', 'Missing required parameter: grant_type.')
  if (grant !== 'password' && grant !== 'refresh_token') return fail(context, reply, 'unsupported_grant_type')
  const client = authenticateClient(context, request, parameters)
  if (client === false) return fail(context, reply, 'invalid_client')
  if (!String(scope).split(' ').every((name) => SCOPES.includes(name))) return fail(context, reply, 'invalid_scope')

  /** @param {import('./backend.js').Issued} issued @param {string} [presented] */
  const grantTokens = (issued, presented) => send(reply, 200, variant.body(context, issued, presented), JSON_UTF8, NO_STORE)

  if (grant === 'password') {
    const user = parameters.linked_device_id
      ? context.users.verifyDevice(parameters.linked_device_id, parameters.pin)
      : context.users.verify(parameters.username ?? parameters.email, parameters.password)
    if (user?.state !== 'active') return fail(context, reply, 'invalid_grant')
    return grantTokens(await context.login(request, user, { client: client?.id, scope }))
  }
  const presented = parameters.refresh_token
  if (!presented) return fail(context, reply, 'invalid_request', 'Missing required parameter: refresh_token.')
  const mayUse = (/** @type {import('./tokens.js').TokenRecord} */ { family }) => family.client === client?.id && family.user.state === 'active'
  const keep = (context.options.refreshReply ?? 'new') !== 'new'
  const issued = await context.refresh(request, presented, mayUse, { keep })
  if (!issued) return fail(context, reply, 'invalid_grant')
  if (context.options.revokeAccessOnRefresh) context.tokens.revokeAccess(issued.family, issued.generation - 1)
  return grantTokens(issued, presented)
}

/** @param {Variant} variant @returns {import('./backend.js').Route['handler']} */
export const revocationEndpoint = (variant) => (context, request, reply) => {
  const parameters = readParameters(variant, request) ?? {}
  if (authenticateClient(context, request, parameters) === false) {
    const { body } = oauthError(403, { code: 'unauthorized_client' })
    return send(reply, 403, body, JSON_UTF8)
  }
  for (const kind of /** @type {const} */ (['access', 'refresh'])) {
    const { record, state } = context.tokens.inspect(parameters.token, kind)
    if (record && state !== 'wrong-kind') context.tokens.revokeFamily(record.family)
  }
  // Unknown tokens as well: RFC 7009, section 2.2.
  return send(reply, 200, {}, JSON_UTF8)
}

const REFUSED = { expired: 'The access token expired', revoked: 'The access token was revoked' }

/** @type {import('./backend.js').Route['handler']} */
export function currentUser(context, request, reply) {
  const { state, record } = context.tokens.inspect(credentials(request, 'bearer'), 'access')
  if (state !== 'fresh' || !record) {
    const text = REFUSED[/** @type {'expired'} */ (state)] ?? 'The access token is invalid'
    const { body, type, headers } = invalidToken(text)
    return send(reply, 401, body, type, headers)
  }
  const { user } = record.family
  return send(reply, 200, { id: context.users.all.indexOf(user) + 1, email: user.email }, JSON_UTF8)
}
