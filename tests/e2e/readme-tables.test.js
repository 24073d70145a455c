// The documents' tables against the declaration that TypeScript reads and the Rust sources: name by name, in both directions.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { declaration } from "../../scripts/types.mjs";
import {
  blocksOf, codeIn, defaultIn, errorRowsOf, errorsOf, fieldsOf, interfaceOf, nameIn, namedOf, presetsOf, project, read, tableOf, textsOf, unionOf,
} from "./support/readme.js";

const readme = read("README.md");
const types = declaration();
const optionsRust = read("src/core/options.rs");
const fields = fieldsOf(read("src/core/options/schema.rs"), "OPTIONS");
const errorRust = read("src/core/error.rs");
const eventRust = read("src/core/event.rs");
const facade = ["failures", "api"].map((name) => read(`src/js/${name}.js`)).join("");

const names = (table, title) => table.map((row) => nameIn(row[title]));
const sorted = (list) => [...list].sort();

describe("the README's options", () => {
  const table = tableOf(readme, "Option", "Type", "Unit", "Default");
  const own = interfaceOf(types, "AuthSessionOptions");
  const members = { ...own, ...interfaceOf(types, "BackendRow") };

  test("are those of the declaration and of the core, each once", () => {
    assert.deepEqual(sorted(names(table, "Option")), sorted(Object.keys(members)));
    assert.deepEqual(sorted(names(table, "Option")), sorted(Object.keys(fields)));
  });

  for (const row of table) {
    const name = nameIn(row.Option);
    test(`${name}: type, unit and default are the declared ones`, () => {
      const { type, doc } = members[name];
      assert.equal(nameIn(row.Type), type);
      assert.equal(row.Unit, name.endsWith("Ms") ? "ms" : "–");
      const isRow = !(name in own);
      if (isRow) return assert.equal(row.Default, "of the preset");
      const declared = defaultIn(doc);
      if (name === "baseUrl") assert.equal(row.Default, "required");
      else if (declared === undefined || declared.startsWith("none")) assert.equal(row.Default, "none");
      else if (name === "maxLifetimeMs") assert.equal(declared, "tenyears");
      else assert.equal(nameIn(row.Default), declared);
      assert.equal(defaultInCore(name), row.Default.replaceAll("`", ""));
      const most = /at most ([\d ]+)\b/i.exec(doc)?.[1].replaceAll(" ", "");
      if (most && !doc.includes("%")) assert.ok(row.Meaning.includes(`At most ${most}.`), `at most ${most}`);
    });
  }

  /** What the core falls back to. */
  function defaultInCore(name) {
    const defaults = JSON.parse(/const DEFAULTS: &str = r#"([\s\S]*?)"#;/.exec(optionsRust)[1]);
    if (name in defaults) return String(defaults[name]);
    if (name === "preset") return /then_some\("([\w-]+)"\)/.exec(optionsRust)[1];
    if (fields[name].required) return "required";
    return fields[name].kind === "Truth" ? "false" : "none";
  }
});

describe("the README's errors", () => {
  const table = tableOf(readme, "Code", "What to do", "Retryable", "Details");
  const rows = errorRowsOf(errorRust);
  const declared = errorsOf(types);

  test("are those of the core in its order, and of the declaration", () => {
    assert.deepEqual(names(table, "Code"), rows.map(({ code }) => code));
    assert.deepEqual(names(table, "Code"), declared.map(({ code }) => code));
  });

  for (const row of table) {
    const code = nameIn(row.Code);
    test(`${code}: retryable and details are the declared ones`, () => {
      assert.equal(row.Retryable, rows.find((one) => one.code === code).retryable ? "yes" : "no");
      const { details, said } = declared.find((one) => one.code === code);
      assert.deepEqual(codeIn(row.Details), details);
      assert.equal(row.Details.includes("what the server said"), said);
    });
  }

  test("a code that nothing raises is said to be reserved", () => {
    const raised = /fn code\(&self\)[\s\S]*?\n    \}/.exec(errorRust)[0] + read("src/core/options/rows.rs") + read("src/core/rejection/meaning.rs");
    const locks = /LockDenied/.test(readdirSync(join(project, "src/browser")).filter((name) => name.endsWith(".rs")).map((name) => read(`src/browser/${name}`)).join(""));
    const isRaised = ({ variant, code }) =>
      code === "lock_timeout" ? locks : new RegExp(`ErrorCode::${variant}\\b`).test(raised) || facade.includes(`code: "${code}"`);
    const reserved = table.filter((row) => row["What to do"].includes("Reserved.")).map((row) => nameIn(row.Code));
    assert.deepEqual(reserved, rows.filter((row) => !isRaised(row)).map(({ code }) => code));
  });

  test("every member of what the server said is named", () => {
    const paragraph = /^\*\*What the server said\*\*[\s\S]*?\n\n/m.exec(readme)[0];
    assert.deepEqual(sorted(codeIn(paragraph)), sorted(Object.keys(interfaceOf(types, "ServerSaid"))));
  });

  test("the reasons for an end are those of the core and of the declaration", () => {
    const reasons = names(tableOf(readme, "Reason", "Meaning"), "Reason");
    assert.deepEqual(reasons, Object.values(namedOf(errorRust, "SessionEndReason")));
    assert.deepEqual(reasons, unionOf(types, "SessionEndReason"));
  });

  test("a reason that nothing gives is said to be reserved", () => {
    const variants = Object.entries(namedOf(errorRust, "SessionEndReason"));
    const session = readdirSync(join(project, "src/core/session")).map((name) => read(`src/core/session/${name}`)).join("");
    const given = (variant) => session.includes(`SessionEndReason::${variant}`);
    const reserved = tableOf(readme, "Reason", "Meaning").filter((row) => row.Meaning.includes("Reserved.")).map((row) => nameIn(row.Reason));
    assert.deepEqual(reserved, variants.filter(([variant]) => !given(variant)).map(([, reason]) => reason));
  });
});

