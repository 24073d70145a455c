// The one error class. What the core reports as a plain object becomes a real Error with the same details.

const MARK = Symbol.for("wasm-auth-session.AuthError");

export class AuthError extends Error {
  constructor({ message, code, challenge, ...details }, options) {
    super(message, options);
    this.code = code;
    Object.assign(this, details);
    // What is not enumerable gets into no log.
    Object.defineProperty(this, "challenge", { value: challenge });
    // Events and logout results carry errors of their own.
    Object.defineProperty(this, "name", { value: "AuthError" });
    Object.defineProperty(this, MARK, { value: true });
  }

  toJSON() {
    return { ...this, message: this.message };
  }
}

// By mark and not by class: two bundles on one page have two classes.
export function isAuthError(value) {
  return value instanceof Error && value[MARK] === true;
}
