/**
 * Any RFC 6749 server: form or JSON, clients optional. `refreshReply` chooses among the ways in which real servers answer a refresh: with a
 * new refresh token, with the same one again, without the member, or with `null`; in the last three the one presented stays good.
 */
import { isForm, isJson } from '../body.js'
import { rack } from '../cors.js'
import { currentUser, grantOf, oauthError, revocationEndpoint, tokenEndpoint } from '../oauth.js'

/** What stands in the reply's `refresh_token` after a refresh. @type {Record<string, (issued: string | undefined, presented: string) => string | null | undefined>} */
const REFRESH_REPLIES = {
  new: (issued) => issued,
  same: (_issued, presented) => presented,
  absent: () => undefined,
  null: () => null,
}

/** @type {import('../oauth.js').Variant} */
const variant = {
  reads: (request) => isForm(request) || isJson(request),
  body: ({ options }, { access, refresh, family }, presented) => ({
    access_token: access.token,
    token_type: 'Bearer',
    expires_in: options.accessLifetimeS,
    // JSON leaves a member out whose value is undefined.
    refresh_token: presented === undefined ? refresh?.token : REFRESH_REPLIES[options.refreshReply](refresh?.token, presented),
    scope: family.scope,
    created_at: Math.floor(Date.now() / 1000),
  }),
}

/** @type {import('../backend.js').Dialect} */
export const oauth2 = {
  title: 'OAuth 2.0',
  defaults: { reuse: 'rotating-strict', requireClient: false, revokeAccessOnRefresh: false, refreshReply: 'new' },
  choices: { refreshReply: Object.keys(REFRESH_REPLIES) },
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
