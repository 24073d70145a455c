// The canary: every password of these tests, right or wrong, holds this word, and nothing else does.

import assert from "node:assert/strict";

export const CANARY = "canary";

const NAMES = ["access_token", "refresh_token", "access", "refresh", "token", "auth_token"];

/** The tokens in a reply, wherever they stand in it. */
export function tokensIn(text) {
  const found = [];
  try {
    JSON.parse(text, (name, value) => {
      if (NAMES.includes(name) && typeof value === "string" && value !== "") found.push(value);
      return value;
    });
  } catch {
    // Not JSON: no token set.
  }
  return found;
}

export function assertNoSecret(where, text, secrets) {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.equal(at, -1, `${where} holds a secret: …${text.slice(Math.max(0, at - 160), at)}[HERE]`);
  }
}
