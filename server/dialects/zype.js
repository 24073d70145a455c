/**
 * Zype's consumer authentication: JSON only, a confidential client always, an e-mail with a password or a linked device with its PIN. The
 * reply names the grant to use next, and its `created_at` is text without a year, as in the documentation's own example.
 */
import { isJson } from '../body.js'
import { rack } from '../cors.js'
import { currentUser, grantOf, oauthError, revocationEndpoint, tokenEndpoint } from '../oauth.js'

/** @type {import('../oauth.js').Variant} */
const variant = {
  reads: isJson,
  body: ({ options }, { access, refresh, family }) => ({
    access_token: access.token,
    token_type: 'bearer',
    expires_in: options.accessLifetimeS,
    refresh_token: refresh?.token,
    scope: family.scope,
    grant_type: 'refresh_token',
    created_at: new Date().toISOString().replace(/^\d+-/, '').replace('Z', '+00:00'),
  }),
}

/** @type {import('../backend.js').Dialect} */
export const zype = {
  title: 'Zype',
  defaults: { reuse: 'rotating-strict', requireClient: true, revokeAccessOnRefresh: false },
  cors: rack,
  wrongMethod: 404,
  tokens: {},
  routes: [
    { on: grantOf(variant), method: 'POST', path: '/oauth/token', handler: tokenEndpoint(variant) },
    { on: 'logout', method: 'POST', path: '/oauth/revoke', handler: revocationEndpoint(variant) },
    { on: 'api', method: 'GET', path: '/api/me', handler: currentUser },
  ],
  error: oauthError,
}
