/** What a second use of a refresh token leads to, in each mode and on each backend that refreshes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send, servers, session, start } from './harness.js'

const REFRESHING = ['langflow', 'geolens', 'zype', 'oauth2', 'fastapi']

/** Logs in, refreshes, and then presents the first refresh token again. */
async function reuse(t, name, settings) {
  const backend = await start(t, name, settings)
  const { step, tokens } = session(backend, name)
  await step('login')
  const first = await step('refresh')
  assert.equal(first.status, 200)
  const again = await send(backend, servers[name].refresh, { last: tokens[0] })
  return { backend, tokens, again }
}

for (const name of REFRESHING) {
  test(`${name}, stateless: the old refresh token is accepted again`, async (t) => {
    const { again, backend } = await reuse(t, name, { reuse: 'stateless' })
    assert.equal(again.status, 200)
    assert.equal(backend.log.at(-1).refresh.use, 'reused')
  })

  test(`${name}, rotating: the old refresh token is refused and the new session goes on`, async (t) => {
    const { backend, tokens, again } = await reuse(t, name, { reuse: 'rotating' })
    assert.ok(again.status === 401 || again.status === 400)
    assert.equal((await send(backend, servers[name].api, { last: tokens[1] })).status, 200)
    assert.equal((await send(backend, servers[name].refresh, { last: tokens[1] })).status, 200)
  })

  test(`${name}, rotating-strict: a second use revokes every token of the family`, async (t) => {
    const { backend, tokens, again } = await reuse(t, name, { reuse: 'rotating-strict' })
    assert.ok(again.status === 401 || again.status === 400)
    assert.equal((await send(backend, servers[name].api, { last: tokens[1] })).status, 401)
    assert.notEqual((await send(backend, servers[name].refresh, { last: tokens[1] })).status, 200)
  })

  test(`${name}, rotating-strict: another session of the same user is left alone`, async (t) => {
    const backend = await start(t, name, { reuse: 'rotating-strict' })
    const other = session(backend, name)
    await other.step('login')
    const { step, tokens } = session(backend, name)
    await step('login')
    await step('refresh')
    await send(backend, servers[name].refresh, { last: tokens[0] })
    assert.equal((await other.step('refresh')).status, 200)
  })

  test(`${name}: of two refreshes at once with one token, exactly one is fresh`, async (t) => {
    const backend = await start(t, name, { reuse: 'rotating' })
    const { step, tokens } = session(backend, name)
    await step('login')
    const both = await Promise.all([1, 2].map(() => send(backend, servers[name].refresh, tokens)))
    assert.equal(both.filter(({ status }) => status === 200).length, 1)
    const uses = backend.log.filter(({ on }) => on === 'refresh').map(({ refresh }) => refresh)
    assert.deepEqual(uses.map(({ use }) => use).sort(), ['fresh', 'reused'])
    assert.deepEqual(uses.map(({ generation }) => generation), [0, 0])
  })
}

test('the defaults are stateless for Langflow and rotating-strict for those that rotate', async (t) => {
  const modes = await Promise.all(REFRESHING.map(async (name) => (await start(t, name)).options.reuse))
  assert.deepEqual(modes, ['stateless', 'rotating-strict', 'rotating-strict', 'rotating-strict', 'rotating-strict'])
})

test('two Langflow logins within one second answer the same tokens', async (t) => {
  const backend = await start(t, 'langflow')
  const replies = await Promise.all(Array.from({ length: 5 }, () => send(backend, servers.langflow.login)))
  // Sent at once, they fall into one second, or into two if the clock ticks in between.
  assert.ok(new Set(replies.map(({ text }) => text)).size <= 2)
})

for (const [mode, expected] of Object.entries({ same: (first) => first, absent: () => undefined, null: () => null })) {
  test(`oauth2, refreshReply ${mode}: the refresh token presented stays good`, async (t) => {
    const backend = await start(t, 'oauth2', { refreshReply: mode })
    const { step, tokens } = session(backend, 'oauth2')
    await step('login')
    for (let count = 0; count < 3; count++) {
      const { status, json } = await send(backend, servers.oauth2.refresh, { last: tokens[0] })
      assert.equal(status, 200)
      assert.equal(json.refresh_token, expected(tokens[0].refresh_token))
    }
  })
}
