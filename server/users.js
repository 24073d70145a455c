/**
 * The accounts every backend knows. The passwords are part of the demo: the page shows them and the tests log in with them.
 *
 * @typedef {'active' | 'inactive' | 'locked'} AccountState
 *   inactive: registered, not yet approved; locked: refused by an administrator.
 *
 * @typedef {object} User
 * @property {string} id
 * @property {string} username
 * @property {string} email
 * @property {string} name
 * @property {string} password
 * @property {AccountState} state  may be changed while the backend runs, to see how it refuses a session already open
 * @property {boolean} [superuser]
 * @property {string} [linkedDeviceId]  logs in with `pin` where the backend has device linking
 * @property {string} [pin]
 * @property {{ key: string, name: string }[]} [orgs]
 *
 * @typedef {Partial<User> & Pick<User, 'username' | 'password'>} Account  what a table must say; the rest has defaults
 * @typedef {{ id: string, secret?: string }} Client
 */
import { randomUUID } from 'node:crypto'

const orgs = [
  { key: 'acme', name: 'Acme' },
  { key: 'globex', name: 'Globex' },
]

/** @type {Account[]} */
const everywhere = [
  {
    username: 'alice', email: 'alice@example.com', name: 'Alice Example', password: 'alice-password', state: 'active',
    superuser: true, orgs, linkedDeviceId: 'living-room-tv', pin: '246810',
  },
  { username: 'bob', email: 'bob@example.com', name: 'Bob Example', password: 'bob-password', state: 'active', orgs: orgs.slice(1) },
  { username: 'inactive', email: 'inactive@example.com', name: 'Ina Active', password: 'inactive-password', state: 'inactive' },
  { username: 'locked', email: 'locked@example.com', name: 'Lock Ed', password: 'locked-password', state: 'locked' },
]

/** OAuth clients. A secret in a browser is public: these exist so that backends which demand one can be spoken to. */
export const clients = [
  { id: 'public-client' },
  { id: 'conf-client', secret: 'conf-secret' },
]

/**
 * A directory of one backend's own copies, so that a test may lock an account without touching another backend.
 *
 * @param {Account[]} [table]
 */
export function createUsers(table = everywhere) {
  /** @type {User[]} */
  const all = table.map((user) => ({
    id: randomUUID(), email: `${user.username}@example.com`, name: user.username, state: 'active', orgs: [], ...structuredClone(user),
  }))
  return {
    all,
    /** By user name or e-mail: products differ in which of the two they call `username`. @param {unknown} login */
    find: (login) => all.find((user) => user.username === login || user.email === login),
    /** @param {unknown} login @param {unknown} password */
    verify: (login, password) => all.find((user) => (user.username === login || user.email === login) && user.password === password),
    /** @param {unknown} deviceId @param {unknown} pin */
    verifyDevice: (deviceId, pin) => all.find((user) => user.linkedDeviceId !== undefined && user.linkedDeviceId === deviceId && user.pin === pin),
  }
}
