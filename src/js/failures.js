// Failures that come up where no core is there to report them.

import { AuthError } from "./auth_error.js";

const MODULE_LOAD = {
  not_loaded: "the WebAssembly module is not loaded: use await AuthSession.open(options)",
  fetch: "the WebAssembly module cannot be fetched: it belongs beside the script that imports it",
  compile: "the WebAssembly module cannot be compiled",
  csp: "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src",
  worker: "the worker of an isolated session cannot be started: worker.js belongs beside the script that imports it, on the page's own origin",
};

export const moduleLoad = (reason, cause) =>
  new AuthError({ code: "module_load", message: MODULE_LOAD[reason], retryable: reason === "fetch" || reason === "worker", reason }, { cause });
export const invalid = (option, reason) =>
  new AuthError({ code: "invalid_options", message: `${option}: ${reason}`, retryable: false, option, reason });
export const disposed = () => new AuthError({ code: "disposed", message: "the session was disposed of", retryable: false });
export const ended = (reason) =>
  new AuthError({ code: "session_ended", message: `there is no session: log in (${reason})`, retryable: false, reason });
export const aborted = () => new AuthError({ code: "aborted", message: "withdrawn by the caller", retryable: false });
export const trapped = (cause) =>
  new AuthError({ code: "trapped", message: "the module stopped unexpectedly", retryable: true }, { cause });
