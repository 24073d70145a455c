/** The control routes, the options, the log and CORS: what the demo page relies on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send, servers, session, start } from './harness.js'

const PAGE = 'http://127.0.0.1:5173'
const control = (backend, method, path, value) =>
  send(backend, { method, path: `/__control/${path}`, headers: { origin: PAGE, 'content-type': 'application/json' }, body: value && JSON.stringify(value) })

test('a fault can be set and lifted over HTTP', async (t) => {
  const backend = await start(t, 'oauth2', { origins: [PAGE] })
  const set = await control(backend, 'POST', 'fault', { on: 'login', kind: 'status', status: 500 })
  assert.equal(set.status, 200)
  assert.deepEqual(set.json.faults, [{ on: 'login', kind: 'status', status: 500, left: null }])
  assert.equal((await send(backend, servers.oauth2.login)).status, 500)
  assert.deepEqual((await control(backend, 'DELETE', 'fault')).json.faults, [])
  assert.equal((await send(backend, servers.oauth2.login)).status, 200)
})

test('options can be set over HTTP, and one that does not exist is refused', async (t) => {
  const backend = await start(t, 'oauth2', { origins: [PAGE] })
  assert.equal((await control(backend, 'POST', 'options', { accessLifetimeS: 9 })).json.options.accessLifetimeS, 9)
  assert.equal((await send(backend, servers.oauth2.login)).json.expires_in, 9)
  for (const wrong of [{ lifetime: 9 }, { accessLifetimeS: -1 }, { reuse: 'never' }, { refreshReply: 'maybe' }, { origins: 'all' }]) {
    assert.equal((await control(backend, 'POST', 'options', wrong)).status, 400)
  }
  assert.equal(backend.options.accessLifetimeS, 9)
  assert.equal((await control(backend, 'GET', 'options')).json.options.accessLifetimeS, 9)
})

test('every access token can be made to be over, and a refresh brings a new one', async (t) => {
  const backend = await start(t, 'oauth2', { origins: [PAGE] })
  const { step } = session(backend, 'oauth2')
  await step('login')
  assert.equal((await step('api')).status, 200)
  assert.equal((await control(backend, 'DELETE', 'access')).status, 200)
  assert.equal((await step('api')).status, 401)
  await step('refresh')
  assert.equal((await step('api')).status, 200)
})

test('the log names grant, origin, bearer and token generation, and holds no secret', async (t) => {
  const backend = await start(t, 'geolens', { origins: [PAGE] })
  const { step, tokens } = session(backend, 'geolens')
  await step('login')
  await step('refresh')
  await step('api')
  const { json, text } = await control(backend, 'GET', 'log')
  assert.deepEqual(json.map(({ on, grant, bearer, status }) => ({ on, grant, bearer, status })), [
    { on: 'login', grant: 'password', bearer: false, status: 200 },
    { on: 'refresh', grant: 'refresh_token', bearer: false, status: 200 },
    { on: 'api', grant: null, bearer: true, status: 200 },
  ])
  const { sha256, ...presented } = json[1].refresh
  assert.deepEqual(presented, { family: json[0].issued.family, generation: 0, use: 'fresh' })
  assert.match(sha256, /^[0-9a-f]{12}$/)
  assert.equal(json[1].issued.generation, 1)
  for (const secret of ['alice-password', ...[0, 1].flatMap((index) => [tokens[index].access_token, tokens[index].refresh_token])]) {
    assert.ok(!text.includes(secret))
  }
  assert.deepEqual((await control(backend, 'DELETE', 'log')).json, [])
})

test('the log leaves out the query, where credentials may stand', async (t) => {
  const backend = await start(t, 'oauth2')
  await send(backend, { method: 'POST', path: '/oauth/token?grant_type=password&username=alice&password=alice-password' })
  assert.equal(backend.log[0].path, '/oauth/token')
})

test('control requests are neither logged nor hit by faults', async (t) => {
  const backend = await start(t, 'oauth2', { origins: [PAGE] })
  backend.fault({ on: '*', kind: 'status', status: 500 })
  assert.equal((await control(backend, 'GET', 'options')).status, 200)
  assert.deepEqual(backend.log, [])
})

test('a page that shut itself out can still use the control routes', async (t) => {
  const backend = await start(t, 'oauth2', { origins: [PAGE] })
  await control(backend, 'POST', 'options', { origins: [] })
  const refused = await send(backend, { ...servers.oauth2.login, headers: { ...servers.oauth2.login.headers, origin: PAGE } })
  assert.equal(refused.headers.get('access-control-allow-origin'), null)
  const allowed = await control(backend, 'GET', 'options')
  assert.equal(allowed.headers.get('access-control-allow-origin'), PAGE)
})

test('a fault is answered with CORS headers, so that the page can read it', async (t) => {
  const backend = await start(t, 'langflow', { origins: [PAGE] })
  backend.fault({ on: 'login', kind: 'status', status: 500 })
  const { headers } = await send(backend, { ...servers.langflow.login, headers: { ...servers.langflow.login.headers, origin: PAGE } })
  assert.equal(headers.get('access-control-allow-origin'), PAGE)
  assert.equal(headers.get('access-control-allow-credentials'), 'true')
})

test('response headers are readable by a page only when exposed', async (t) => {
  const backend = await start(t, 'geolens', { origins: [PAGE] })
  const exposed = async () => (await send(backend, servers.geolens.login)).headers.get('access-control-expose-headers')
  assert.equal(await exposed(), null)
  backend.set({ exposeHeaders: ['Retry-After', 'Date'] })
  assert.equal(await exposed(), 'Retry-After, Date')
})

test('any origin is allowed without credentials when origins is "*"', async (t) => {
  const backend = await start(t, 'langflow', { origins: '*' })
  const { headers } = await send(backend, { ...servers.langflow.login, headers: { ...servers.langflow.login.headers, origin: 'https://anywhere.example' } })
  assert.equal(headers.get('access-control-allow-origin'), '*')
  assert.equal(headers.get('access-control-allow-credentials'), null)
})

test('a limit counts every login, good or bad, and every backend words its own 429', async (t) => {
  const backend = await start(t, 'dreadnode', { rateLimit: 2 })
  const { step } = session(backend, 'dreadnode')
  assert.deepEqual([(await step('login')).status, (await step('login')).status], [200, 200])
  assert.deepEqual((await step('login')).json, { code: 429, detail: 'Rate limit exceeded', type: 'rate_limit_error' })
})

test('in cookie mode each refresh rotates both cookies', async (t) => {
  const backend = await start(t, 'geolens')
  const { step, tokens } = session(backend, 'geolens')
  await step('login:cookie')
  const { geolens_refresh: refresh, geolens_csrf: csrf } = tokens[0]
  const request = {
    method: 'POST', path: '/auth/refresh/',
    headers: { 'x-geolens-auth-mode': 'cookie', 'x-csrf-token': csrf, cookie: `geolens_refresh=${refresh}; geolens_csrf=${csrf}` },
  }
  const { json, headers } = await send(backend, request)
  assert.equal(json.refresh_token, null)
  const [newRefresh, newCsrf] = headers.getSetCookie().map((cookie) => cookie.split(';')[0].split('=')[1])
  assert.ok(newRefresh !== refresh && newCsrf !== csrf)
  assert.equal((await send(backend, request)).status, 401)
})
