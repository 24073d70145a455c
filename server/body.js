/** Request bodies. Forms are parsed by @fastify/formbody; all others arrive as text, since servers differ in what they make of broken JSON. */

/** @param {import('fastify').FastifyRequest} request */
const mediaType = (request) => (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()

/** @param {import('fastify').FastifyRequest} request */
export const isForm = (request) => mediaType(request) === 'application/x-www-form-urlencoded'

/** @param {import('fastify').FastifyRequest} request */
export const isJson = (request) => mediaType(request) === 'application/json'

/** The fields of a form; none for any other media type. @param {import('fastify').FastifyRequest} request @returns {Record<string, string>} */
export const readForm = (request) => (isForm(request) ? { .../** @type {any} */ (request.body) } : {})

/** The body as it was sent. @param {import('fastify').FastifyRequest} request */
export function readText(request) {
  if (isForm(request)) return new URLSearchParams(/** @type {any} */ (request.body)).toString()
  return typeof request.body === 'string' ? request.body : ''
}

/** @param {import('fastify').FastifyRequest} request @returns {{ value: any } | { brokenAt: number }} */
export function readJson(request) {
  const text = readText(request)
  if (text === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))
    return { brokenAt: position ? Number(position[1]) : text.length }
  }
}

/** The credentials of an Authorization header, by its scheme. @param {import('fastify').FastifyRequest} request @param {string} scheme */
export function credentials(request, scheme) {
  const [name, value] = (request.headers.authorization ?? '').split(' ', 2)
  return name.toLowerCase() === scheme && value ? value : undefined
}
