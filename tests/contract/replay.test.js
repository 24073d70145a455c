/** Replays every fixture: the reply must be the recorded, or the documented, one. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { reduce } from './compare.js'
import { send, servers, session, start } from './harness.js'

const ROOT = new URL('fixtures/', import.meta.url)
const load = (folder, file) => JSON.parse(readFileSync(new URL(`${folder}/${file}`, ROOT), 'utf8'))

for (const folder of readdirSync(ROOT)) {
  describe(folder, { concurrency: true }, () => {
    for (const file of readdirSync(new URL(`${folder}/`, ROOT)).filter((name) => name.endsWith('.json'))) {
      const { proves, settings = {}, given = [], fault, request, response } = load(folder, file)
      test(proves, async (t) => {
        assert.ok(servers[folder], `harness.js knows ${folder}`)
        const backend = await start(t, folder, settings)
        const { step, tokens } = session(backend, folder)
        for (const name of given) await step(name)
        if (fault) backend.fault(fault)
        const headers = new Headers(response.headers)
        const what = { cors: 'origins' in settings, preflight: request.method === 'OPTIONS' }
        const expected = reduce({ status: response.status, headers, text: response.body ?? '' }, what)
        // Ruby's rack answers a foreign preflight without a Vary; adding one only makes caches more careful.
        if (!headers.has('vary')) delete expected.variesByOrigin
        const actual = reduce(await send(backend, request, tokens), what)
        if (!('variesByOrigin' in expected)) delete actual.variesByOrigin
        assert.deepEqual(actual, expected)
      })
    }
  })
}
