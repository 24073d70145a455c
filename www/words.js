/** Why a session ended, said to its user. */
export const END_REASONS = {
  logged_out: "Logged out, here or in another tab.",
  refused: "The server refused to renew the session.",
  ambiguous: "An answer got lost on its way, and the server then refused the token that was left.",
  expired: "The access token reached its end, and this backend does not renew it.",
  elsewhere: "Another login took its place.",
  identity_changed: "The server answered for another user.",
  storage_cleared: "The browser’s storage was cleared.",
  storage_corrupt: "What was stored could not be read.",
  idle: "Nothing was done for too long.",
};

export const STATUS = { restoring: "Restoring", signed_out: "Signed out", active: "Signed in" };

export const ACTIVITY = { signing_in: "Signing in…", refreshing: "Refreshing…", signing_out: "Signing out…" };

export const STORAGE = { local: "localStorage", session: "sessionStorage", memory: "memory" };

/** What a logout reached. */
export const LOGOUT = {
  revoked: "The server confirmed the logout.",
  failed: "Signed out here; the server did not confirm it.",
  none: "Signed out here; there is nothing to tell the server.",
};
