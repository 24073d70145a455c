// Fetches and compiles the WebAssembly module, once. The .wasm file beside this script is the normal way. Where a
// bundler or server does not hand it out, the copy inside embedded.js takes its place.

import { within } from "./deadline.js";

const MAGIC = 0x0061736d;
/** How long a file of the package may take to arrive. */
export const PATIENCE_MS = 30_000;
const SAYS_CSP = /content security policy|unsafe-eval|\bcsp\b/i;

let loading = null;

/** The compiled module, once for all callers. Rejects with `{ reason, cause }`; the next call then tries anew. */
export function load() {
  loading ??= start().catch((failure) => {
    loading = null;
    throw failure;
  });
  return loading;
}

async function start() {
  if (typeof WebAssembly !== "object") throw failed("compile", new Error("WebAssembly is missing"));
  const failures = [];
  for (const read of [fetched, embedded]) {
    try {
      return await compile(await arrived(read()));
    } catch (failure) {
      if (failure.reason === "csp") throw failure;
      failures.push(failure);
    }
  }
  throw failures.find(({ reason }) => reason === "compile") ?? failures[0];
}

// Read whole and then compiled, never streamed: the file is small, and no server's MIME type matters.
async function fetched() {
  const response = await fetch(new URL("wasm_auth_session_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`status ${response.status} for ${response.url}`);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength < 8 || new DataView(bytes).getUint32(0) !== MAGIC) throw new Error(`no WebAssembly at ${response.url}`);
  return bytes;
}

async function embedded() {
  return (await import("./embedded.js")).default();
}

async function arrived(reading) {
  try {
    return await within(PATIENCE_MS, reading);
  } catch (cause) {
    throw failed("fetch", cause);
  }
}

async function compile(bytes) {
  try {
    const module = await WebAssembly.compile(bytes);
    // A file of an older release, out of a cache: it may fit this script by chance, and do anything.
    if (!WebAssembly.Module.imports(module).some(({ name }) => name === BUILD)) throw new Error("the .wasm file is of another build");
    return module;
  } catch (cause) {
    throw failed(SAYS_CSP.test(cause?.message) ? "csp" : "compile", cause);
  }
}

const failed = (reason, cause) => ({ reason, cause });
