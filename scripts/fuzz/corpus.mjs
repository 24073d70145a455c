// The inputs that fuzzing starts from. Kept are those that libFuzzer found to reach something no other reaches: one file a
// target, fuzz/corpus/NAME.txt, a line of base64 each, so that a few thousand small files are ten. A line that begins with
// ! broke something once, and stays. The fixtures of the tests are read each time, so that they need not be kept twice.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../quiet.mjs";

const PASSWORD = 'Pä ss"w\\rd+%&=9F3k';
const LONGEST_PASSWORD = 20;
const PHASES = ["login", "refresh", "logout", "api"];
const kept = (name) => join(root, "fuzz", "corpus", `${name}.txt`);

/** Lays the kept inputs of a target out as files. */
export function unpackKept(name, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const line of linesOf(name)) write(folder, Buffer.from(line.replace("!", ""), "base64"));
}

const linesOf = (name) => (existsSync(kept(name)) ? readFileSync(kept(name), "utf8").split("\n").filter(Boolean) : []);

/** Keeps the inputs that lie in a folder, the shortest first, as long as they fit. */
export function packKept(name, folder, bytes) {
  const inputs = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  inputs.sort((a, b) => a.length - b.length || a.compare(b));
  const lines = linesOf(name).filter((line) => line.startsWith("!"));
  let size = 0;
  for (const line of inputs.map((input) => input.toString("base64")).filter((line) => line && !lines.includes(`!${line}`))) {
    size += line.length + 1;
    if (size > bytes) break;
    lines.push(line);
  }
  mkdirSync(join(kept(name), ".."), { recursive: true });
  writeFileSync(kept(name), lines.map((line) => `${line}\n`).join(""));
  return lines.length;
}

/** Writes what the tests' fixtures are to this target. */
export function writeSeeds(name, folder) {
  for (const seed of seeds[name]?.() ?? []) write(folder, Buffer.from(seed));
}

const write = (folder, bytes) => writeFileSync(join(folder, createHash("sha1").update(bytes).digest("hex")), bytes);

const answers = () => fixtures().map(({ phase, secrets, response }, place) => {
  const header = (header) => response.headers?.[header] ?? "";
  // Passwords become the marked one; tokens stay what can stand in a header.
  const body = (secrets ?? []).filter((secret) => secret.length < LONGEST_PASSWORD).reduce((text, secret) => text.replaceAll(secret, PASSWORD), response.body ?? "");
  const head = `${place % 9}${PHASES.indexOf(phase)}`;
  return [head, response.status, header("content-type"), header("date"), header("retry-after"), header("www-authenticate"), body].join("\n");
});

const RECORD = {
  version: 1, epoch: 1_700_000_000_000, generation: 7, sid: "0123456789abcdef", marker: false, remember: true,
  issued_at: 1_700_000_000_000, started_at: 1_700_000_000_000, wait: { attempts: 3, until: 1_700_000_060_000, asked: true, code: "server" }, lifetime: 3_600_000,
  token_set: { access_token: "token-1", refresh_token: "token-2", token_type: "Bearer", scope: null, user: "ada", extra: { plan: "free" } },
};

const seeds = {
  reply: answers,
  rejection: answers,
  jwt: () => fixtures().flatMap(({ secrets }) => secrets ?? []).filter((secret) => secret.startsWith("eyJ")),
  record: () => [RECORD, { version: 1, epoch: 2, generation: 9 }, { ...RECORD, version: 2 }].map((record) => JSON.stringify(record)),
  options: () => folders().flatMap((folder) => Object.values(read(join(folder, "options.json")))).map((options) => JSON.stringify(options)),
};

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const within = (folder) => readdirSync(folder, { withFileTypes: true });
const folders = () => within(join(root, "tests", "fixtures")).filter((entry) => entry.isDirectory()).map(({ parentPath, path, name }) => join(parentPath ?? path, name));
const fixtures = () => folders().flatMap((folder) => within(folder).map(({ name }) => name).filter((name) => name.endsWith(".json") && name !== "options.json").sort().map((name) => read(join(folder, name))));
