// The settings of a call, as `fetch` itself reads them (Web IDL, dictionaries): from any object, each looked at once, and what is
// undefined is absent.

import { invalid } from "./failures.js";
import { isRequest } from "./given.js";

// `RequestInit` of the Fetch standard.
const NAMES = [
  "body",
  "cache",
  "credentials",
  "duplex",
  "headers",
  "integrity",
  "keepalive",
  "method",
  "mode",
  "priority",
  "redirect",
  "referrer",
  "referrerPolicy",
  "signal",
  "window",
];
// What this package adds, and the one thing each may say.
const OWN = { foreign: "send-without-token", retry: "never" };
// Nothing that follows a redirect, tells the page's address or sends cookies, unless asked for.
const SAFE = { redirect: "error", referrerPolicy: "no-referrer", credentials: "omit" };
// What every Request says that was not told otherwise, and so is no wish of whoever made it.
const UNASKED = { redirect: "follow", referrerPolicy: "", credentials: "same-origin" };

/** The settings by name, without those that `source` does not have. */
function read(source, names) {
  const given = {};
  for (const name of names) {
    const value = source[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

const isAsked = ([name, value]) => value !== UNASKED[name];

/** `own`: what this package is told; `settings`: what the browser is to be told beside `input`. */
export function readSettings(input, init) {
  const isObject = typeof init === "object" || typeof init === "function";
  if (init !== undefined && !isObject) throw invalid("init", "must be an object");
  const own = read(init ?? {}, Object.keys(OWN));
  for (const [name, value] of Object.entries(own)) {
    if (value !== OWN[name]) throw invalid(name, `must be "${OWN[name]}" where it is given`);
  }
  const given = read(init ?? {}, NAMES);
  const ofInit = isRequest(init) ? Object.fromEntries(Object.entries(given).filter(isAsked)) : given;
  const ofInput = isRequest(input) ? Object.fromEntries(Object.entries(read(input, Object.keys(SAFE))).filter(isAsked)) : {};
  return { own, settings: { ...SAFE, ...ofInput, ...ofInit } };
}
