// The rows as the documents show them: what is proved here is what a reader copies.

import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

function between(text, start, end, what) {
  const [, rest] = text.split(start);
  if (rest === undefined || !rest.includes(end)) throw new Error(`${what} is not in the document`);
  return rest.slice(0, rest.indexOf(end));
}

/** The row of docs/backends.md under a title, for the server at `baseUrl`. */
export function row(title, baseUrl) {
  const block = between(read("docs/backends.md"), `\n## ${title}\n`, "\n```\n", title);
  return { ...JSON.parse(block.split("```json\n")[1]), baseUrl };
}

/** The row of the README's kinds under a name, for the server at `baseUrl`. */
export function kind(name, baseUrl) {
  const code = between(read("README.md"), '<!-- run: kinds, at: oauth2 -->\n```js\nimport { AuthSession } from "wasm-auth-session";\n', "\nfor (", "kinds");
  const found = new Function(`${code}; return kinds;`)()[name];
  if (!found) throw new Error(`${name} is not among the README's kinds`);
  return { ...found, baseUrl };
}
