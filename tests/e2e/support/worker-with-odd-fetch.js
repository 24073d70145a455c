// A worker of isolated sessions, as a caller may make one: something has wrapped its `fetch`.
import "/odd-fetch.js";
import "/dist/worker.js";