describe("the README's events", () => {
  const table = tableOf(readme, "Event", "Detail", "When");
  const declared = interfaceOf(types, "SessionEvents");
  const warning = Object.keys(interfaceOf(types, "Warning"));

  test("are those of the core in its order, and of the declaration", () => {
    assert.deepEqual(names(table, "Event"), textsOf(eventRust, "EVENT_NAMES"));
    assert.deepEqual(names(table, "Event"), Object.keys(declared));
  });

  for (const row of table) {
    const name = nameIn(row.Event);
    test(`${name}: its detail is the declared one`, () => {
      const { type } = declared[name];
      const members = type === "Warning" ? warning : [...type.matchAll(/(\w+):/g)].map(([, member]) => member);
      assert.deepEqual(codeIn(row.Detail), members);
    });
  }

  test("the warnings are those of the core and of the declaration", () => {
    const warnings = names(tableOf(readme, "Warning", "Meaning"), "Warning");
    assert.deepEqual(warnings, Object.values(namedOf(eventRust, "WarningCode")));
    assert.deepEqual(warnings, unionOf(types, "WarningCode"));
  });
});

test("the README's snapshot has the declared fields with their types and units", () => {
  const table = tableOf(readme, "Field", "Type", "Unit");
  const declared = interfaceOf(types, "Snapshot");
  assert.deepEqual(names(table, "Field"), Object.keys(declared));
  for (const row of table) {
    assert.equal(nameIn(row.Type), declared[nameIn(row.Field)].type, row.Field);
    assert.equal(row.Unit, nameIn(row.Field).endsWith("Ms") ? "ms since 1970" : "–", row.Field);
  }
});

