/**
 * FastAPI's request validation, as three of the backends show it: which errors a login form or a JSON object gets, in which order. The
 * backends differ only in how they write the list down.
 *
 * @typedef {{ type: string, loc: (string | number)[], msg: string, input: unknown, ctx?: Record<string, unknown> }} FieldError
 */
import { isForm, isJson, readForm, readJson, readText } from './body.js'

/** @param {(string | number)[]} loc @param {unknown} [input] @returns {FieldError} */
const missing = (loc, input = null) => ({ type: 'missing', loc, msg: 'Field required', input })

/** The fields of FastAPI's OAuth2PasswordRequestForm. @param {import('fastify').FastifyRequest} request */
export function readPasswordForm(request) {
  const form = readForm(request)
  /** @type {FieldError[]} */
  const errors = []
  if (form.grant_type && form.grant_type !== 'password') {
    const pattern = '^password$'
    errors.push({
      type: 'string_pattern_mismatch', loc: ['body', 'grant_type'], msg: `String should match pattern '${pattern}'`,
      input: form.grant_type, ctx: { pattern },
    })
  }
  // An empty field counts as a missing one, as it does there.
  for (const field of ['username', 'password']) if (!form[field]) errors.push(missing(['body', field]))
  return { form, errors }
}

/**
 * A JSON object whose named members are strings. The errors repeat the input, credentials included, exactly as FastAPI does: a client
 * must not log them.
 *
 * @param {import('fastify').FastifyRequest} request
 * @param {string[]} fields
 * @returns {{ value: Record<string, string>, errors: FieldError[] }}
 */
export function readJsonObject(request, fields) {
  const failed = (/** @type {FieldError[]} */ ...errors) => ({ value: {}, errors })
  const notAnObject = { type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid dictionary or object to extract fields from' }
  if (isForm(request) || (!isJson(request) && readText(request) !== '')) return failed({ ...notAnObject, input: readText(request) })
  const json = readJson(request)
  if ('brokenAt' in json) {
    return failed({ type: 'json_invalid', loc: ['body', json.brokenAt], msg: 'JSON decode error', input: {}, ctx: { error: 'Expecting value' } })
  }
  const { value } = json
  if (value === undefined) return failed(missing(['body']))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return failed({ ...notAnObject, input: value })
  return {
    value,
    errors: fields.flatMap((field) => {
      if (!(field in value)) return [missing(['body', field], value)]
      if (typeof value[field] === 'string') return []
      return [{ type: 'string_type', loc: ['body', field], msg: 'Input should be a valid string', input: value[field] }]
    }),
  }
}
