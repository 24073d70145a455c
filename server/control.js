/** The routes by which the demo page, from another origin, does what a test does from JavaScript. They are neither logged nor hit by faults. */
import { readJson } from './body.js'

/**
 * @param {import('fastify').FastifyInstance} app
 * @param {{ faults: ReturnType<import('./faults.js').createFaults>, log: import('./log.js').LogEntry[], options: object, set: (changes: Record<string, unknown>) => void, expireAccess: () => void }} backend
 */
export function registerControl(app, { faults, log, options, set, expireAccess }) {
  /** A request the page got wrong is told so, rather than ignored. @param {(value: any) => void} apply */
  const change = (apply) => async (/** @type {import('fastify').FastifyRequest} */ request, /** @type {import('fastify').FastifyReply} */ reply) => {
    const json = readJson(request)
    try {
      if (!('value' in json)) throw new TypeError('the body is not JSON')
      apply(json.value)
    } catch (error) {
      return reply.code(400).send({ error: error instanceof Error ? error.message : String(error) })
    }
    return { options, faults: faults.list() }
  }

  app.get('/__control/log', async () => log)
  app.delete('/__control/log', async () => ((log.length = 0), log))
  app.get('/__control/options', async () => ({ options, faults: faults.list() }))
  app.post('/__control/options', change(set))
  app.post('/__control/fault', change(faults.add))
  app.delete('/__control/fault', change(faults.clear))
  app.delete('/__control/access', change(expireAccess))
}
