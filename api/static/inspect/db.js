// What this device keeps: drafts, their photos and receipts. A write is on disk before it counts as done.
const NAME = "wangge-inspect";
const STRICT = { durability: "strict" };
let opened;

const open = () => {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("drafts", { keyPath: "id" }).createIndex("account", "account");
      db.createObjectStore("photos", { keyPath: ["draft", "field"] });
      db.createObjectStore("receipts", { keyPath: "id" }).createIndex("account", "account");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => { opened = undefined; reject(asked.error); };
  });
  return opened;
};

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const read = async (store, ask) => {
  const db = await open();
  return answer(ask(db.transaction(store, "readonly").objectStore(store)));
};

const write = async (stores, work) => {
  const db = await open();
  const done = db.transaction(stores, "readwrite", STRICT);
  return new Promise((resolve, reject) => {
    done.oncomplete = () => resolve();
    done.onerror = done.onabort = () => reject(done.error);
    work(done);
  });
};

const photosOf = (id) => IDBKeyRange.bound([id], [id, []]);

export const getDraft = (id) => read("drafts", (store) => store.get(id));
export const putDraft = (draft) => write(["drafts"], (work) => work.objectStore("drafts").put(draft));
export const listDrafts = (account) => read("drafts", (store) => store.index("account").getAll(account));
export const getPhoto = (id, field) => read("photos", (store) => store.get([id, field]));
export const getReceipt = (id) => read("receipts", (store) => store.get(id));
export const listReceipts = (account) => read("receipts", (store) => store.index("account").getAll(account));
export const dropReceipt = (id) => write(["receipts"], (work) => work.objectStore("receipts").delete(id));

// The photo and the draft that names it, both or neither.
export const putPhoto = (draft, field, blob) => write(["drafts", "photos"], (work) => {
  work.objectStore("photos").put({ draft: draft.id, field, blob });
  work.objectStore("drafts").put(draft);
});

export const dropPhoto = (draft, field) => write(["drafts", "photos"], (work) => {
  work.objectStore("photos").delete([draft.id, field]);
  work.objectStore("drafts").put(draft);
});

export const dropDraft = (id) => write(["drafts", "photos"], (work) => {
  work.objectStore("drafts").delete(id);
  work.objectStore("photos").delete(photosOf(id));
});

// The receipt takes the place of the draft and its photos, in one step.
export const settleDraft = (draft, receipt) => write(["drafts", "photos", "receipts"], (work) => {
  work.objectStore("receipts").put(receipt);
  work.objectStore("drafts").delete(draft.id);
  work.objectStore("photos").delete(photosOf(draft.id));
});
