import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { install, project } from "../package/support/installed.js";

const FILES = ["correct-use.ts", "misuse.ts"];
const ways = [
  { name: "a bundler", module: "esnext", resolution: "bundler" },
  { name: "Node", module: "nodenext", resolution: "nodenext" },
];

let installed;
before(() => {
  installed = install();
  for (const name of FILES) cpSync(join(project, "tests", "types", name), join(installed.app, name));
});
after(() => installed?.remove());

/** Without skipLibCheck: the package's own declarations are checked, too, against no more than ES2022 and the DOM. */
function compile(file, module, resolution) {
  const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--module", module, "--moduleResolution", resolution];
  const { status, stdout, stderr } = spawnSync(join(project, "node_modules", ".bin", "tsc"), [...options, file], { cwd: installed.app, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

for (const { name, module, resolution } of ways) {
  test(`correct use compiles with the installed types as ${name} resolves them`, () => {
    assert.deepEqual(compile("correct-use.ts", module, resolution), { status: 0, said: "" });
  });
  test(`misuse does not compile with the installed types as ${name} resolves them`, () => {
    assert.deepEqual(compile("misuse.ts", module, resolution), { status: 0, said: "" });
  });
}
