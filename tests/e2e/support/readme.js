// The documents and the declarations they must agree with, taken apart.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const project = join(import.meta.dirname, "..", "..", "..");
export const read = (name) => readFileSync(join(project, name), "utf8");

// ── Markdown ────────────────────────────────────────────────────────────────────────────────────

/** Every fenced block: `{ language, text, mark, line }`. The mark is an HTML comment on the line before, `<!-- run: name, … -->`. */
export function blocksOf(markdown) {
  const lines = markdown.split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length; at += 1) {
    const language = /^\s*```(\w*)\s*$/.exec(lines[at])?.[1];
    if (language === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && /^\s*```\s*$/.test(line));
    if (end < 0) throw new Error(`line ${at + 1}: a block that does not end`);
    blocks.push({ language, text: lines.slice(at + 1, end).join("\n"), mark: markOf(lines[at - 1] ?? ""), line: at + 1 });
    at = end;
  }
  return blocks;
}

function markOf(line) {
  const inner = /^<!--\s*(run:.*?)\s*-->$/.exec(line.trim())?.[1];
  return inner && Object.fromEntries(inner.split(",").map((pair) => pair.split(":").map((part) => part.trim())));
}

/** The first table whose heading row begins with these titles, as rows of `{ title: cell }`. Code marks and escaped bars are taken off. */
export function tableOf(markdown, ...titles) {
  const rows = markdown.split("\n").map((line) => (line.startsWith("|") ? cellsOf(line) : null));
  const top = rows.findIndex((row) => row && titles.every((title, index) => row[index] === title));
  if (top < 0) throw new Error(`no table begins with ${titles.join(", ")}`);
  const end = rows.indexOf(null, top);
  const [heading, , ...body] = rows.slice(top, end < 0 ? undefined : end);
  return body.map((cells) => Object.fromEntries(heading.map((title, index) => [title, cells[index] ?? ""])));
}

const cellsOf = (line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));

/** What stands in code marks. */
export const codeIn = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
/** The one thing in code marks that a cell begins with. */
export const nameIn = (cell) => codeIn(cell)[0];

// ── TypeScript ──────────────────────────────────────────────────────────────────────────────────

const withoutComments = (text) => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=\s)\/\/.*$/gm, "");
const oneLine = (text) => text.replaceAll(/\s+/g, " ").trim();

/** Splits at `mark` where no bracket is open. */
function split(text, mark) {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    depth += "{[(<".includes(letter) ? 1 : "}])>".includes(letter) ? -1 : 0;
    if (letter === mark && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map(oneLine).filter(Boolean);
}

/** Members of an object type's text, by name: `{ type, doc }`. */
function membersOf(text) {
  const docs = [...text.matchAll(/\/\*\*([\s\S]*?)\*\/\s*(?:readonly )?(\w+)\??:/g)];
  const docOf = (name) => oneLine((docs.find((doc) => doc[2] === name)?.[1] ?? "").replaceAll(/^\s*\*\s?/gm, ""));
  const member = /^(?:readonly )?(\w+)\??: ([\s\S]*)$/;
  return Object.fromEntries(split(withoutComments(text), ";").map((part) => {
    const [, name, type] = member.exec(part) ?? [];
    return [name, { type: type?.replace(/^\| /, ""), doc: docOf(name) }];
  }).filter(([name]) => name));
}

/** The members of an interface. */
export function interfaceOf(declarations, name) {
  const found = new RegExp(`^(?:export )?interface ${name}\\b.*\\{$([\\s\\S]*?)^\\}$`, "m").exec(declarations);
  if (!found) throw new Error(`no interface ${name}`);
  return membersOf(found[1]);
}

/** The alternatives of a union of literals. */
export function unionOf(declarations, name) {
  const found = new RegExp(`^export type ${name} =([\\s\\S]*?);$`, "m").exec(declarations);
  if (!found) throw new Error(`no type ${name}`);
  return [...withoutComments(found[1]).matchAll(/"([^"]+)"/g)].map(([, literal]) => literal);
}

/** The union of errors: code, the names of its own details, and whether it carries what the server said. */
export function errorsOf(declarations) {
  const union = /^export type AuthError =([\s\S]*?);$/m.exec(declarations)[1];
  return split(union, "|").map((alternative) => ({
    code: /Coded<"(\w+)">/.exec(alternative)[1],
    details: Object.keys(membersOf(/\{([\s\S]*)\}/.exec(alternative)?.[1] ?? "")),
    said: alternative.includes("ServerSaid"),
  }));
}

/** The default that a doc comment states: `Default …`, or `… (default)` behind a value. */
export const defaultIn = (doc) => (/"([^"]+)"` \(default\)/.exec(doc) ?? /Default:? `?"?([^`".,:]+)/.exec(doc))?.[1].replaceAll(" ", "");

// ── Rust ────────────────────────────────────────────────────────────────────────────────────────

/** The texts of a `pub const NAME: &[&str] = &[…]`. */
export function textsOf(rust, name) {
  const found = new RegExp(`const ${name}: &\\[&str\\] = &\\[([\\s\\S]*?)\\];`).exec(rust);
  if (!found) throw new Error(`no const ${name}`);
  return [...found[1].matchAll(/"([^"]+)"/g)].map(([, text]) => text);
}

/** The rows of a `const NAME: &[Field] = &[…]`, by name: `{ kind, required }`. */
export function fieldsOf(rust, name) {
  const found = new RegExp(`const ${name}: &\\[Field\\] = &\\[([\\s\\S]*?)\\n\\];`).exec(rust);
  if (!found) throw new Error(`no const ${name}`);
  const rows = [...found[1].matchAll(/(may|must)\("(\w+)", Kind::(\w+)/g)];
  return Object.fromEntries(rows.map(([, how, field, kind]) => [field, { kind, required: how === "must" }]));
}

/** The rows of `error_codes!`: `{ variant, code, retryable }`. */
export function errorRowsOf(rust) {
  const rows = /^error_codes! \{$([\s\S]*?)^\}$/m.exec(rust)[1];
  return [...rows.matchAll(/(\w+) = "(\w+)", (true|false), /g)].map(([, variant, code, retryable]) => ({ variant, code, retryable: retryable === "true" }));
}

/** The names of a `named!` enum, by variant. */
export function namedOf(rust, name) {
  const found = new RegExp(`^    ${name} \\{$([\\s\\S]*?)^    \\}$`, "m").exec(rust);
  if (!found) throw new Error(`no named! ${name}`);
  return Object.fromEntries([...found[1].matchAll(/(\w+) = "([^"]+)"/g)].map(([, variant, text]) => [variant, text]));
}

/** The presets in their order: name and row. */
export function presetsOf(rust) {
  const names = [...rust.matchAll(/^ {4}\("([\w-]+)", (\w+)\),$/gm)];
  return names.map(([, name, constant]) => {
    const row = new RegExp(`const ${constant}: &str = r#"([\\s\\S]*?)"#;`).exec(rust);
    return [name, JSON.parse(row[1])];
  });
}
