// Puts a wrapper around the `fetch` of the realm it is loaded in. An address that ends in `?odd=NAME` gets what is no promise of an answer,
// or an answer that is none.
export const ODD = {
  undefined: () => undefined,
  null: () => null,
  text: () => "offline",
  later: async () => undefined,
  object: () => ({ ok: false }),
  function: () => () => {},
  thrown: () => {
    throw undefined;
  },
};

/** What looks like an answer from afar. A test's stand-in is often no more than the first. */
export const ODD_ANSWERS = {
  bare: () => ({ ok: true, status: 200, json: async () => ({}) }),
  noReader: () => ({ status: 200, headers: new Headers(), body: { getReader: () => 7 } }),
  brokenReader: () => ({ status: 200, headers: 7, body: { getReader: () => ({ read: broken, cancel: broken }) } }),
  noChunk: () => ({ status: 200, headers: new Map(), body: { getReader: () => ({ read: () => "chunk" }) } }),
};
function broken() {
  throw undefined;
}

const own = globalThis.fetch;
globalThis.fetch = (...given) => {
  const odd = new URL(given[0].url ?? given[0]).searchParams.get("odd");
  return odd ? { ...ODD, ...ODD_ANSWERS }[odd]() : own(...given);
};
