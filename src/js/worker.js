// The worker of isolated sessions: the core and all that it is told by the server stay here. `far.js` is the side in the page; what
// goes there is what any session tells its callers: the access token, the snapshot, events, errors, answers.

import { gathered } from "./gathered.js";
import { boot } from "./instance.js";
import { Near } from "./near.js";

// The core listens to the page by these globals, as it does in a page itself.
const page = (globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" }));

// A worker of the caller's own may have messages of its own.
self.addEventListener("message", ({ data, ports: [port] }) => {
  if (port && data?.module instanceof WebAssembly.Module) serve(port, data);
});

function serve(port, { module, options, visibility }) {
  let near = null;
  const bodies = new Map();
  const post = gathered((messages) => {
    if (near) messages.push(["told", near.core?.explain() ?? [], near.capabilities("memory")]);
    port.postMessage(messages);
  });
  const say = (name) => (...given) => post(name, ...given);
  let kept = null;
  const host = {
    resolve: say("resolve"),
    settle: say("settle"),
    reject: say("reject"),
    emit: say("emit"),
    show: say("show"),
    forget: () => {
      kept = null;
      post("forget");
    },
    keep: (token, monoMs, wallMs, leewayMs) => {
      kept = token;
      post("keep", token, monoMs - performance.now(), wallMs, leewayMs);
    },
  };
  const torn = (cause) => post("trapped", String(cause?.message ?? cause));
  const closed = () => {
    post("closed");
    queueMicrotask(() => port.close());
  };

  const heard = {
    page: (type, visibilityState, persisted) => {
      page.visibilityState = visibilityState;
      const target = type === "visibilitychange" ? page : self;
      target.dispatchEvent(Object.assign(new Event(type), { persisted }));
    },
    rejection: (waiter, what) => near.core?.rejection(waiter, answerOf(waiter, what), host),
    logout: (waiter) => {
      post("ends");
      near.core?.logout(waiter);
    },
    chunk: (waiter, bytes) => bodies.get(waiter)?.(bytes),
    dispose: () => near.dispose(),
  };
  // A refusal of a token that has been renewed while the page was still to hear of it.
  heard.refresh = (waiter, used) => (used && kept && kept !== used ? host.resolve(waiter) : near.core?.refresh(waiter));
  for (const name of ["restore", "login", "adopt", "accessToken", "abandon"]) {
    heard[name] = (...given) => near.core?.[name](...given);
  }

  // As the page got it. The body comes by pieces, as the core asks for them.
  function answerOf(waiter, { status, headers, hasBody }) {
    const body = new ReadableStream(
      {
        pull: (stream) => new Promise((pulled) => {
          bodies.set(waiter, (bytes) => {
            bodies.delete(waiter);
            if (bytes) stream.enqueue(bytes);
            else if (bytes === null) stream.close();
            // It broke off.
            else stream.error();
            pulled();
          });
          post("pull", waiter);
        }),
        cancel: () => {
          bodies.delete(waiter);
          post("cancel", waiter);
        },
      },
      { highWaterMark: 0 },
    );
    // No Response can be made of every status that a server may send.
    return Object.defineProperty(new Response(hasBody ? body : null, { headers }), "status", { value: status });
  }

  page.visibilityState = visibility;
  try {
    boot(module);
    near = new Near(options, null, host, torn, closed);
  } catch (error) {
    if (typeof error?.code === "string") post("refused", error.toJSON());
    else post("failed", String(error?.message ?? error));
    return;
  }
  port.onmessage = ({ data }) => {
    post("heard");
    for (const [name, ...given] of data) heard[name](...given);
  };
  void near.ready().then(() => post("started", near.usage));
}
