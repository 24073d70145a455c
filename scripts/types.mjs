// The public types as one file, as a package hands them out: the files of src/js/types one after the other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./quiet.mjs";

const PARTS = /^export \* from "\.\/types\/(\w+)\.js";$/gm;
const read = (name) => readFileSync(join(root, "src", "js", name), "utf8");

/** Without what one part imports from another, and what it says of itself at its top. */
const bare = (text) => text.replace(/^\/\/.*\n/, "").replace(/^import type .*\n/gm, "").trim();

export const declaration = () => `${read("types.d.ts").replace(PARTS, (_, name) => `\n${bare(read(`types/${name}.d.ts`))}`)}`;
