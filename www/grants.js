const username = { name: "username", label: "User name", autocomplete: "username" };
const email = { ...username, label: "E-mail", type: "email" };
const password = { name: "password", label: "Password", type: "password", autocomplete: "current-password" };

/** The ways to log in and their inputs, named as the rows name grants and credentials. */
export const PASSWORD = { grant: "password", label: "Password", inputs: [username, password] };
export const EMAIL = { ...PASSWORD, label: "E-mail and password", inputs: [email, password] };
export const AUTO_LOGIN = { grant: "auto", label: "Auto login", inputs: [] };
export const DEVICE = {
  grant: "device",
  label: "Device and PIN",
  inputs: [
    { name: "linkedDeviceId", label: "Linked device" },
    { name: "pin", label: "PIN", type: "password" },
    { ...email, optional: true },
  ],
};

/** The grants of a row given by hand: its inputs are what `required` or `fields` name, else those of a password login. */
export function grantsOf({ request = {} } = {}) {
  const own = Object.entries(request).map(([grant, { fields, required }]) => ({
    grant,
    label: grant,
    inputs: inputsOf(grant, fields && Object.keys(fields), required),
  }));
  return own.some(({ grant }) => grant === "password") ? own : [PASSWORD, ...own];
}

function inputsOf(grant, names, required = names) {
  if (!names) return grant === "password" ? PASSWORD.inputs : [];
  return names.map((name) => ({
    name,
    label: name,
    type: /password|secret|pin|code/i.test(name) ? "password" : "text",
    optional: !required.includes(name),
  }));
}
