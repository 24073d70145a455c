/**
 * CORS as the recorded servers do it. The options are read at every request, so that a page can see what an origin refused half-way looks
 * like. The control routes keep the origins the backend was started with: a page must not lock itself out.
 *
 * @typedef {object} CorsStyle
 * @property {string[]} methods
 * @property {number} maxAge
 * @property {boolean} foreignCredentials  whether even an origin that is refused is told of credentials
 * @property {(allowed: boolean) => { status: number, type?: string, body?: string }} preflight
 */
import cors from '@fastify/cors'

/** Starlette's CORSMiddleware: Langflow, GeoLens, Dreadnode, FastAPI. @type {CorsStyle} */
export const starlette = {
  methods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY'],
  maxAge: 600,
  foreignCredentials: true,
  preflight: (allowed) => ({
    status: allowed ? 200 : 400,
    type: 'text/plain; charset=utf-8',
    body: allowed ? 'OK' : 'Disallowed CORS origin',
  }),
}

/** rack-cors, in front of Doorkeeper: a foreign origin gets no error, only no permission. @type {CorsStyle} */
export const rack = { methods: ['GET', 'POST', 'OPTIONS'], maxAge: 7200, foreignCredentials: false, preflight: () => ({ status: 200 }) }

/** @param {string} url */
export const isControl = (url) => url.startsWith('/__control/')

/**
 * @param {import('fastify').FastifyInstance} app
 * @param {{ style: CorsStyle, options: { origins: string[] | '*', exposeHeaders: string[] } }} context
 */
export async function registerCors(app, { style, options }) {
  const home = options.origins
  const originsFor = (/** @type {string} */ url) => (isControl(url) ? home : options.origins)
  const isAllowed = (/** @type {import('fastify').FastifyRequest} */ { url, headers }) => {
    const origins = originsFor(url)
    return origins === '*' || origins.includes(headers.origin ?? '')
  }
  await app.register(cors, {
    delegator: (request, done) => {
      const origins = originsFor(request.url)
      done(null, {
        origin: origins,
        // Browsers refuse "*" together with credentials, and so does every server that means it.
        credentials: origins !== '*' && (style.foreignCredentials || isAllowed(request)),
        methods: isControl(request.url) ? ['GET', 'POST', 'DELETE'] : style.methods,
        maxAge: style.maxAge,
        ...(options.exposeHeaders.length > 0 && { exposedHeaders: options.exposeHeaders }),
        preflightContinue: true,
        strictPreflight: true,
      })
    },
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (!(/** @type {any} */ (request).corsPreflightEnabled)) return payload
    const { status, type, body } = style.preflight(isAllowed(request))
    reply.code(status)
    if (type) reply.type(type)
    return body ?? payload
  })
}
