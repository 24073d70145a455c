import { AuthSession } from "wasm-auth-session";
import { login, show } from "./login.js";

login(AuthSession, show);
