/// <reference lib="esnext.disposable" />
/**
 * wasm-auth-session: log in to any token endpoint from the browser, and stay logged in.
 *
 * Every duration and instant carries its unit in its name: `…Ms` is milliseconds, an instant being
 * milliseconds since 1970 UTC. No error, event, snapshot or `toJSON` ever holds a password or a token, but for
 * an error's `challenge` where the row names one; `accessToken()`, `onToken()` and `authorize()` are the only ways to read a token.
 */
export * from "./types/errors.js";
export * from "./types/options.js";
export * from "./types/row.js";
export * from "./types/session.js";
// What is not exported above is not: without this line all of it would be.
export {};
