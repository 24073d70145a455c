/** A sliding window: so many requests a minute, counted whether they succeed or not. */

const WINDOW_MS = 60_000

export function createLimit() {
  /** @type {number[]} */
  let times = []
  /** Counts one request. @param {number} perMinute @returns {boolean} whether it is still allowed */
  return (perMinute) => {
    const now = Date.now()
    times = times.filter((time) => now - time < WINDOW_MS)
    if (times.length >= perMinute) return false
    times.push(now)
    return true
  }
}
