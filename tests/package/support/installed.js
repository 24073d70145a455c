// The package as a user gets it: packed, then installed from the tarball into an empty folder, without a network.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const project = join(import.meta.dirname, "..", "..", "..");

// npm tells the scripts it runs about the project it runs them for; an npm below must not hear of it.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
const npm = (cwd, ...args) => execFileSync("npm", [...args, "--silent"], { cwd, env, encoding: "utf8" });

/** Packs and installs. `files` are copied beside it from tests/. Call `remove` when done. */
export function install(...files) {
  const folder = mkdtempSync(join(tmpdir(), "installed-"));
  const app = join(folder, "app");
  npm(project, "pack", "--ignore-scripts", "--pack-destination", folder);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")));
  for (const name of files) cpSync(join(project, "tests", name), app, { recursive: true });
  cpSync(tarball, join(app, "package.tgz"), { recursive: true });
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(app, "install", "./package.tgz", "--offline", "--no-audit", "--no-fund");
  return {
    app,
    tarball,
    package: join(app, "node_modules", "wasm-auth-session"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
