import { AuthSession } from "/node_modules/wasm-auth-session/dist/index.js";
import { show } from "./login.js";

const { first = 0, together = 1 } = Object.fromEntries(new URLSearchParams(location.search));
const open = () => AuthSession.open({ baseUrl: "https://example.com", storage: "memory" });

for (let count = 0; count < first; count += 1) await open().catch(() => {});
await Promise.all(Array.from({ length: Number(together) }, open)).then(
  () => show({ ready: true }),
  ({ name, code, reason }) => show({ name, code, reason }),
);
