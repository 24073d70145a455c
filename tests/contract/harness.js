/**
 * What the contract tests share: a backend started with the accounts of the recorded server, its usual requests by name, and the tokens
 * those bring, to be put into a later request as `{{step.name}}`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startBackend } from '../../server/backend.js'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }
const CLIENT = { client_id: 'conf-client', client_secret: 'conf-secret' }
const form = (path, fields, headers = {}) => ({
  method: 'POST', path, headers: { ...FORM, ...headers },
  // The braces of a placeholder stay as they are: the token that takes its place needs no encoding.
  body: new URLSearchParams(fields).toString().replaceAll('%7B', '{').replaceAll('%7D', '}'),
})
const json = (path, value, headers = {}) => ({ method: 'POST', path, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(value) })
const post = (path, headers) => ({ method: 'POST', path, headers })
const get = (path, headers) => ({ method: 'GET', path, headers })
const BEARER = { authorization: 'Bearer {{last.access_token}}' }
const alice = { username: 'alice', password: 'alice-password' }

/** By fixture folder: the dialect that plays the server, its accounts where they are not the usual ones, and its requests. */
export const servers = {
  langflow: {
    dialect: 'langflow',
    accounts: [
      { username: 'admin', password: 'Admin-Passw0rd!', superuser: true },
      { username: 'carol', password: 'Carol-Passw0rd!', state: 'inactive' },
    ],
    login: form('/api/v1/login', { username: 'admin', password: 'Admin-Passw0rd!' }),
    refresh: post('/api/v1/refresh', { cookie: 'refresh_token_lf={{last.refresh_token}}' }),
    logout: post('/api/v1/logout', {}),
    api: get('/api/v1/users/whoami', BEARER),
  },
  doorkeeper: {
    dialect: 'oauth2',
    login: json('/oauth/token', { grant_type: 'password', ...alice, client_id: 'public-client' }),
    'login:form': form('/oauth/token', { grant_type: 'password', ...alice }),
    refresh: json('/oauth/token', { grant_type: 'refresh_token', refresh_token: '{{last.refresh_token}}', client_id: 'public-client' }),
    'refresh:0': json('/oauth/token', { grant_type: 'refresh_token', refresh_token: '{{0.refresh_token}}', client_id: 'public-client' }),
    revoke: json('/oauth/revoke', { token: '{{last.access_token}}', client_id: 'public-client' }),
    api: get('/api/me', BEARER),
  },
  oauth2: {
    dialect: 'oauth2',
    login: form('/oauth/token', { grant_type: 'password', ...alice }),
    refresh: form('/oauth/token', { grant_type: 'refresh_token', refresh_token: '{{last.refresh_token}}' }),
    logout: form('/oauth/revoke', { token: '{{last.refresh_token}}' }),
    api: get('/api/me', BEARER),
  },
  fastapi: {
    dialect: 'fastapi',
    accounts: [
      { username: 'johndoe', password: 'secret', email: 'johndoe@example.com', name: 'John Doe' },
      { username: 'alice', password: 'secret2', email: 'alicechains@example.com', name: 'Alice Chains', state: 'inactive' },
    ],
    login: json('/json/login', { username: 'johndoe', password: 'secret' }),
    'login:disabled': form('/token', { username: 'alice', password: 'secret2' }),
    refresh: json('/json/refresh', { refresh_token: '{{last.refresh_token}}' }),
    api: get('/users/me', BEARER),
  },
  geolens: {
    dialect: 'geolens',
    login: form('/auth/login', alice),
    'login:cookie': form('/auth/login', alice, { 'x-geolens-auth-mode': 'cookie' }),
    refresh: json('/auth/refresh/', { refresh_token: '{{last.refresh_token}}' }),
    logout: post('/auth/logout/', BEARER),
    api: get('/auth/me', BEARER),
  },
  zype: {
    dialect: 'zype',
    login: json('/oauth/token', { ...CLIENT, grant_type: 'password', ...alice }),
    refresh: json('/oauth/token', { ...CLIENT, grant_type: 'refresh_token', refresh_token: '{{last.refresh_token}}' }),
    logout: json('/oauth/revoke', { ...CLIENT, token: '{{last.refresh_token}}' }),
    api: get('/api/me', BEARER),
  },
  dreadnode: {
    dialect: 'dreadnode',
    login: form('/api/v1/auth/login', alice),
    api: get('/api/v1/user', BEARER),
  },
}

/** Starts a server of the table above, closed when the test ends. */
export async function start(t, name, settings = {}) {
  const { dialect, accounts } = servers[name]
  const backend = await startBackend({ dialect, users: accounts, accessLifetimeS: 60, ...settings })
  t.after(() => backend.close())
  return backend
}

/** Sends a request whose `{{step.name}}` are filled in from `tokens`. The body goes as bytes, so that no Content-Type is made up. */
export async function send(backend, request, tokens = {}) {
  const fill = (text) => text.replace(/\{\{(\w+)\.(\w+)\}\}/g, (_, step, name) => tokens[step]?.[name] ?? `no ${step}.${name}`)
  const headers = (Array.isArray(request.headers) ? request.headers : Object.entries(request.headers ?? {})).map(([name, value]) => [name, fill(value)])
  const response = await fetch(backend.url + request.path, {
    method: request.method, headers, body: request.body == null ? undefined : Buffer.from(fill(request.body)), signal: request.signal,
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parse(text) }
}

export function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The tokens of a reply: the members of its body, and its cookies by name. */
function tokensOf({ json: body, headers }) {
  const cookies = headers.getSetCookie().map((cookie) => cookie.split(';')[0].split(/=(.*)/s).slice(0, 2))
  return { ...body, ...Object.fromEntries(cookies) }
}

/** What a step other than a request does. */
const ACTIONS = {
  wait: () => sleep(1100),
  lock: (backend, username) => void (backend.users.find((user) => user.username === username).state = 'locked'),
}

/** A session with one server: `step('login')`, then `step('refresh')`, ... each of which leaves its tokens behind. */
export function session(backend, name) {
  const tokens = {}
  let count = 0
  return {
    tokens,
    async step(step) {
      const [action, argument] = step.split(':')
      const index = count++
      if (ACTIONS[action]) return ACTIONS[action](backend, argument)
      if (argument === 'long') backend.set({ accessLifetimeS: 60 })
      const reply = await send(backend, servers[name][step] ?? servers[name][action], tokens)
      tokens[index] = tokensOf(reply)
      if (tokens[index].access_token) tokens.last = tokens[index]
      return reply
    },
  }
}
