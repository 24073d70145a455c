// Puts a wrapper around the `fetch` of the realm it is loaded in. An address that ends in `?odd=NAME` gets what is no promise of an answer.
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

const own = globalThis.fetch;
globalThis.fetch = (...given) => {
  const odd = new URL(given[0].url ?? given[0]).searchParams.get("odd");
  return odd ? ODD[odd]() : own(...given);
};
