import { byId } from "./dom.js";
import { rowOf } from "./backends.js";

const KEY = "demo.own-options";
const EXAMPLE = {
  baseUrl: "http://127.0.0.1:8000",
  preset: "oauth2-form",
  clientId: "my-app",
  request: { password: { url: "/oauth/token" } },
};

/** The editor for options given by hand. They outlive a reload of this tab, not the tab. */
export function createOwnOptions({ onOpen }) {
  const text = byId("own-options");
  const problem = byId("own-options-error");
  text.value = sessionStorage.getItem(KEY) ?? JSON.stringify(EXAMPLE, null, 2);

  byId("own").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, text.value);
    onOpen();
  });

  return {
    show(visible) {
      byId("own").hidden = !visible;
    },
    /** The row these options make, or `null` when they cannot be read: then it says so beside the input. */
    read() {
      try {
        const row = rowOf(text.value);
        mark(null);
        return row;
      } catch (error) {
        mark(`These options cannot be read: ${error.message}`);
        return null;
      }
    },
  };

  function mark(message) {
    text.toggleAttribute("aria-invalid", false);
    if (message !== null) text.setAttribute("aria-invalid", "true");
    problem.textContent = message ?? "";
    problem.hidden = message === null;
  }
}
