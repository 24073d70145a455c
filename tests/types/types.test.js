import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { blocksOf, presetsOf, read } from "../e2e/support/readme.js";
import { install, project } from "../package/support/installed.js";

/** Every row that is documented or built in, as a page would write it. */
const rows = () => `
  import type { AuthSessionOptions, BackendRow } from "wasm-auth-session";
  export const documented: AuthSessionOptions[] = [${blocksOf(read("docs/backends.md")).filter(({ language }) => language === "json").map(({ text }) => text)}];
  export const presets: BackendRow[] = ${JSON.stringify(presetsOf(read("src/core/dialect/presets.rs")).map(([, row]) => row))};
`;

const FILES = ["correct-use.ts", "misuse.ts"];
const ways = [
  { name: "a bundler", module: "esnext", resolution: "bundler" },
  { name: "Node", module: "nodenext", resolution: "nodenext" },
];

let installed;
before(() => {
  installed = install();
  for (const name of FILES) cpSync(join(project, "tests", "types", name), join(installed.app, name));
  writeFileSync(join(installed.app, "rows.ts"), rows());
});
after(() => installed?.remove());

const STRICT = ["strict", "exactOptionalPropertyTypes", "noUncheckedIndexedAccess", "noUncheckedSideEffectImports", "verbatimModuleSyntax", "isolatedModules"];

/** Without skipLibCheck: the package's own declarations are checked, too, against no more than ES2022 and the DOM. */
function compile(file, module, resolution) {
  const options = [...STRICT.map((name) => `--${name}`), "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--module", module, "--moduleResolution", resolution];
  const { status, stdout, stderr } = spawnSync(join(project, "node_modules", ".bin", "tsc"), [...options, file], { cwd: installed.app, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

for (const { name, module, resolution } of ways) {
  test(`correct use compiles with the installed types as ${name} resolves them`, () => {
    assert.deepEqual(compile("correct-use.ts", module, resolution), { status: 0, said: "" });
  });
  test(`the documented rows and the presets are options by the installed types as ${name} resolves them`, () => {
    assert.deepEqual(compile("rows.ts", module, resolution), { status: 0, said: "" });
  });
  test(`misuse does not compile with the installed types as ${name} resolves them`, () => {
    assert.deepEqual(compile("misuse.ts", module, resolution), { status: 0, said: "" });
  });
}
