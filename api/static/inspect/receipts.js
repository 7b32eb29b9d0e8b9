// A receipt as somebody reads it: when, the hash, how much, what follows, and all of it to be opened.
import { badge, clock, el, say, t } from "./dom.js";
import { findChecklist } from "./data.js";

const line = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

const finding = (checklist, found) => {
  const item = checklist?.fields.find((field) => field.name === found.item);
  return el("li", {}, badge(t(`severity_${found.severity}`)), " ", say(item?.label) || found.item,
    el("p", { class: "soft" }, found.due_on ? t("due_on", { day: found.due_on }) : t("due_unknown")));
};

export const renderReceipt = (data, kept, { forget }) => {
  const { receipt } = kept;
  const { record } = receipt;
  const checklist = findChecklist(data, record.checklist, record.version);
  const visit = `/inspections/${encodeURIComponent(record.inspection_code)}`;
  return el("article", { class: "card receipt" },
    el("p", { class: "message" }, t("is_stored")),
    receipt.conflict.length ? el("p", { class: "problem", role: "alert" }, t("is_conflict"), " ",
      el("a", { href: `${visit}#settle` }, t("settle"))) : null,
    el("dl", {}, line(t("facility"), `${kept.name} ${record.facility_code}`), line(t("day"), record.inspected_on),
      line(t("recorded_at"), clock(record.recorded_at)), line(t("result"), t(`result_${record.result}`)),
      line(t("hash"), receipt.sha256.slice(0, 12)), line(t("answers"), Object.keys(record.answers).length),
      line(t("photos"), receipt.photos.length)),
    receipt.findings.length ? el("h3", {}, t("findings")) : null,
    receipt.findings.length ? el("ul", { class: "plain" }, receipt.findings.map((one) => finding(checklist, one))) : null,
    el("details", {}, el("summary", {}, t("whole_receipt")),
      el("pre", { class: "whole", tabindex: "0" }, JSON.stringify(receipt, null, 2))),
    el("p", { class: "actions" }, el("a", { class: "button second", href: `#correct=${record.id}` }, t("correct")),
      el("a", { class: "button second", href: visit }, t("all_versions")),
      el("button", { type: "button", class: "second", onclick: () => forget(kept) }, t("forget"))));
};
