/** Each kind of fault, on every backend it can be asked of. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse, send, servers, session, start } from './harness.js'

const ALL = ['langflow', 'geolens', 'zype', 'dreadnode', 'oauth2', 'fastapi']
const login = (backend, name, extra) => send(backend, { ...servers[name].login, ...extra })

for (const name of ALL) {
  test(`${name}: drop-before closes the connection and issues nothing`, async (t) => {
    const backend = await start(t, name)
    backend.fault({ on: 'login', kind: 'drop-before', times: 1 })
    await assert.rejects(login(backend, name), TypeError)
    assert.equal(backend.log[0].fault, 'drop-before')
    assert.equal(backend.log[0].issued, undefined)
    assert.equal(backend.log[0].status, null)
    assert.equal((await login(backend, name)).status, 200)
  })

  test(`${name}: drop-after closes the connection once the tokens are issued`, async (t) => {
    const backend = await start(t, name)
    backend.fault({ on: 'login', kind: 'drop-after', times: 1 })
    await assert.rejects(login(backend, name), TypeError)
    assert.equal(backend.log[0].issued.generation, 0)
    assert.equal(backend.log[0].status, null)
  })

  test(`${name}: status answers in the backend's own error shape`, async (t) => {
    const backend = await start(t, name)
    backend.fault({ on: 'login', kind: 'status', status: 503, retryAfter: 7, times: 1 })
    const { status, headers, json } = await login(backend, name)
    assert.equal(status, 503)
    assert.equal(headers.get('retry-after'), '7')
    const members = { langflow: ['detail'], fastapi: ['detail'], geolens: ['type', 'title', 'status', 'detail'], dreadnode: ['code', 'detail', 'type'] }
    assert.deepEqual(Object.keys(json), members[name] ?? ['error', 'error_description'])
  })

  test(`${name}: malformed answers 200 with half a JSON text`, async (t) => {
    const backend = await start(t, name)
    backend.fault({ on: 'login', kind: 'malformed', times: 1 })
    const { status, headers, text } = await login(backend, name)
    assert.deepEqual([status, headers.get('content-type'), parse(text)], [200, 'application/json', undefined])
  })

  test(`${name}: html answers 200 with a page`, async (t) => {
    const backend = await start(t, name)
    backend.fault({ on: '*', kind: 'html', times: 1 })
    const { status, headers, text } = await send(backend, servers[name].api)
    assert.deepEqual([status, headers.get('content-type'), text.slice(0, 15)], [200, 'text/html; charset=utf-8', '<!doctype html>'])
  })
}

test('redirect points elsewhere, and status may take its time', async (t) => {
  const backend = await start(t, 'oauth2')
  backend.fault({ on: 'login', kind: 'redirect', status: 308, to: 'https://elsewhere.example/there', times: 1 })
  const redirected = await fetch(backend.url + servers.oauth2.login.path, { method: 'POST', redirect: 'manual' })
  assert.deepEqual([redirected.status, redirected.headers.get('location')], [308, 'https://elsewhere.example/there'])
  assert.throws(() => backend.fault({ on: 'login', kind: 'redirect', to: '/there' }), TypeError)
  backend.fault({ on: 'login', kind: 'status', status: 503, ms: 300, times: 1 })
  const before = Date.now()
  assert.equal((await login(backend, 'oauth2')).status, 503)
  assert.ok(Date.now() - before >= 290)
})

test('a lost refresh reply has rotated the token: the next attempt is a second use', async (t) => {
  const backend = await start(t, 'geolens')
  const { step, tokens } = session(backend, 'geolens')
  await step('login')
  backend.fault({ on: 'refresh', kind: 'drop-after', times: 1 })
  await assert.rejects(step('refresh'), TypeError)
  assert.equal((await send(backend, servers.geolens.refresh, { last: tokens[0] })).status, 401)
  assert.deepEqual(backend.log.filter(({ on }) => on === 'refresh').map(({ refresh }) => refresh.use), ['fresh', 'reused'])
})

test('delay answers later, and as usual', async (t) => {
  const backend = await start(t, 'oauth2')
  backend.fault({ on: 'login', kind: 'delay', ms: 200, times: 1 })
  const before = Date.now()
  assert.equal((await login(backend, 'oauth2')).status, 200)
  assert.ok(Date.now() - before >= 195)
})

test('hang takes the request and never answers, and does not keep the backend from closing', async (t) => {
  const backend = await start(t, 'oauth2')
  backend.fault({ on: 'login', kind: 'hang' })
  await assert.rejects(login(backend, 'oauth2', { signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' })
  assert.equal(backend.log[0].status, null)
  const hanging = assert.rejects(login(backend, 'oauth2'), TypeError)
  while (backend.log.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  await backend.close()
  await hanging
})

test('status can carry a body of its own', async (t) => {
  const backend = await start(t, 'fastapi')
  backend.fault({ on: 'login', kind: 'status', status: 502, body: '<h1>Bad gateway</h1>', times: 1 })
  const { status, text } = await login(backend, 'fastapi')
  assert.deepEqual([status, text], [502, '<h1>Bad gateway</h1>'])
})

test('status on an API call of an OAuth backend is the empty HTML of a bad token', async (t) => {
  const backend = await start(t, 'oauth2')
  backend.fault({ on: 'api', kind: 'status', status: 401 })
  const { status, headers, text } = await send(backend, servers.oauth2.api)
  assert.deepEqual([status, headers.get('content-type'), text], [401, 'text/html', ''])
  assert.match(headers.get('www-authenticate'), /invalid_token/)
})

test('a fault hits only what it is on, so often as it says, until it is lifted', async (t) => {
  const backend = await start(t, 'oauth2')
  backend.fault({ on: 'refresh', kind: 'status', status: 500 })
  assert.equal((await login(backend, 'oauth2')).status, 200)
  const lift = backend.fault({ on: 'login', kind: 'status', status: 500, times: 2 })
  const statuses = async (count) => Promise.all(Array.from({ length: count }, async () => (await login(backend, 'oauth2')).status))
  assert.deepEqual((await statuses(3)).sort(), [200, 500, 500])
  lift()
  const forever = backend.fault({ on: 'login', kind: 'status', status: 500 })
  assert.deepEqual(await statuses(3), [500, 500, 500])
  forever()
  assert.deepEqual(await statuses(1), [200])
  backend.clearFaults()
})

test('a fault that cannot be is refused', async (t) => {
  const backend = await start(t, 'oauth2')
  assert.throws(() => backend.fault({ on: 'everything', kind: 'hang' }), /fault.on/)
  assert.throws(() => backend.fault({ on: 'login', kind: 'explode' }), /fault.kind/)
  assert.throws(() => backend.fault({ on: 'login', kind: 'status' }), /fault.status/)
})
