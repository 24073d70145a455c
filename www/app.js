import { createApiCall } from "./api.js";
import { OWN, loadBackends, readChoice, writeChoice } from "./backends.js";
import { byId, el } from "./dom.js";
import { createErrorPanel } from "./errors.js";
import { createFaults } from "./faults.js";
import { createLoginForm } from "./form.js";
import { createLog, sentence } from "./log.js";
import { createOwnOptions } from "./own.js";
import { createRequests } from "./requests.js";
import { login, logout, openSession } from "./session.js";
import { createTabs } from "./tabs.js";
import { NOT_OPEN, createView } from "./view.js";
import { LOGOUT } from "./words.js";

const show = createView();
const log = createLog();
const errors = createErrorPanel();
const form = createLoginForm({ onLogin });
const faults = createFaults({ log });
const tabs = createTabs();
const api = createApiCall({ session: () => session, attempt });
const requests = createRequests({ session: () => session, attempt });
const own = createOwnOptions({ onOpen: openChosen });

let backends = [];
let session = null;
let turn = 0;

/** Opens the session of what is chosen. The one before is let go; what it stored stays. */
async function openChosen() {
  const current = ++turn;
  const chosen = backends.find(({ name }) => name === byId("backend").value);
  const storage = byId("storage").value;
  writeChoice({ backend: chosen.name, storage });
  session?.dispose();
  session = null;
  errors.clear();
  own.show(chosen.name === OWN);
  byId("backend-about").textContent = chosen.about;
  const row = chosen.name === OWN ? own.read() : chosen;
  render(row ? NOT_OPEN : { ...NOT_OPEN, status: "signed_out" });
  prepare(row ?? chosen);
  if (!row) return;
  try {
    const opened = await openSession({ storage, ...row.options }, (snapshot) => current === turn && render(snapshot));
    if (current !== turn) return opened.dispose();
    session = opened;
    log.follow(session);
    tabs.follow(session);
    log.add("opened", session.getSnapshot().signedIn ? "A stored session was restored." : "No session is stored.");
  } catch (error) {
    if (current !== turn) return;
    render({ ...NOT_OPEN, status: "signed_out" });
    report(error);
  }
}

/** Fits the controls to the backend: its grants, accounts, API and faults. */
function prepare(row) {
  byId("given").hidden = row.name === OWN;
  byId("options").textContent = JSON.stringify(row.options ?? null, null, 2);
  form.offer(row.grants ?? []);
  faults.use(row);
  api.use(row);
  requests.use(row, backends);
  tabs.use(row);
  const accounts = row.accounts ?? [];
  byId("accounts").hidden = accounts.length === 0;
  byId("account-list").replaceChildren(...accounts.map((account) => {
    const button = el("button", { type: "button" }, account.label);
    button.addEventListener("click", () => form.fill(account));
    return el("li", {}, button);
  }));
}

/** Shows a snapshot. Focus that would be lost with its control goes to where one carries on. */
function render(snapshot) {
  const focused = document.activeElement;
  const loginCard = byId("login-card");
  show(snapshot);
  tabs.show(snapshot);
  loginCard.hidden = snapshot.status !== "signed_out" || snapshot.storage === null;
  if (focused.matches(":disabled") || focused.closest("[hidden]")) {
    if (loginCard.hidden) byId("session").focus();
    else form.focus();
  }
}

/** Runs what a button asks for; a failure is shown, and given back. */
async function attempt(action) {
  errors.clear();
  try {
    await action();
    return null;
  } catch (error) {
    report(error);
    return error;
  }
}

function report(error) {
  errors.show(error, { inputs: form.names() });
  log.add("error", sentence(error), error.reason ?? null);
}

async function onLogin(credentials, remember) {
  if (!session) return;
  const error = await attempt(() => login(session, credentials, remember));
  if (!error) form.forget();
  else if (!form.showErrors(error) && error.code === "invalid_credentials") form.focus();
}

async function onLogout() {
  await attempt(async () => {
    const { server, revoked, error } = await logout(session);
    log.add("logout", LOGOUT[server] + (revoked ? ` Handed back: ${revoked.replace("_", " ")}.` : ""), server);
    if (error) throw error;
  });
}

byId("refresh").addEventListener("click", () => attempt(() => session.refresh()));
byId("logout").addEventListener("click", onLogout);
byId("backend").addEventListener("change", openChosen);
byId("storage").addEventListener("change", openChosen);

backends = await loadBackends();
const choice = readChoice(backends);
byId("backend").append(...backends.map(({ name, title }) => el("option", { value: name }, title)));
byId("backend").value = choice.backend;
byId("storage").value = choice.storage;
await openChosen();
