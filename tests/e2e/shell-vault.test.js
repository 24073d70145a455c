// The fence: one entry a key, checked and written in one transaction, and never a promise that hangs or rejects.
import assert from "node:assert/strict";
import { useModule } from "./support/modules.js";

const stage = useModule("vault");

/** An entry without the time at which it was written. */
const plain = (entry) => {
  if (entry) delete entry.at;
  return entry;
};

stage("f88 an entry takes the place of an older one only, by epoch and then by generation", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const entry = (epoch, generation) => ({ epoch, generation, text: `${epoch}.${generation}`, alone: false });
    const outcomes = [];
    for (const [epoch, generation] of [[1, 5], [1, 5], [1, 4], [1, 6], [2, 3], [1, 9], [2, 4]])
      outcomes.push([epoch, generation, await vault.commit("key", entry(epoch, generation))]);
    return { outcomes, last: await vault.read("key"), other: await vault.read("other") };
  });
  assert.deepEqual(seen.outcomes, [
    [1, 5, "saved"], [1, 5, "overtaken"], [1, 4, "overtaken"], [1, 6, "saved"], [2, 3, "saved"], [1, 9, "overtaken"], [2, 4, "saved"],
  ]);
  assert.deepEqual(plain(seen.last), { epoch: 2, generation: 4, text: "2.4", alone: false });
  assert.equal(seen.other, null);
});

stage("f88 of two tabs that commit the same mark at the same time one is saved and one overtaken, two hundred times", { pages: 2 }, async ({ pages }) => {
  // By tens: all at once would take a busy disk longer than one transaction may.
  const commit = async (who) => {
    const outcomes = [];
    for (let first = 0; first < 200; first += 10) {
      const ten = Array.from({ length: 10 }, (_, more) => vault.commit(`key ${first + more}`, { epoch: 0, generation: 1, text: who, alone: false }));
      outcomes.push(...(await Promise.all(ten)));
    }
    return outcomes;
  };
  const [first, second] = await Promise.all(pages.map((page, index) => page.evaluate(commit, `tab ${index}`)));
  const entries = await pages[0].evaluate(async () => {
    const read = [];
    for (let index = 0; index < 200; index += 1) read.push(await vault.read(`key ${index}`));
    return read;
  });
  for (let index = 0; index < 200; index += 1) {
    assert.deepEqual([first[index], second[index]].sort(), ["overtaken", "saved"]);
    assert.equal(entries[index].text, first[index] === "saved" ? "tab 0" : "tab 1");
  }
});

stage("what one tab has committed another reads at once", { pages: 2 }, async ({ pages: [writer, reader] }) => {
  for (let generation = 1; generation <= 50; generation += 1) {
    await writer.evaluate((generation) => vault.commit("key", { epoch: 0, generation, text: "", alone: false }), generation);
    assert.equal(await reader.evaluate(async () => (await vault.read("key")).generation), generation);
  }
});

stage("f64 burying replaces what is of an older epoch by the mark alone, and nothing else", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    await vault.commit("old", { epoch: 1, generation: 9, text: "secret", alone: true });
    await vault.commit("bare", { epoch: 1, generation: 9, text: null, alone: false });
    await vault.commit("same", { epoch: 2, generation: 1, text: "secret", alone: false });
    await vault.commit("ahead", { epoch: 1, generation: 9, text: null, alone: false });
    await vault.bury([["old"], ["bare", { epoch: 1, generation: 9 }], ["same"], ["none"], ["ahead", { epoch: 1, generation: 8 }]], {
      epoch: 2, generation: 10, text: "tombstone",
    });
    return Promise.all(["old", "bare", "same", "none", "ahead"].map((key) => vault.read(key)));
  });
  assert.deepEqual(seen.map(plain), [
    { epoch: 2, generation: 10, text: "tombstone", alone: true },
    { epoch: 2, generation: 10, text: null, alone: false },
    { epoch: 2, generation: 1, text: "secret", alone: false },
    null,
    { epoch: 1, generation: 9, text: null, alone: false },
  ]);
});

