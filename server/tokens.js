/**
 * Issues, redeems and revokes tokens. A login starts a family; each refresh in it is one generation. What a second use of a refresh
 * token leads to is the option `reuse`, read at every use so that it can be changed while the backend runs.
 *
 * @typedef {'stateless' | 'rotating' | 'rotating-strict'} Reuse
 *   stateless: valid until it expires; rotating: refused; rotating-strict: refused, and every token of the family is revoked
 *   (RFC 9700, section 4.14.2).
 *
 * @typedef {import('./users.js').User} User
 * @typedef {{ id: string, user: User, generation: number, client?: string, scope?: string }} Family
 * @typedef {{ kind: 'access' | 'refresh', family: Family, generation: number, expiresAt: number, used: boolean, revoked: boolean }} TokenRecord
 * @typedef {'unknown' | 'revoked' | 'expired' | 'reused' | 'fresh'} TokenState
 * @typedef {{ iat: number, exp: number }} Times
 *
 * @typedef {object} TokenShapes  the claims of a JWT, or nothing for an opaque string
 * @property {(user: User, times: Times) => Record<string, unknown>} [access]
 * @property {(user: User, times: Times) => Record<string, unknown>} [refresh]
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'

/** @type {Record<Reuse, { accept: boolean, revokeFamily: boolean }>} */
export const REUSE = {
  stateless: { accept: true, revokeFamily: false },
  rotating: { accept: false, revokeFamily: false },
  'rotating-strict': { accept: false, revokeFamily: true },
}

/**
 * @param {{ accessLifetimeS: number, refreshLifetimeS: number, reuse: Reuse }} options  the live options of the backend
 * @param {TokenShapes} shapes
 */
export function createTokens(options, shapes) {
  const key = randomBytes(32)
  /** @type {Map<string, TokenRecord>} */
  const records = new Map()
  let families = 0

  /** @param {'access' | 'refresh'} kind @param {Family} family */
  async function mint(kind, family) {
    const now = Date.now()
    const lifetimeS = kind === 'access' ? options.accessLifetimeS : options.refreshLifetimeS
    const times = { iat: Math.floor(now / 1000), exp: Math.floor(now / 1000 + lifetimeS) }
    const claims = shapes[kind]?.(family.user, times)
    const token = claims ? await sign(claims) : randomBytes(32).toString('base64url')
    // A stateless server issues the same JWT twice within one second; the first family keeps it, as nothing can tell them apart.
    if (!records.has(token)) {
      const expiresAt = claims ? times.exp * 1000 : now + lifetimeS * 1000
      records.set(token, { kind, family, generation: family.generation, expiresAt, used: false, revoked: false })
    }
    return { token, expiresAt: records.get(token)?.expiresAt ?? now }
  }

  /** A server that remembers tokens must be able to tell two of one second apart: hence `jti`, and only there. */
  const sign = (/** @type {Record<string, unknown>} */ claims) =>
    new SignJWT(options.reuse === 'stateless' || 'jti' in claims ? claims : { ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(key)

  /** @param {unknown} token @param {'access' | 'refresh'} kind @returns {{ state: TokenState | 'wrong-kind', record?: TokenRecord }} */
  function inspect(token, kind) {
    const record = typeof token === 'string' ? records.get(token) : undefined
    if (!record) return { state: 'unknown' }
    if (record.kind !== kind) return { state: 'wrong-kind', record }
    if (record.revoked) return { state: 'revoked', record }
    if (record.expiresAt <= Date.now()) return { state: 'expired', record }
    return { state: record.used ? 'reused' : 'fresh', record }
  }

  /** @param {(record: TokenRecord) => boolean} which */
  function revokeWhere(which) {
    for (const record of records.values()) if (which(record)) record.revoked = true
  }

  /** @param {Family} family */
  const revokeFamily = (family) => revokeWhere((record) => record.family === family)

  return {
    inspect,
    /** Every token there ever was, and whether it is still good for anything: what a test looks for where it must not be. */
    all: () => [...records].map(([token, { kind, family }]) => ({ token, kind, family: family.id, live: inspect(token, kind).state === 'fresh' })),
    revokeFamily,
    /** @param {User} user */
    revokeUser: (user) => revokeWhere((record) => record.family.user === user),
    /** Every access token there is so far is over. */
    expireAccess: () => revokeWhere(({ kind }) => kind === 'access'),
    /** @param {Family} family @param {number} generation */
    revokeAccess: (family, generation) =>
      revokeWhere((record) => record.kind === 'access' && record.family === family && record.generation <= generation),

    /** @param {User} user @param {{ client?: string, scope?: string }} [grant] @returns {Family} */
    openFamily: (user, grant = {}) => ({ id: `f${++families}`, user, generation: -1, ...grant }),

    /** The next generation of a family. @param {Family} family @param {{ withRefresh?: boolean }} [what] */
    async issue(family, { withRefresh = true } = {}) {
      family.generation += 1
      const { generation } = family
      const access = await mint('access', family)
      const refresh = withRefresh ? await mint('refresh', family) : undefined
      return { access, refresh, family, generation }
    },

    /** Presents a refresh token: marks it used before anything is awaited, so that of two at once only one is fresh. @param {unknown} token @param {{ keep?: boolean }} [what] */
    redeem(token, { keep = false } = {}) {
      const { state, record } = inspect(token, 'refresh')
      const rule = REUSE[options.reuse]
      const accepted = state === 'fresh' || (state === 'reused' && rule.accept)
      if (state === 'reused' && rule.revokeFamily && record) revokeFamily(record.family)
      if (accepted && record && !keep) record.used = true
      return { accepted, state, record }
    },
  }
}
