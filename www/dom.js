/** The element with this id, which index.html is known to have. */
export const byId = (id) => document.getElementById(id);

/** A new element with attributes (`true` sets an empty one, `false` and `null` set none) and children. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Rows of a definition list; entries without a value are left out. */
export function fillFacts(list, entries) {
  const given = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  list.replaceChildren(...given.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, display(value)))));
  list.hidden = given.length === 0;
}

/** A value for people: text as it is, anything deeper as indented JSON. */
function display(value) {
  if (value instanceof Node) return value;
  if (typeof value === "object" && value !== null) return el("pre", {}, JSON.stringify(value, null, 2));
  return String(value);
}

/** A time of day, with its date when that is not today. */
export function clockTime(ms) {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  return today ? date.toLocaleTimeString() : date.toLocaleString();
}

/** A span of time, rounded up to the next second: `3 min 20 s`. */
export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const words = [];
  let rest = seconds;
  for (const [size, unit] of parts) {
    if (rest >= size) words.push(`${Math.floor(rest / size)} ${unit}`);
    rest %= size;
  }
  return words.slice(0, 2).join(" ") || "0 s";
}