stage("a tombstone for the shared entry goes in with the entry of a tab, where the shared one is older", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const below = (epoch) => ({ key: "key", entry: { epoch, generation: 9, text: "tombstone", alone: false } });
    await vault.commit("key", { epoch: 5, generation: 1, text: "shared", alone: false });
    await vault.commit("key#a", { epoch: 4, generation: 9, text: null, alone: false }, undefined, below(4));
    const kept = (await vault.read("key")).text;
    await vault.commit("key#b", { epoch: 6, generation: 9, text: null, alone: false }, undefined, below(6));
    return [kept, (await vault.read("key")).text, await vault.read("key#b")];
  });
  plain(seen[2]);
  assert.deepEqual(seen, ["shared", "tombstone", { epoch: 6, generation: 9, text: null, alone: false }]);
});

stage("marks of tabs are forgotten after ninety days, and nothing else is", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { now } = Date;
    const day = 86_400_000;
    const at = (days) => (Date.now = () => now() - days * day);
    at(91);
    for (const [key, text] of [["key", "shared"], ["key#old", null]]) await vault.commit(key, { epoch: 1, generation: 1, text, alone: false });
    at(89);
    await vault.commit("key#young", { epoch: 1, generation: 1, text: null, alone: false });
    at(0);
    await vault.commit("key#new", { epoch: 1, generation: 1, text: null, alone: false });
    return Promise.all(["key", "key#old", "key#young", "key#new"].map(async (key) => (await vault.read(key)) !== null));
  });
  assert.deepEqual(seen, [true, false, true, true]);
});

stage("f93 an entry that full storage cannot take leaves its mark, and IndexedDB goes on", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    await vault.commit("key", { epoch: 0, generation: 1, text: "small", alone: false });
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      if (!value.text) return put.call(this, value, key);
      Object.defineProperty(this.transaction, "error", { value: new DOMException("", "QuotaExceededError") });
      return this.transaction.abort();
    };
    const outcome = await vault.commit("key", { epoch: 0, generation: 2, text: "large", alone: false });
    return [outcome, await vault.read("key"), vault.works];
  });
  plain(seen[1]);
  assert.deepEqual(seen, ["bare", { epoch: 0, generation: 2, text: null, alone: false }, true]);
});

stage("f93 burying takes tokens out also where storage is too full for the mark, and leaves it where the room was enough", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { put } = IDBObjectStore.prototype;
    const results = [];
    for (const fullFor of ["ever", "once"]) {
      await vault.commit("key", { epoch: 1, generation: 1, text: "refresh-token", alone: false });
      await vault.commit("ahead", { epoch: 9, generation: 1, text: "another", alone: false });
      IDBObjectStore.prototype.put = function () {
        if (fullFor === "once") IDBObjectStore.prototype.put = put;
        Object.defineProperty(this.transaction, "error", { value: new DOMException("", "QuotaExceededError") });
        return this.transaction.abort();
      };
      await vault.bury([["key"], ["ahead"], ["none"]], { epoch: 2, generation: 2, text: "tombstone" });
      IDBObjectStore.prototype.put = put;
      results.push(await Promise.all(["key", "ahead", "none"].map((key) => vault.read(key))));
    }
    return [...results, vault.works];
  });
  const [ever, once, works] = seen;
  const ahead = { epoch: 9, generation: 1, text: "another", alone: false };
  assert.deepEqual(ever.map(plain), [null, ahead, null]);
  assert.deepEqual(once.map(plain), [{ epoch: 2, generation: 2, text: "tombstone", alone: false }, ahead, null]);
  assert.equal(works, true);
});

const missing = {
  "f100 an open() that never calls back": () => (IDBFactory.prototype.open = () => ({})),
  "f100 a transaction that never ends": () => (IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ get: () => ({}) }), abort() {} })),
  "f101 an open() that keeps failing": () => {
    IDBFactory.prototype.open = () => {
      const request = { error: new DOMException("", "UnknownError") };
      setTimeout(() => request.onerror(new Event("error")));
      return request;
    };
  },
  "f91 IndexedDB that throws SecurityError": () => {
    IDBFactory.prototype.open = () => { throw new DOMException("", "SecurityError"); };
  },
  "IndexedDB that is not there": () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }),
};
for (const [title, init] of Object.entries(missing))
  stage(`${title} counts as missing after two seconds at most, and from then on at once`, { init }, async ({ page }) => {
    const seen = await page.evaluate(async () => {
      const first = await timed(Promise.all([vault.read("key"), vault.commit("key", { epoch: 0, generation: 1 }), vault.lease("key", "me", 100)]));
      return { first, works: vault.works, again: await timed(vault.read("key")) };
    });
    assert.deepEqual(seen.first[0], [undefined, undefined, undefined]);
    assert.ok(seen.first[1] < 2500, `${seen.first[1]} ms`);
    assert.equal(seen.works, false);
    assert.equal(seen.again[0], undefined);
    assert.ok(seen.again[1] < 50, `${seen.again[1]} ms`);
  });

