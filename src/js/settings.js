// The settings of a call, as `fetch` itself reads them (Web IDL, dictionaries): from any object, each looked at once, and what is
// undefined is absent.

import { invalid } from "./failures.js";
import { isRequest } from "./given.js";

// What this package adds, and the one thing each may say.
const OWN = { foreign: "send-without-token", retry: "never" };
// Nothing that follows a redirect, tells the page's address or sends cookies, unless asked for.
const SAFE = { redirect: "error", referrerPolicy: "no-referrer", credentials: "omit" };
// What every Request says that was not told otherwise, and so is no wish of whoever made it. The referrer is among them because a Request
// that is made of another and of settings would lose it.
const UNASKED = { redirect: "follow", referrerPolicy: "", credentials: "same-origin", referrer: "about:client" };

/** The settings by name, without those that `source` does not have, and those that a Request says untold. */
function read(source, names) {
  const given = {};
  const untold = isRequest(source) ? UNASKED : {};
  for (const name of names) {
    const value = source[name];
    if (value !== undefined && value !== untold[name]) given[name] = value;
  }
  return given;
}

// What every browser looks at (Fetch, "RequestInit"), and what this one does, which is more with each year.
const known = new Set("body,cache,credentials,duplex,headers,integrity,keepalive,method,mode,redirect,referrer,referrerPolicy,signal".split(","));
let isAsked = false;

function ask() {
  isAsked = true;
  try {
    new Request("data:,", new Proxy({}, { get: (_, name) => void known.add(name) }));
  } catch {
    // What a page, or a test's DOM, has put in its place need not take that.
  }
}

/** What is looked at, and what else is listed. */
function namesIn(init) {
  if (!isAsked) ask();
  const names = new Set(known);
  for (const name in init) if (!(name in OWN)) names.add(name);
  return names;
}

/** `own`: what this package is told; `settings`: what the browser is to be told beside `input`. */
export function readSettings(input, init) {
  const given = init ?? {};
  if (Object(given) !== given) throw invalid("init", "must be an object");
  const own = read(given, Object.keys(OWN));
  for (const name in own) if (own[name] !== OWN[name]) throw invalid(name, `must be "${OWN[name]}" where it is given`);
  const ofInput = isRequest(input) && read(input, Object.keys(UNASKED));
  return { own, settings: { ...SAFE, ...ofInput, ...read(given, namesIn(given)) } };
}
