// Served to the page: what else runs there may have put something else in the place of what every script shares.

const { apply } = Reflect;
const { defineProperty, getOwnPropertyDescriptor } = Object;

/** Replaces a property and hands back the way to undo it. */
function replace(owner, name, make) {
  const before = getOwnPropertyDescriptor(owner, name);
  if (before.get) defineProperty(owner, name, { ...before, get: make(before.get) });
  else defineProperty(owner, name, { ...before, value: make(before.value) });
  return () => defineProperty(owner, name, before);
}

const SHARED = {
  "Array.prototype": ["push", "map", "filter", "forEach", "some", "find", "indexOf", Symbol.iterator],
  "Map.prototype": ["get", "set", "delete", "values", "clear"],
  "Set.prototype": ["add", "delete", "has"],
  "String.prototype": ["startsWith", "replace", "toLowerCase", "split", "charCodeAt"],
  "Promise.prototype": ["then", "catch", "finally"],
  "Function.prototype": ["call", "apply", "bind"],
  JSON: ["stringify", "parse"],
  Object: ["entries", "fromEntries", "freeze", "assign", "values", "defineProperty", "create"],
  Reflect: ["get", "set", "apply"],
  Array: ["isArray", "from"],
  Promise: ["resolve", "race", "all"],
  "Response.prototype": ["text", "json", "clone", "body", "headers", "status"],
  "Headers.prototype": ["get", "set", "has"],
  "Request.prototype": ["url", "clone", "headers"],
  "ReadableStream.prototype": ["getReader"],
  "ReadableStreamDefaultReader.prototype": ["read", "cancel"],
  "TextDecoder.prototype": ["decode"],
  "TextEncoder.prototype": ["encodeInto", "encode"],
  "URL.prototype": ["origin", "href", "pathname"],
  "AbortController.prototype": ["abort", "signal"],
  "EventTarget.prototype": ["addEventListener", "removeEventListener"],
  "Storage.prototype": ["getItem", "setItem", "removeItem"],
  "IDBFactory.prototype": ["open"],
  "LockManager.prototype": ["request", "query"],
  "BroadcastChannel.prototype": ["postMessage"],
};
const ownerOf = (path) => path.split(".").reduce((value, name) => value[name], globalThis);

const WAYS = {
  "calls through": (own) => function () { return apply(own, this, arguments); },
  throws: () => () => { throw new Error("patched"); },
};

const NAMES = ["signal", "remember", "headers", "body", "code", "error", "message", "method", "redirect", "url", "done", "grant", "username", "storage", "origins", "0", "length", "token", "epoch", "text"];
const onPrototype = (describe) => () => {
  const names = NAMES.filter((name) => !Object.hasOwn(Object.prototype, name));
  for (const name of names) defineProperty(Object.prototype, name, { configurable: true, ...describe(name) });
  return () => names.forEach((name) => delete Object.prototype[name]);
};

/** By name: puts the patch in place and hands back the way to undo it. */
export const PATCHES = {
  ...Object.fromEntries(Object.entries(SHARED).flatMap(([path, names]) => names.flatMap((name) => Object.entries(WAYS).map(([way, make]) => [
    `${path}.${String(name)} ${way}`, () => replace(ownerOf(path), name, make),
  ])))),
  "Object.prototype has more that can be listed": onPrototype(() => ({ enumerable: true, writable: true, value: undefined })),
  "Object.prototype has getters and setters": onPrototype((name) => ({
    get: () => undefined,
    set(value) {
      defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    },
  })),
};