stage("f100 IndexedDB that only was busy is asked again after two seconds, and the fence is there again", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    await vault.commit("key", { epoch: 0, generation: 1, text: "kept", alone: false });
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ get: () => ({}) }), abort() {} });
    const busy = await Promise.all([vault.read("key"), vault.read("key"), vault.read("key")]);
    const rested = vault.works;
    IDBDatabase.prototype.transaction = transaction;
    await new Promise((done) => setTimeout(done, 2_100));
    return [busy, rested, (await vault.read("key")).text, vault.works];
  });
  assert.deepEqual(seen, [[undefined, undefined, undefined], false, "kept", true]);
});

stage("f100 a database that opens after all, too late, is closed again: nobody who changes it waits for this page", {
  pages: 1,
  init: () => {
    const own = IDBFactory.prototype.open;
    globalThis.opened = [];
    IDBFactory.prototype.open = function (...given) {
      const real = own.apply(this, given);
      const request = {};
      for (const name of ["onupgradeneeded", "onsuccess", "onerror"])
        Object.defineProperty(request, name, { set: (act) => (real[name] = () => (name === "onsuccess" ? setTimeout(act, 2500) : act())) });
      Object.defineProperty(request, "result", { get: () => (opened.push(real.result), real.result) });
      return request;
    };
  },
}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    await vault.read("key");
    await sleep(1500);
    const closed = opened.map((base) => {
      try {
        base.transaction("sessions");
      } catch (error) {
        return error.name;
      }
    });
    return [vault.works, closed.at(-1)];
  });
  assert.deepEqual(seen, [false, "InvalidStateError"]);
});

for (const name of ["InvalidStateError", "AbortError", "UnknownError"])
  stage(`f101 after one ${name} the database is opened anew and the work is done`, {}, async ({ page }) => {
    const seen = await page.evaluate(async (name) => {
      await vault.commit("key", { epoch: 0, generation: 1, text: "a", alone: false });
      const { transaction } = IDBDatabase.prototype;
      const { open } = IDBFactory.prototype;
      let opened = 0;
      IDBFactory.prototype.open = function (...given) {
        opened += 1;
        return open.apply(this, given);
      };
      IDBDatabase.prototype.transaction = () => {
        IDBDatabase.prototype.transaction = transaction;
        throw new DOMException("", name);
      };
      return [await vault.commit("key", { epoch: 0, generation: 2, text: "b", alone: false }), (await vault.read("key")).text, opened, vault.works];
    }, name);
    assert.deepEqual(seen, ["saved", "b", 1, true]);
  });

stage("f101 f98 a database that another tab deletes is let go at once, and begins anew", { pages: 2 }, async ({ pages: [page, other] }) => {
  await page.evaluate(() => vault.commit("key", { epoch: 0, generation: 7, text: "a", alone: false }));
  const deleted = await other.evaluate(() => new Promise((told) => {
    const request = indexedDB.deleteDatabase("wasm-auth-session");
    request.onsuccess = () => told("deleted");
    request.onblocked = () => told("blocked");
  }));
  const seen = await page.evaluate(async () => [await vault.read("key"), await vault.commit("key", { epoch: 0, generation: 1, text: "b", alone: false })]);
  assert.deepEqual([deleted, ...seen], ["deleted", null, "saved"]);
});

stage("f71 a database of a later version of this package is used as it is", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    await new Promise((done) => {
      const request = indexedDB.open("wasm-auth-session", 9);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("sessions");
        request.result.createObjectStore("something else");
      };
      request.onsuccess = () => done(request.result.close());
    });
    return [await vault.commit("key", { epoch: 0, generation: 1, text: "a", alone: false }), (await vault.read("key")).text];
  });
  assert.deepEqual(seen, ["saved", "a"]);
});
