import { byId, el } from "./dom.js";

/** The login form: one set of inputs per grant, and the server's field errors beside the inputs they mean. */
export function createLoginForm({ onLogin }) {
  const form = byId("login");
  const inputs = byId("inputs");
  let grants = [];
  let chosen = null;
  let busy = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(chosen);
  });

  async function send(grant) {
    if (busy || !grant) return;
    setBusy(true);
    clearErrors();
    try {
      await onLogin(credentialsOf(grant), byId("remember").checked);
    } finally {
      setBusy(false);
    }
  }

  function setBusy(now) {
    busy = now;
    form.setAttribute("aria-busy", String(now));
  }

  /** What was typed. An input that may stay empty and did is not sent at all. */
  function credentialsOf({ grant, inputs: wanted }) {
    const credentials = { grant };
    for (const { name, optional } of wanted) {
      const value = form.elements[name].value;
      if (value !== "" || !optional) credentials[name] = value;
    }
    return credentials;
  }

  /** Offers these grants: those with inputs as choices, those without as buttons of their own. */
  function offer(next) {
    grants = next;
    const typed = grants.filter((grant) => grant.inputs.length > 0);
    byId("grants").hidden = typed.length < 2;
    byId("grants").replaceChildren(byId("grants").firstElementChild, ...typed.map(choice));
    byId("other-grants").replaceChildren(...grants.filter((grant) => grant.inputs.length === 0).map(button));
    choose(typed[0] ?? null);
  }

  function choice(grant, index) {
    const radio = el("input", { type: "radio", name: "grant", value: grant.grant, checked: index === 0, "data-testid": `grant-${grant.grant}` });
    radio.addEventListener("change", () => choose(grant));
    return el("label", {}, radio, grant.label);
  }

  function button(grant) {
    const go = el("button", { type: "button", "data-testid": `grant-${grant.grant}` }, grant.label);
    go.addEventListener("click", () => send(grant));
    return go;
  }

  function choose(grant) {
    chosen = grant;
    inputs.replaceChildren(...(grant?.inputs ?? []).map(field));
  }

  /** Fills in an account to try; its grant is chosen first. */
  function fill({ grant = "password", credentials }) {
    const wanted = grants.find((one) => one.grant === grant);
    if (wanted !== chosen) {
      byId("grants").querySelector(`[value="${grant}"]`).checked = true;
      choose(wanted);
    }
    clearErrors();
    for (const { name } of chosen.inputs) form.elements[name].value = credentials[name] ?? "";
    form.querySelector("[type=submit]").focus();
  }

  function clearErrors() {
    for (const { name } of chosen?.inputs ?? []) markField(name, null);
  }

  /** Puts each message of the error beside its input and moves to the first one. Returns whether there was any. */
  function showErrors(error) {
    const own = fieldsOf(error).filter(({ path }) => names().includes(path));
    for (const { path, message } of own) markField(path, message);
    if (own.length > 0) form.elements[own[0].path].focus();
    return own.length > 0;
  }

  function markField(name, message) {
    const input = form.elements[name];
    const text = byId(`${input.id}-error`);
    input.toggleAttribute("aria-invalid", false);
    if (message !== null) input.setAttribute("aria-invalid", "true");
    text.hidden = message === null;
    text.textContent = message ?? "";
  }

  const names = () => (chosen?.inputs ?? []).map(({ name }) => name);

  return {
    offer,
    fill,
    showErrors,
    names,
    /** Forgets what was typed that is secret. */
    forget() {
      for (const input of form.querySelectorAll("input[type=password]")) input.value = "";
    },
    focus() {
      inputs.querySelector("input")?.focus();
    },
  };
}

/** What an error says about single fields: the server's word, or the session's own on what is missing. */
function fieldsOf({ code, fields = [], option = "", reason }) {
  return code === "invalid_options" ? [{ path: option.split(".").pop(), message: reason }] : fields;
}

/** One labelled input with room for its error. */
function field({ name, label, type = "text", autocomplete = "off", optional = false }) {
  const id = `login-${name}`;
  return el("div", { class: "field" },
    el("label", { for: id }, optional ? `${label} (optional)` : label),
    el("input", {
      id, name, type, autocomplete, autocapitalize: "none", spellcheck: "false",
      "aria-required": optional ? null : "true", "aria-describedby": `${id}-error`, "data-testid": `input-${name}`,
    }),
    el("p", { id: `${id}-error`, class: "field-error", "data-testid": `input-${name}-error`, hidden: true }));
}
