/**
 * Everything the demo needs on one machine: the page on one port, and each backend on a port of its own.
 *
 *   node server/main.js --port 8787 --access-lifetime 30
 *
 * The same two settings are read from PORT and ACCESS_LIFETIME. Nothing listens beyond 127.0.0.1.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import fastifyStatic from '@fastify/static'
import Fastify from 'fastify'
import { startBackend } from './backend.js'
import { dialects } from './dialects/index.js'
import { clients } from './users.js'

const HOST = '127.0.0.1'
const DIRECTORIES = { '/': new URL('../www/', import.meta.url), '/dist/': new URL('../dist/', import.meta.url) }

// No script but the page's own files and WebAssembly, no text made into script or markup, and no one else spoken to than this machine.
const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'", "trusted-types 'none'", "worker-src 'self'",
  "style-src 'self'", "img-src 'self'", "connect-src 'self' http://127.0.0.1:* http://localhost:*", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
]

const HEADERS = {
  'content-security-policy': POLICY.join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** The page's own server: `www/` at the root and the built package under `/dist/`. @param {{ port: number, backends: () => unknown }} what */
async function startPage({ port, backends }) {
  const app = Fastify({ forceCloseConnections: true })
  app.addHook('onSend', async (_request, reply) => void reply.headers(HEADERS))
  app.get('/backends.json', async () => backends())
  for (const [prefix, directory] of Object.entries(DIRECTORIES)) {
    await app.register(fastifyStatic, { root: fileURLToPath(directory), prefix, decorateReply: false, cacheControl: false })
  }
  const url = await app.listen({ port, host: HOST })
  return { app, url, port: Number(new URL(url).port) }
}

/** What the page may know of a backend. @param {Awaited<ReturnType<typeof startBackend>>} backend */
const describe = ({ dialect, url, users, options }) => ({
  name: dialect,
  title: dialects[dialect].title,
  url,
  routes: dialects[dialect].routes.map(({ on, method, path }) => ({ on: typeof on === 'string' ? on : 'login, refresh', method, path })),
  accounts: users.map(({ username, email, password, state, linkedDeviceId, pin }) => ({ username, email, password, state, linkedDeviceId, pin })),
  clients: 'requireClient' in options ? clients : [],
  options,
})

/**
 * Starts the page and one backend per dialect. With port 0 every port is free and arbitrary; otherwise they are consecutive.
 *
 * @param {{ port?: number, origins?: string[], perDialect?: Record<string, object> } & Record<string, unknown>} [settings]
 *   `origins`: allowed besides the page's own; `perDialect`: options of one backend by its name; the rest goes to every backend
 */
export async function startAll({ port = 0, origins = [], perDialect = {}, ...options } = {}) {
  /** @type {Record<string, Awaited<ReturnType<typeof startBackend>>>} */
  const backends = {}
  const page = await startPage({ port, backends: () => Object.values(backends).map(describe) })
  const close = async () => void (await Promise.all([page.app.close(), ...Object.values(backends).map((backend) => backend.close())]))
  // Both names of this machine: they are different sites, and a page can be opened under either to see what that does to cookies.
  const pageOrigins = [`http://127.0.0.1:${page.port}`, `http://localhost:${page.port}`, ...origins]
  try {
    for (const [index, dialect] of Object.keys(dialects).entries()) {
      backends[dialect] = await startBackend({
        dialect, port: port === 0 ? 0 : port + 1 + index, host: HOST, origins: pageOrigins, ...options, ...perDialect[dialect],
      })
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    page: { url: page.url, port: page.port },
    backends,
    urls: { page: page.url, ...Object.fromEntries(Object.entries(backends).map(([name, { url }]) => [name, url])) },
    close,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env.PORT ?? '8787' },
      'access-lifetime': { type: 'string', default: process.env.ACCESS_LIFETIME ?? '30' },
    },
  })
  const all = await startAll({ port: Number(values.port), accessLifetimeS: Number(values['access-lifetime']) })
  const { page, ...backends } = all.urls
  console.log(`Open ${page}/`)
  for (const [name, url] of Object.entries(backends)) console.log(`  ${name.padEnd(10)} ${url}`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => all.close().then(() => process.exit(0)))
}
