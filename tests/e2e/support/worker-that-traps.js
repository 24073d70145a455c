// The package's worker, which traps when told to by `{ trapAt: name }`.
import "/traps.js";
import "/dist/worker.js";

self.addEventListener("message", ({ data }) => data.trapAt && trapAt(data.trapAt));
