import { dreadnode } from './dreadnode.js'
import { fastapi } from './fastapi.js'
import { geolens } from './geolens.js'
import { langflow } from './langflow.js'
import { oauth2 } from './oauth2.js'
import { zype } from './zype.js'

/** The dialects by name, in the order of the demo. @type {Record<string, import('../backend.js').Dialect>} */
export const dialects = { langflow, geolens, zype, dreadnode, oauth2, fastapi }
