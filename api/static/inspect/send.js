// The outbox: photos in pieces that go on where they stopped, then the record, then the receipt is checked.
import { fetchSession } from "./data.js";
import { getDraft, getPhoto, listDrafts, putDraft, settleDraft } from "./db.js";
import { toSend } from "./drafts.js";
import { holds } from "./receipt.js";
import { t } from "./dom.js";

const LOCK = "wangge-inspect-send";
const PIECE = 256 * 1024;
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 300_000;
const PATIENCE = 60_000;
const FORBIDDEN = 403;
const ENOUGH = 3; // so often a refusal may come from a session that has just been replaced

class Refused extends Error {
  constructor(message, status = 0) { super(message); this.status = status; }
}
class SignedOut extends Error {}
class Missing extends Error {}

let timer;

// Exponential back-off with jitter, so that many telephones do not come back at the same moment.
export const wait = (tries, chance = Math.random()) =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries, 20)) * (0.5 + chance / 2);

const messageOf = async (answer) => {
  try { return (await answer.json()).message; } catch { return `${answer.status}`; }
};

// Sends one request; what may pass by itself throws an Error, what stays throws Refused.
const ask = async (session, path, options, fine) => {
  const headers = { ...options.headers, "X-CSRF-Token": session.csrf };
  const answer = await fetch(path, { ...options, headers, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok || fine.includes(answer.status)) return answer;
  if (answer.status === 401 || answer.type === "opaqueredirect") throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429) throw new Error(await messageOf(answer));
  throw new Refused(await messageOf(answer), answer.status);
};

const sendPhoto = async (session, draft, field, name, report) => {
  const { blob } = await getPhoto(draft.id, field);
  const path = `/api/inspections/${draft.id}/photos/${encodeURIComponent(name)}`;
  const start = await ask(session, path, { method: "HEAD" }, []);
  let offset = Number(start.headers.get("Upload-Offset"));
  while (offset < blob.size) {
    report(draft, { photo: name, sent: offset, size: blob.size });
    const body = blob.slice(offset, offset + PIECE);
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    const answer = await ask(session, path, { method: "PATCH", headers, body }, [409]);
    offset = Number(answer.headers.get("Upload-Offset"));
  }
};

const sendRecord = async (session, draft, sent) => {
  draft.posted = true;
  await putDraft(draft);
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(session, "/api/inspections", { method: "POST", headers, body: JSON.stringify(sent) }, [409]);
  const receipt = await answer.json();
  if (answer.ok) return receipt;
  if (receipt.details?.missing) throw new Missing(receipt.message);
  throw new Refused(receipt.message);
};

const sendOne = async (session, data, draft, report) => {
  const sent = toSend(data, draft);
  for (const [field, name] of Object.entries(sent.photos)) await sendPhoto(session, draft, field, name, report);
  const receipt = await sendRecord(session, draft, sent);
  const photos = Object.fromEntries(Object.keys(sent.photos).map((field) => [field, draft.photos[field]]));
  if (!await holds(receipt, sent, { ...draft, photos })) throw new Refused(t("receipt_differs"));
  const kept = { id: draft.id, account: draft.account, name: draft.facility_name, at: Date.now(), receipt };
  await settleDraft(draft, kept);
};

// One try of one draft; what came of it is written down. True where the session does not hold any more.
const attempt = async (session, data, draft, report) => {
  try {
    await sendOne(session, data, draft, report);
    return false;
  } catch (error) {
    if (error instanceof SignedOut) { report(null, { signedOut: true }); return true; }
    const final = error instanceof Refused && (error.status !== FORBIDDEN || draft.tries >= ENOUGH);
    if (final) Object.assign(draft, { state: "refused", error: error.message, posted: false });
    else Object.assign(draft, { tries: draft.tries + 1, next: Date.now() + wait(draft.tries), error: error.message });
    await putDraft(draft);
    return false;
  }
};

const waiting = async (account) => {
  const drafts = (await listDrafts(account)).filter((draft) => draft.state === "outbox");
  return drafts.sort((a, b) => a.changed - b.changed);
};

// True where there is nobody to send for: whoever signs in loads the page anew.
const run = async (data, report, force) => {
  const due = (await waiting(data.account)).filter((draft) => force || draft.next <= Date.now());
  if (!due.length) return false;
  let session;
  try { session = await fetchSession(); } catch { session = undefined; }
  if (session === null) { report(null, { signedOut: true }); return true; }
  if (session && session.account !== data.account) { report(null, { other: session.account }); return true; }
  for (const draft of due) {
    if (!session) {
      await putDraft({ ...draft, tries: draft.tries + 1, next: Date.now() + wait(draft.tries) });
      continue;
    }
    report(draft, { sending: true });
    if (await attempt(session, data, draft, report)) return true;
    report(draft, { done: true });
  }
  return false;
};

// Sends what is due, then sleeps until the next is; `force` does not wait.
export const wake = async (data, report, { force = false } = {}) => {
  clearTimeout(timer);
  const stopped = await navigator.locks.request(LOCK, () => run(data, report, force));
  report(null, { idle: true });
  if (stopped) return;
  const next = Math.min(...(await waiting(data.account)).map((draft) => draft.next));
  clearTimeout(timer);
  if (Number.isFinite(next)) timer = setTimeout(() => wake(data, report), Math.max(1000, next - Date.now()));
};

// Takes a draft out of the outbox to change it; false while it is sent, or where it may have arrived already.
export const takeBack = (id) => navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
  const draft = lock && await getDraft(id);
  if (!draft || draft.posted) return false;
  const error = draft.state === "refused" ? draft.error : null;
  await putDraft({ ...draft, state: "draft", error, tries: 0, next: 0 });
  return true;
});
