// Inputs for session.fetch, made of parts. Each part says what it means, so that whether the token may go along is known from what was
// put together, and never from reading the text again.

/** Numbers from 0 to below `n`, the same for the same seed (mulberry32). */
export function createChance(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

const DEFAULT_PORTS = { http: 80, https: 443 };

// `null`: no scheme, that of the page holds. Schemes that have no host to be compared are `other`.
const SCHEMES = [
  ["https:", "https"], ["https:", "https"], ["https:", "https"], ["http:", "http"], ["http:", "http"], ["HTTPS:", "https"], ["hTtP:", "http"],
  ["", null], ["ws:", "other"], ["wss:", "other"], ["ftp:", "other"], ["file:", "other"], ["data:", "other"], ["javascript:", "other"],
  ["blob:https:", "other"], ["blob:http:", "other"], ["filesystem:https:", "other"], ["about:", "other"], ["https+x:", "other"], ["xhttps:", "other"],
];

// How many there are matters, and not which: browsers read a backslash as a slash.
const SLASHES = ["//", "//", "//", "//", "\\\\", "/\\", "\\/", "///", "\\//", "////"];

// `true`: names somebody, which no request may. An empty name is none.
const USER_INFOS = [
  ...Array(12).fill(["", false]), ["@", false], [":@", false], ["user@", true], ["user:secret@", true], [":secret@", true],
  ["api.example.com@", true], ["api.example.com:443@", true], ["%40@", true], ["a@b@", true], ["api.example.com%2f@", true],
];

/** Ways to write a host, by the host that is meant; `null` is none that can be. */
const HOSTS = [
  ["api.example.com", "api.example.com", 24], ["API.Example.COM", "api.example.com", 3], ["%61pi.example.com", "api.example.com", 2],
  ["api%2Eexample.com", "api.example.com", 2], ["ａｐｉ.example.com", "api.example.com", 2], ["api。example．com", "api.example.com", 2],
  ["a\u00adpi.example.com", "api.example.com", 2], ["api.ex\u2060ample.com", "api.example.com"],
  ["api.example.com.", "api.example.com.", 2], ["api.example.com%2e", "api.example.com."], ["api.example.com.evil.test", "api.example.com.evil.test", 3],
  ["api.example.com%2eevil.test", "api.example.com.evil.test", 2], ["xapi.example.com", "xapi.example.com"], ["evil-api.example.com", "evil-api.example.com"],
  ["v1.api.example.com", "v1.api.example.com"], ["example.com", "example.com"], ["com", "com"], ["api.example.community", "api.example.community"],
  ["api-example.com", "api-example.com"], ["apixexample.com", "apixexample.com"], ["api.example.co", "api.example.co"], ["evil.test", "evil.test", 3],
  ["аpi.example.com", "xn--pi-6kc.example.com", 2], ["api.exаmple.com", "api.xn--exmple-4nf.com"],
  ["api.example.com%00.evil.test", null], ["api.example.com%2f.evil.test", null], ["api.example.com%40evil.test", null], ["api.example.com .evil.test", null],
  ["api.example.com<evil.test", null], ["api.example.com%", null], ["xn--", null],
  ["bücher.example", "xn--bcher-kva.example", 4], ["BÜCHER.example", "xn--bcher-kva.example"], ["bu\u0308cher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", 2], ["b%C3%BCcher.example", "xn--bcher-kva.example"], ["bucher.example", "bucher.example"],
  ["127.0.0.1", "127.0.0.1", 10], ["127.1", "127.0.0.1"], ["127.0.1", "127.0.0.1"], ["2130706433", "127.0.0.1"], ["0x7f000001", "127.0.0.1"],
  ["0177.0.0.1", "127.0.0.1"], ["0x7F.1", "127.0.0.1"], ["127.0.0.01", "127.0.0.1"], ["127.0.0.1.", "127.0.0.1"], ["１２７.0.0.1", "127.0.0.1"],
  ["127%2E0.0.1", "127.0.0.1"], ["127.0.0.2", "127.0.0.2"], ["127.2", "127.0.0.2"], ["127.0.0.1.evil.test", "127.0.0.1.evil.test"], ["127.0.0.256", null],
  ["127.0.0.1.1", null], ["0x100000000", null], ["localhost", "localhost"], ["127.0.0.1x", "127.0.0.1x"], ["[::1]", "[::1]"],
  ["[0:0:0:0:0:0:0:1]", "[::1]"], ["[::127.0.0.1]", "[::7f00:1]"], ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"], ["[::1", null], ["[127.0.0.1]", null],
].flatMap(([text, host, weight = 1]) => Array(weight).fill([text, host]));

// A segment as it is written, and as it counts: `..` and `.` also where they are written with percent signs.
const SEGMENTS = [
  ...Array(8).fill(["api", "api"]), ["me", "me"], ["v1", "v1"], ["apix", "apix"], ["xapi", "xapi"], ["API", "API"], ["api;x", "api;x"], ["%61pi", "%61pi"],
  ["api%2fme", "api%2fme"], ["..", ".."], ["..", ".."], ["%2e%2e", ".."], [".%2E", ".."], ["%2e.", ".."], [".", "."], ["%2e", "."], ["...", "..."],
  ["", ""], ["@api.example.com", "@api.example.com"], ["api.example.com", "api.example.com"], ["api%5c..", "api%5c.."], ["api%09", "api%09"],
];

const TAILS = ["", "", "", "", "?", "#", "?q=https://api.example.com/api", "#@api.example.com/api", "?@api.example.com", "?\\..\\api", "#/../api", "?a#b?c"];

// Leading and trailing ones are taken off, tabs and line ends wherever they stand.
const EDGES = ["", "", "", "", " ", "\u0001", "\n \t", "\u0000"];
const NOISE = ["\t", "\n", "\r", "\r\n"];

export const FORMS = ["string", "string", "string", "URL", "Request", "object"];

/**
 * One input and what it means. Of each part three in four are those of one of the places, in all their spellings: most inputs are near misses.
 * @param {(n: number) => number} chance
 * @param {{ page: Target, places: Place[], ports: [text: string, port: number | null | undefined][], only?: (string | null)[], tail?: string }} world
 *   where relative inputs lead; the ports to write (`undefined`: the scheme's own, `null`: none that can be); these schemes alone, and one tail for all
 * @returns {{ text: string, target: Target | null }} `null`: no request with a host can come of it
 * @typedef {{ scheme: string, host: string, port: number, segments: string[] }} Target
 * @typedef {{ scheme: string, host: string, port: number, below: string | null }} Place  `below`: a first segment, or `null` for all
 */
export function makeInput(chance, { page, places, ports, only, tail }) {
  const pick = (list) => list[chance(list.length)];
  const near = (list, fits) => pick(chance(8) ? list.filter(([, meant]) => fits(meant)) : list);
  const finish = (text, target) => ({ text: pick(EDGES) + withNoise(chance, text) + pick(EDGES), target });
  const place = pick(places);
  const end = tail ?? pick(TAILS);
  const [schemeText, scheme] = near(only ? SCHEMES.filter(([, scheme]) => only.includes(scheme)) : SCHEMES, (scheme) => (scheme ?? page.scheme) === place.scheme);
  const own = scheme ?? page.scheme;

  // Without two slashes a text of the page's own scheme, or of none, is relative to the page.
  if (own === page.scheme && chance(8) === 0) {
    const path = makePath(chance, place.below, "relative");
    return finish(schemeText + path.text + end, { ...page, segments: path.segments });
  }
  const [userText, named] = near(USER_INFOS, (named) => !named);
  const [hostText, host] = near(HOSTS, (host) => host === place.host);
  const [portText, port] = near(ports, (port) => (port ?? DEFAULT_PORTS[own]) === place.port);
  const path = makePath(chance, place.below);
  // Another scheme than the page's needs no slashes to have a host.
  const slashes = (own === "http" || own === "https") && own !== page.scheme ? pick([...SLASHES, "", "/", "\\"]) : pick(SLASHES);
  const text = schemeText + slashes + userText + hostText + portText + path.text + end;
  const isTarget = own !== "other" && host !== null && port !== null && !named;
  return finish(text, isTarget ? { scheme: own, host, port: port ?? DEFAULT_PORTS[own], segments: path.segments } : null);
}

/** A path as written, and the segments that are left when its dots have been followed. */
function makePath(chance, below, kind) {
  const segments = [];
  let text = "";
  let last = "";
  for (let left = chance(6); left > 0; left -= 1) {
    const [written, counts] = text === "" && below && chance(2) ? [below, below] : SEGMENTS[chance(SEGMENTS.length)];
    // A relative one that begins with two slashes would name a host.
    if (text === "" && written === "" && kind === "relative") continue;
    text += (chance(5) ? "/" : "\\") + written;
    last = counts;
    if (counts === "..") segments.pop();
    else if (counts !== ".") segments.push(counts);
  }
  if (last === ".." || last === "." || segments.length === 0) segments.push("");
  return { text, segments };
}

function withNoise(chance, text) {
  if (chance(4) > 0) return text;
  const at = chance(text.length + 1);
  return text.slice(0, at) + NOISE[chance(NOISE.length)] + text.slice(at);
}

/** Whether the token may go to a target. @param {Target | null} target @param {Place[]} places */
export const isListed = (target, places) =>
  target !== null &&
  places.some(({ scheme, host, port, below }) =>
    target.scheme === scheme && target.host === host && target.port === port && (below === null || target.segments[0] === below));

/** How the browser begins a URL of this target. */
export const originOf = ({ scheme, host, port }) => `${scheme}://${host}${port === DEFAULT_PORTS[scheme] ? "" : `:${port}`}`;
