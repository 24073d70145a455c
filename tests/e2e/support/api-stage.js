// Where tests of session.fetch run: the blank page, and a token endpoint with an API behind it.
import { startRawServer } from "./raw-server.js";
import { useStage } from "./stage.js";

/**
 * An API that takes the newest token only. `takes`: whether a token is taken at all; `answer`: answers in its place where it returns true.
 * `secure`: over TLS and HTTP/2.
 */
export async function startApi(t, { takes = () => true, answer, lifetimeS = 3600, secure } = {}) {
  const api = { issued: 0, refreshes: 0, lifetimeS, takes };
  const server = await startRawServer(t, async (request, response) => {
    if (request.url === "/oauth/token") {
      api.issued += 1;
      if (request.text.includes("grant_type=refresh_token")) api.refreshes += 1;
      return response.end(JSON.stringify({ access_token: `token-${api.issued}`, refresh_token: `refresh-${api.issued}`, expires_in: api.lifetimeS }));
    }
    const isTaken = request.headers.authorization === `Bearer token-${api.issued}` && api.takes(request);
    if (answer?.(request, response, isTaken)) return undefined;
    return response.writeHead(isTaken ? 200 : 401).end(JSON.stringify({ got: request.text, taken: isTaken }));
  }, { secure });
  return Object.assign(api, server, { calls: () => server.requests.filter(({ url }) => url !== "/oauth/token") });
}

/** `stage` as in stage.js, and `test`: the same, signed in at an API as the page's `session`. Settings go to both. */
export function useApiStage() {
  const stage = useStage();
  const test = (name, settings, run) =>
    stage(name, { dialect: null, ...settings }, async (stage) => {
      const api = await startApi(stage.t, settings);
      await stage.run(async ({ options, url }) => {
        globalThis.session = await AuthSession.open({ ...options, baseUrl: url, preset: "oauth2-form", refreshMode: "on-demand" });
        await session.login(ALICE);
      }, { url: api.url });
      await run({ ...stage, api, run: (act, what) => stage.run(act, { url: api.url, ...what }) });
    });
  return { stage, test };
}
