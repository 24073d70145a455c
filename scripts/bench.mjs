// Runs bench/ with what follows: npm run bench -- tabs storm. The first time it installs the packages that ours is compared with.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { quiet, root } from "./quiet.mjs";

const at = (...path) => join(root, "bench", ...path);
const installed = at("node_modules", ".package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(at("package-lock.json")).mtimeMs)
  await quiet("install packages to compare with", "npm", ["ci", "--prefix", "bench", "--no-audit", "--no-fund"]);
const { status } = spawnSync("node", [at("run.js"), ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
