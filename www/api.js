import { byId } from "./dom.js";
import { callApi } from "./session.js";

/** The API call: shows status and body; a refusal becomes the typed error it means. */
export function createApiCall({ session, attempt }) {
  let use = {};
  let baseUrl = "";

  byId("api").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("api-answer").hidden = true;
    if (session()) attempt(call);
  });

  async function call() {
    const response = await callApi(session(), baseUrl + byId("api-path").value, use);
    await showAnswer(response.clone());
    const refusal = await session().rejection(response);
    if (refusal) throw refusal;
  }

  return {
    /** Prepares for this backend: where its API is, and how it takes the token. */
    use({ options, api = "/" }) {
      baseUrl = (options?.baseUrl ?? "").replace(/\/$/, "");
      use = options?.use ?? {};
      byId("api-path").value = api;
      byId("api-answer").hidden = true;
    },
  };
}

async function showAnswer(response) {
  const text = await response.text();
  byId("api-answer").dataset.httpStatus = response.status;
  byId("api-status").textContent = `${response.status} ${response.statusText}`;
  byId("api-body").textContent = pretty(text);
  byId("api-answer").hidden = false;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
