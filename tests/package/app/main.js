import { AuthSession } from "wasm-auth-session";
import { login, show } from "./login.js";

// As the README says it for bundlers that do not find the worker by themselves.
const makeWorker = () => new Worker(new URL("wasm-auth-session/worker", import.meta.url), { type: "module" });

login(AuthSession, show, makeWorker);
