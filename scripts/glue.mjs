// The script that wasm-bindgen writes knows one instance of the module for ever. Where the module has trapped, another must take
// its place, and no callback of the old one may reach it. So the build makes a function of that script: every call is a glue of its
// own, with one instance and its timers. What it leaves out is the asynchronous loading, which src/js/load.js does.
import { readFileSync } from "node:fs";

const EXPORTS = "wasm = instance.exports;";

function cut(text, from, to) {
  const start = text.indexOf(from);
  const end = to === undefined ? text.length : text.indexOf(to, start);
  if (start < 0 || end < 0) throw new Error(`wasm-bindgen's script has changed: no ${from} before ${to}`);
  return text.slice(0, start) + text.slice(end);
}

function once(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`wasm-bindgen's script has changed: not one ${from}`);
  return text.replace(from, to);
}

export function glueOf(text) {
  const kept = cut(cut(text, "async function __wbg_load(", "function initSync("), "let __wbg_init_promise;");
  const body = once(once(kept, "export class Core", "class Core"), EXPORTS, EXPORTS.replace("instance.exports", "guarded(instance.exports)"));
  if (/^(import|export) /m.test(body)) throw new Error("wasm-bindgen's script has changed: it imports or exports something else");
  return `export default (guarded, setTimeout, clearTimeout) => {\n${body}\nreturn { Core, initSync };\n};\n`;
}

export const gluePlugin = {
  name: "glue",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]pkg[\\/]wasm_auth_session\.js$/ }, ({ path }) => ({ contents: glueOf(readFileSync(path, "utf8")), loader: "js" }));
  },
};
