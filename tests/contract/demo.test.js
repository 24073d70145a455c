/** The whole demo: one page, six backends, each on its own port of this machine only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAll } from '../../server/main.js'

async function startDemo(t, settings) {
  const all = await startAll(settings)
  t.after(() => all.close())
  return all
}

test('the demo starts the page and all six backends on free ports', async (t) => {
  const all = await startDemo(t, { port: 0 })
  assert.deepEqual(Object.keys(all.urls), ['page', 'langflow', 'geolens', 'zype', 'dreadnode', 'oauth2', 'fastapi'])
  assert.equal(new Set(Object.values(all.urls)).size, 7)
  for (const url of Object.values(all.urls)) assert.equal(new URL(url).hostname, '127.0.0.1')
})

test('options go to every backend, or to one by its name', async (t) => {
  const { backends } = await startDemo(t, { accessLifetimeS: 9, perDialect: { langflow: { autoLogin: true } } })
  assert.deepEqual(Object.values(backends).map(({ options }) => options.accessLifetimeS), [9, 9, 9, 9, 9, 9])
  assert.equal(backends.langflow.options.autoLogin, true)
})

test('/backends.json lists name, address, accounts and options of every backend', async (t) => {
  const { page, urls } = await startDemo(t)
  const backends = await (await fetch(`${page.url}/backends.json`)).json()
  assert.deepEqual(backends.map(({ name, url }) => [name, url]), Object.entries(urls).slice(1))
  for (const { accounts, options, routes, title } of backends) {
    assert.equal(accounts[0].password, 'alice-password')
    assert.ok(title && options.reuse && routes.length > 0)
  }
})

test('the page is served under a strict content security policy and is not cached', async (t) => {
  const { page } = await startDemo(t)
  const { headers } = await fetch(`${page.url}/`)
  const policy = headers.get('content-security-policy')
  for (const directive of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"]) assert.ok(policy.includes(directive))
  assert.equal(headers.get('cache-control'), 'no-cache')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
})

test('the page may call every backend under both names of this machine, and another origin may not', async (t) => {
  const { page, backends } = await startDemo(t)
  const allowed = async (url, origin) => (await fetch(`${url}/nothing`, { headers: { origin } })).headers.get('access-control-allow-origin')
  for (const { url } of Object.values(backends)) {
    for (const origin of [page.url, page.url.replace('127.0.0.1', 'localhost')]) assert.equal(await allowed(url, origin), origin)
    assert.equal(await allowed(url, 'https://evil.example'), null)
  }
})
