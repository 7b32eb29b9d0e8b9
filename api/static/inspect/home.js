// The start: what is on this device, what is to be visited, and the search among the own facilities.
import { badge, clock, el, say, t } from "./dom.js";
import { checklistsFor, findChecklist, place, search } from "./data.js";
import { countAnswered, items } from "./drafts.js";

const SHOWN = 30;
const STATES = { draft: "", outbox: "", refused: "bad" };

const progressOf = (data, draft) => {
  const checklist = findChecklist(data, draft.checklist, draft.version);
  return checklist ? t("answered", { done: countAnswered(draft, checklist), all: items(checklist).length }) : "";
};

const draftLine = (data, draft, at, { edit }) => {
  const told = at?.photo ? t("sending_photo", { percent: Math.floor(at.sent / at.size * 100) }) : at?.sending ? t("sending") : "";
  return el("li", { "data-draft": draft.id },
    el("strong", {}, draft.facility_name), " ", badge(t(`state_${draft.state}`), STATES[draft.state]),
    el("p", { class: "soft" }, [draft.inspected_on, progressOf(data, draft), told].filter(Boolean).join(" · ")),
    draft.state === "outbox" && draft.tries ? el("p", { class: "soft" },
      t("tried", { number: draft.tries, at: clock(draft.next) })) : null,
    draft.state === "refused" ? el("p", { class: "problem" }, draft.error) : null,
    draft.posted ? null : el("button", { type: "button", class: "second", onclick: () => edit(draft) }, t("edit")));
};

const kept = (data, drafts, progress, acts) => {
  if (!drafts.length) return null;
  const waiting = drafts.some((draft) => draft.state === "outbox");
  return el("section", { class: "card", "aria-labelledby": "here" }, el("h2", { id: "here" }, t("on_device")),
    el("ul", { class: "plain" }, drafts.map((draft) => draftLine(data, draft, progress.get(draft.id), acts))),
    waiting ? el("button", { type: "button", id: "send-now", onclick: acts.send }, t("send_now")) : null);
};

const sent = (receipts) => (receipts.length ? el("section", { class: "card", "aria-labelledby": "sent" },
  el("h2", { id: "sent" }, t("sent")), el("ul", { class: "plain" }, receipts.map((one) => el("li", { "data-receipt": one.id },
    el("a", { href: `#receipt=${one.id}` }, one.name), " ",
    one.receipt.conflict.length ? badge(t("conflict"), "bad") : badge(t("stored"), "good"),
    el("p", { class: "soft" }, `${clock(one.receipt.record.recorded_at)} · ${one.receipt.sha256.slice(0, 12)}`))))) : null);

const taskLine = (data, task) => {
  const known = data.byCode.has(task.facility);
  const checklist = findChecklist(data, task.checklist);
  const address = new URLSearchParams({ facility: task.facility, checklist: task.checklist });
  if (task.plan) address.set("plan", task.plan);
  return el("li", {}, known ? el("a", { href: `#${address}` }, task.name ?? task.facility) : task.name ?? task.facility, " ",
    badge(t(task.plan ? "planned" : "reinspection")),
    el("p", { class: "soft" }, [task.on, say(checklist?.title), task.findings ? t("findings_number", { number: task.findings }) : ""]
      .filter(Boolean).join(" · ")));
};

const tasks = (data) => el("section", { class: "card", "aria-labelledby": "tasks" }, el("h2", { id: "tasks" }, t("tasks")),
  data.tasks.length ? el("ul", { class: "plain" }, data.tasks.map((task) => taskLine(data, task))) : el("p", {}, t("no_tasks")));

const finder = (data) => {
  const list = el("ul", { class: "plain" });
  const count = el("p", { role: "status", class: "soft" }, t("facilities_number", { number: data.facilities.length }));
  const box = el("input", { type: "search", id: "find", maxLength: 200, autocomplete: "off" });
  box.addEventListener("input", () => {
    const { found, total } = search(data, box.value, SHOWN);
    count.textContent = box.value.trim() ? t("found", { number: total }) : t("facilities_number", { number: data.facilities.length });
    list.replaceChildren(...found.map((one) => el("li", {},
      el("a", { href: `#${new URLSearchParams({ facility: one.code })}` }, one.name),
      el("p", { class: "soft" }, [one.code, one.kind, one.area, one.address].filter(Boolean).join(" · ")))));
  });
  return el("section", { class: "card stack touch", "aria-labelledby": "search" }, el("h2", { id: "search" }, t("search")),
    el("label", {}, t("search_hint"), box), count, list);
};

export const renderHome = (data, drafts, receipts, progress, acts) => el("div", { class: "home" },
  kept(data, drafts, progress, acts), tasks(data), finder(data), sent(receipts),
  el("p", { class: "soft" }, t("data_of", { at: clock(data.made) })));

// Which checklist, where the kind of the facility leaves a choice.
export const renderChoice = (data, code, pick) => {
  const at = place(data, code);
  const fitting = checklistsFor(data, at?.kind);
  return el("div", { class: "card stack touch" }, el("p", {}, t("choose_checklist")),
    fitting.map((one) => el("button", { type: "button", class: "second", onclick: () => pick(one) }, say(one.title))));
};
