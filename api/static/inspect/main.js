// Recording inspections, with a network or without: which part of the page is shown, and when the outbox is sent.
import { byId, el, t } from "./dom.js";
import { cached, checklistsFor, fetchData, fetchSession, findChecklist, place } from "./data.js";
import { dropDraft, dropReceipt, getDraft, getReceipt, listDrafts, listReceipts } from "./db.js";
import { begin, correct } from "./drafts.js";
import { renderForm } from "./form.js";
import { renderChoice, renderHome } from "./home.js";
import { renderReceipt } from "./receipts.js";
import { takeBack, wake } from "./send.js";

const state = { data: null, session: null, progress: new Map(), note: "" };

const show = (title, ...parts) => {
  byId("view").replaceChildren(el("h2", { id: "view-title", tabindex: "-1" }, title), ...parts);
  document.documentElement.dataset.ready = "yes";
};

const signIn = () => el("a", { href: `/login?next=${encodeURIComponent("/inspect")}` }, t("sign_in"));

// How things stand, in one line above everything.
const tell = () => {
  const lines = {
    offline: () => [t("offline")],
    out: () => [t("signed_out"), " ", signIn()],
    other: () => [t("other_account")],
    online: () => [],
  }[state.session ?? "online"]();
  const note = state.note ? [el("p", { class: "message" }, state.note)] : [];
  byId("state").replaceChildren(...(lines.length ? [el("p", { class: "message" }, ...lines)] : []), ...note);
  byId("account").textContent = state.data?.account ?? "";
};

// A record that arrived changes what is to be visited; what was said of the outbox is over.
const fetchAgain = async () => {
  const fresh = await fetchData().catch(() => null);
  if (fresh?.account !== state.data.account) return;
  Object.assign(state, { data: fresh, note: "" });
  tell();
  if (isHome()) await home();
};

const report = (draft, news) => {
  if (news.signedOut) state.session = "out";
  if (news.other) state.session = "other";
  if (draft && news.done) state.progress.delete(draft.id);
  else if (draft) state.progress.set(draft.id, news);
  if (news.signedOut || news.other) tell();
  if (isHome() && (draft || news.idle)) home();
  if (news.done) fetchAgain();
};

const send = (options) => wake(state.data, report, options);

const asked = () => new URLSearchParams(location.hash.slice(1));
const isHome = () => !["draft", "facility", "receipt", "correct"].some((name) => asked().has(name));

const home = async () => {
  const { account } = state.data;
  const [drafts, receipts] = await Promise.all([listDrafts(account), listReceipts(account)]);
  if (!isHome()) return;
  drafts.sort((a, b) => b.changed - a.changed);
  receipts.sort((a, b) => b.at - a.at);
  const done = new Set([...receipts.map((one) => one.receipt.record.plan_id),
    ...drafts.filter((one) => one.state === "outbox").map((one) => one.plan)]);
  const left = { ...state.data, tasks: state.data.tasks.filter((task) => !task.plan || !done.has(task.plan)) };
  const typed = byId("find")?.value;
  const focused = document.activeElement?.id;
  show(t("home"), renderHome(left, drafts, receipts, state.progress, { edit, send: () => send({ force: true }) }));
  if (typed) { byId("find").value = typed; byId("find").dispatchEvent(new Event("input")); }
  if (focused) byId(focused)?.focus();
};

const edit = async (draft) => {
  if (draft.state !== "draft" && !await takeBack(draft.id)) { state.note = t("not_now"); tell(); return; }
  location.hash = `draft=${draft.id}`;
};

const finish = async () => {
  state.note = t("in_outbox");
  tell();
  location.hash = "";
  await send({ force: true });
};

const discard = async (draft) => {
  if (!confirm(t("discard_sure"))) return;
  await dropDraft(draft.id);
  location.hash = "";
};

const forget = async (kept) => {
  if (!confirm(t("forget_sure"))) return;
  await dropReceipt(kept.id);
  location.hash = "";
};

const form = (draft) => show(draft.facility_name, renderForm(state.data, draft, { finish, discard }));

const nothing = (text) => show(t("home"), el("p", { class: "problem" }, text), el("p", {}, el("a", { href: "#" }, t("back"))));