describe("the README's backends", () => {
  const table = tableOf(readme, "Preset", "Login", "Renewed by", "Logout");
  const presets = Object.fromEntries(presetsOf(read("src/core/dialect/presets.rs")));

  test("are the presets of the core and of the declaration", () => {
    assert.deepEqual(sorted(names(table, "Preset")), sorted(Object.keys(presets)));
    assert.deepEqual(sorted(names(table, "Preset")), sorted(unionOf(types, "Preset")));
  });

  for (const row of table) {
    const name = nameIn(row.Preset);
    test(`${name}: login, refresh and logout are those of its row`, () => {
      const { request: { password }, refresh, end } = presets[name];
      assert.deepEqual(codeIn(row.Login), [password.encoding, password.url]);
      assert.deepEqual(codeIn(row["Renewed by"]), [refresh.by, refresh.url].filter(Boolean));
      assert.deepEqual(codeIn(row.Logout), [end.by, end.url].filter(Boolean));
    });
  }
});

describe("the documents", () => {
  const documents = ["README.md", "docs/backends.md", "DESIGN.md", "SECURITY.md", "CHANGELOG.md", "tests/README.md"];
  const manifest = JSON.parse(read("package.json"));
  const filesBelow = (folder, options) => readdirSync(join(project, folder), options).map((path) => join(folder, path));

  test("the state diagram is the one in the machine's own documentation", () => {
    const [, own] = /^\/\/! ```text\n([\s\S]*?)^\/\/! ```$/m.exec(read("src/core/session.rs"));
    const diagram = blocksOf(readme).find(({ language, text }) => language === "text" && text.includes("Rereading")).text;
    const plain = (text) => text.split("\n").map((line) => line.replace(/^\/\/! ?/, "").trimEnd());
    const left = (lines) => Math.min(...lines.filter(Boolean).map((line) => line.search(/\S/)));
    const flush = (lines) => lines.map((line) => line.slice(left(lines))).filter(Boolean).join("\n");
    assert.equal(flush(plain(diagram)), flush(plain(own)));
  });

  test("every command that README and tests/README name is a script of the package", () => {
    for (const name of ["README.md", "tests/README.md"]) {
      const commands = [...read(name).matchAll(/`npm (?:run )?([a-z][\w:]*)/g)].map(([, command]) => command).filter((command) => command !== "install");
      assert.ok(commands.length > 0);
      for (const command of commands) assert.ok(command in manifest.scripts, `${name}: npm run ${command}`);
    }
  });

  test("every link to a file leads to one", () => {
    for (const name of documents) {
      for (const [, path] of read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) assert.ok(existsSync(join(project, name, "..", path)), `${name}: ${path}`);
    }
  });

  test("every test that SECURITY.md names is there", () => {
    // tests/real holds what was installed for it, too: only its own files are looked at.
    const own = readdirSync(join(project, "tests"), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== "real");
    const deep = ["src", ...own.map(({ name }) => `tests/${name}`)].flatMap((folder) => filesBelow(folder, { recursive: true }));
    const sources = [...deep, ...filesBelow("tests"), ...filesBelow("tests/real")].filter((path) => /\.(rs|js)$/.test(path)).map(read).join("\n");
    const named = [...read("SECURITY.md").matchAll(/`(\w+(?:_\w+){2,})`/g)].map(([, name]) => name);
    const quoted = [...read("SECURITY.md").matchAll(/“([^”]+)”/g)].map(([, title]) => title);
    assert.ok(named.length > 20 && quoted.length > 0);
    for (const name of named) assert.match(sources, new RegExp(`fn ${name}\\(`), name);
    for (const title of quoted) assert.ok(sources.includes(title), title);
  });

  test("DESIGN.md gives a reason for every dependency, and for no other", () => {
    const cratesOf = (path) => {
      const sections = read(path).split(/^\[/m).filter((section) => /^[^\]]*dependencies\]/.test(section));
      return sections.flatMap((section) => [...section.matchAll(/^([\w-]+) = /gm)].map(([, name]) => name)).filter((name) => name !== manifest.name);
    };
    const [, section] = /^## Why these dependencies\?$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(read("DESIGN.md"));
    const reasons = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name]) => name);
    const used = [...cratesOf("Cargo.toml"), ...cratesOf("fuzz/Cargo.toml"), ...Object.keys(manifest.devDependencies)];
    assert.ok(used.length > 20);
    assert.deepEqual(sorted(reasons), sorted(new Set(used)));
  });
});
