/**
 * Reduces an exchange to what must be the same. Keys and their order count; tokens, times and random values are reduced to their kind: a
 * JWT with these claims, an opaque string, a time.
 */
import { parse } from './harness.js'

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const UUID_HEX = /^[0-9a-f]{32}$/
const OPAQUE = /^[\w-]{32,64}$/
const TIME = /^(\d{4}-)?\d\d-\d\dT\d\d:\d\d:\d\d/
const MOMENTS = new Set(['exp', 'iat', 'created_at'])

const KINDS = [
  [JWT, (text) => ({ jwt: text.split('.').slice(0, 2).map((part) => shape(JSON.parse(Buffer.from(part, 'base64url').toString()))) })],
  [UUID, () => 'a uuid'],
  [UUID_HEX, () => 'a uuid without dashes'],
  [OPAQUE, () => 'an opaque token'],
  [TIME, () => 'a time'],
]

function shape(value, key) {
  if (typeof value === 'string') return KINDS.find(([pattern]) => pattern.test(value))?.[1](value) ?? value
  if (typeof value === 'number' && MOMENTS.has(key)) return 'seconds'
  if (Array.isArray(value)) return value.map((item) => shape(item))
  if (value && typeof value === 'object') return Object.entries(value).map(([name, inner]) => [name, shape(inner, name)])
  return value
}

function shapeCookie(cookie) {
  const [pair, ...attributes] = cookie.split('; ')
  const [name, value] = pair.split(/=(.*)/s)
  const kinds = attributes.map((attribute) => attribute.toLowerCase().replace(/^expires=.*/, 'expires=a date'))
  return { name, value: shape(value), attributes: kinds.sort() }
}

/** Headers that are compared wherever the contract has them, and those compared only where it has CORS. */
const HEADERS = ['content-type', 'www-authenticate', 'retry-after', 'allow', 'pragma']
const CORS = ['access-control-allow-origin', 'access-control-allow-credentials']
const PREFLIGHT = ['access-control-allow-methods', 'access-control-allow-headers', 'access-control-max-age']

/** @param {{ status: number, headers: Headers, text: string }} reply @param {{ cors: boolean, preflight: boolean }} what */
export function reduce({ status, headers, text }, { cors, preflight }) {
  const names = [...HEADERS, ...(cors ? CORS : []), ...(cors && preflight && headers.has('access-control-allow-origin') ? PREFLIGHT : [])]
  const body = parse(text)
  return {
    status,
    headers: Object.fromEntries(names.map((name) => [name, headers.get(name)?.toLowerCase()])),
    noStore: headers.get('cache-control') === 'no-store',
    variesByOrigin: cors ? /\bOrigin\b/.test(headers.get('vary') ?? '') : undefined,
    cookies: headers.getSetCookie().map(shapeCookie),
    body: body === undefined ? text : shape(body),
  }
}