const openDraft = async (id) => {
  const draft = await getDraft(id);
  if (!draft || draft.account !== state.data.account || draft.state === "outbox") { nothing(t("no_draft")); return; }
  if (findChecklist(state.data, draft.checklist, draft.version)) form(draft);
  else nothing(t("no_checklist"));
};

// The draft that there is for this visit, else a new one.
const openFacility = async (code, wanted, plan) => {
  const at = place(state.data, code);
  if (!at) { nothing(t("no_facility", { code })); return; }
  const drafts = await listDrafts(state.data.account);
  const held = drafts.find((one) => one.state !== "outbox" && one.facility === code && one.plan === plan
    && !one.corrects.length && (!wanted || one.checklist === wanted));
  if (held) { location.replace(`#draft=${held.id}`); return; }
  if (plan && drafts.some((one) => one.plan === plan)) { nothing(t("not_now")); return; }
  const task = state.data.tasks.find((one) => one.facility === code && one.plan && one.plan === plan) ?? null;
  const fitting = checklistsFor(state.data, at.kind);
  const chosen = wanted ? findChecklist(state.data, wanted) : fitting.length === 1 ? fitting[0] : null;
  if (chosen) form(begin(state.data, code, chosen, task));
  else show(at.name, renderChoice(state.data, code, (one) => form(begin(state.data, code, one, task))));
};

const openReceipt = async (id) => {
  const kept = await getReceipt(id);
  if (!kept || kept.account !== state.data.account) nothing(t("no_draft"));
  else show(t("receipt"), renderReceipt(state.data, kept, { forget }));
};

const openCorrection = async (id) => {
  const drafts = await listDrafts(state.data.account);
  const held = drafts.find((one) => one.state !== "outbox" && one.corrects.includes(id));
  if (held) { location.replace(`#draft=${held.id}`); return; }
  const kept = await getReceipt(id);
  let receipt = kept?.account === state.data.account ? kept.receipt : null;
  try {
    const answer = receipt ? null : await fetch(`/api/inspections/${encodeURIComponent(id)}`);
    if (answer?.ok) receipt = await answer.json();
  } catch { /* without a network there is nothing to correct */ }
  if (!receipt) { nothing(t("no_record")); return; }
  const name = place(state.data, receipt.record.facility_code)?.name ?? receipt.record.facility_code;
  if (findChecklist(state.data, receipt.record.checklist, receipt.record.version)) form(correct(state.data, receipt, name));
  else nothing(t("no_checklist"));
};

const route = async () => {
  if (location.hash === "#main" || location.hash === "#view-title") return;
  if (!state.data) { show(t("home"), el("p", { class: "message" }, t(state.session === "out" ? "signed_out" : "first_time")),
    state.session === "out" ? signIn() : ""); return; }
  const wanted = asked();
  if (wanted.has("draft")) await openDraft(wanted.get("draft"));
  else if (wanted.has("facility")) await openFacility(wanted.get("facility"), wanted.get("checklist"), wanted.get("plan"));
  else if (wanted.has("receipt")) await openReceipt(wanted.get("receipt"));
  else if (wanted.has("correct")) await openCorrection(wanted.get("correct"));
  else await home();
};

// Asks who is signed in and fetches what is new; without a network all stays as it is.
const refresh = async () => {
  const before = state.data?.account;
  try {
    const session = await fetchSession();
    state.session = session ? "online" : "out";
    if (session) state.data = await fetchData();
  } catch {
    state.session = "offline";
  }
  tell();
  if (before !== state.data?.account || isHome()) await route();
  if (state.data) await send();
};

const register = async () => {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/inspect/worker.js", { scope: "/inspect" });
    const ready = await navigator.serviceWorker.ready;
    ready.active?.postMessage({ language: document.documentElement.lang });
  } catch { state.note = t("no_worker"); tell(); }
};

const boot = async () => {
  addEventListener("hashchange", async () => { state.note = location.hash ? "" : state.note; tell(); await route(); byId("view-title")?.focus(); });
  addEventListener("online", refresh);
  addEventListener("offline", () => { state.session = "offline"; tell(); });
  register();
  state.data = await cached();
  if (state.data) { tell(); await route(); }
  await refresh();
  if (!state.data) await route();
  await navigator.storage?.persist?.();
};

boot();
