// What every page here does with the package, however it got hold of it: log in and show who is signed in.
export async function login(AuthSession, show, makeWorker) {
  const asked = new URLSearchParams(location.search);
  const baseUrl = asked.get("backend");
  const isolation = asked.get("isolation") === "own" ? makeWorker() : (asked.get("isolation") ?? "none");
  const token = { url: "/oauth/token" };
  try {
    const session = await AuthSession.open({ baseUrl, preset: "oauth2-form", storage: "memory", isolation, request: { password: token }, refresh: token });
    await session.login({ username: "alice", password: "alice-password" });
    const { status, tokenType } = session.getSnapshot();
    const me = await fetch(`${baseUrl}/api/me`, { headers: { Authorization: `Bearer ${await session.accessToken()}` } });
    show({ status, tokenType, email: (await me.json()).email });
  } catch (error) {
    show({ failed: error.code ?? String(error), ...error, message: error.message });
  }
}

export function show(what) {
  document.querySelector("output").textContent = JSON.stringify(what);
}
