// The form of one draft, made from its checklist; every change is kept on this device at once.
import { badge, byId, clock, day, el, say, t } from "./dom.js";
import { findChecklist, place } from "./data.js";
import { dropPhoto, getPhoto, putDraft, putPhoto } from "./db.js";
import { NOTE, PHOTO, countAnswered, items, lacks } from "./drafts.js";
import { sha256, shrink } from "./photo.js";

const KEEP_MS = 150;

// Keeps the draft; changes that come while it is being written are written after it.
const keeper = (draft) => {
  let timer;
  let last = Promise.resolve();
  const tell = (text, failed) => {
    const line = byId("kept");
    if (!line) return;
    line.textContent = text;
    line.className = failed ? "problem" : "";
    line.role = failed ? "alert" : null;
  };
  const now = () => {
    clearTimeout(timer);
    draft.changed = Date.now();
    last = last.then(() => putDraft(draft)).then(
      () => { tell(t("kept_at", { at: clock(draft.changed) }), false); return true; },
      () => { tell(t("not_kept"), true); return false; });
    return last;
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(now, KEEP_MS); };
  return { now, soon };
};

const details = (hint, basis) => (hint || basis) && el("details", {}, el("summary", {}, t("hint")),
  hint && el("p", {}, hint), basis && el("p", { class: "soft" }, `${t("basis")}: ${basis}`));

const showPhoto = async (draft, field, box) => {
  const held = draft.photos[field] && await getPhoto(draft.id, field);
  const source = held ? URL.createObjectURL(held.blob) : draft.kept[field] && `/api/photos/${draft.kept[field]}`;
  const remove = el("button", { type: "button", class: "second", onclick: () => removePhoto(draft, field, box) },
    t("remove_photo"));
  box.replaceChildren(...(source ? [el("img", { src: source, alt: t("photo_of_item") }), remove] : []));
};

const removePhoto = async (draft, field, box) => {
  delete draft.photos[field];
  delete draft.kept[field];
  await dropPhoto(draft, field);
  await showPhoto(draft, field, box);
};

const takePhoto = async (draft, field, input, box) => {
  const [file] = input.files;
  if (!file) return;
  try {
    const blob = await shrink(file);
    const mark = await sha256(await blob.arrayBuffer());
    draft.photos[field] = { name: `${field}-${mark.slice(0, 12)}.jpg`, size: blob.size, sha256: mark };
    delete draft.kept[field];
    await putPhoto(draft, field, blob);
    await showPhoto(draft, field, box);
  } catch (error) {
    const full = error?.name === "QuotaExceededError";
    delete draft.photos[field];
    box.replaceChildren(el("p", { class: "problem", role: "alert" }, t(full ? "not_kept" : "no_photo")));
  }
  input.value = "";
};

const photoField = (draft, item, question) => {
  const field = item.name + PHOTO;
  const box = el("div", { class: "photo" });
  const input = el("input", { type: "file", accept: "image/*", capture: "environment", name: field });
  input.addEventListener("change", () => takePhoto(draft, field, input, box));
  showPhoto(draft, field, box);
  const hint = el("small", { id: `hint-${field}` }, say(question.hint));
  input.setAttribute("aria-describedby", hint.id);
  return el("div", {}, el("label", {}, t("photo"), input), hint, box);
};

const noteField = (draft, keep, name, label, hint, required) => {
  const text = el("textarea", { name, rows: 3, maxLength: 2000, required });
  text.value = draft.answers[name] ?? "";
  text.addEventListener("input", () => { draft.answers[name] = text.value; keep.soon(); });
  return el("label", {}, label, text, hint && el("small", {}, hint));
};

const choice = (draft, item, checklist, value, onpick) => {
  const input = el("input", { type: "radio", name: item.name, value, checked: draft.answers[item.name] === value });
  input.addEventListener("change", () => onpick(value));
  return el("label", { class: `choice ${value}` }, input, el("span", {}, say(checklist.choices[value])));
};

const itemField = (draft, keep, checklist, item, said) => {
  const about = checklist.fields.filter((field) => field.about === item.name);
  const note = about.find((field) => field.name === item.name + NOTE);
  const photo = about.find((field) => field.name === item.name + PHOTO);
  const failed = el("div", { class: "failed", hidden: draft.answers[item.name] !== "no" },
    note && noteField(draft, keep, note.name, t("what_is_wrong"), say(note.hint), false),
    photo && photoField(draft, item, photo));
  const pick = (value) => {
    draft.answers[item.name] = value;
    failed.hidden = value !== "no";
    said();
    keep.now();
  };
  return el("fieldset", { class: "item", id: `item-${item.name}` },
    el("legend", {}, say(item.label), " ", badge(t(`severity_${item.severity}`))),
    el("div", { class: "choices" }, ["yes", "no", "na"].map((value) => choice(draft, item, checklist, value, pick))),
    details(say(item.hint), item.legal_basis), failed);
};

const inspectorField = (data, draft, keep) => {
  const list = el("div", { class: "people" });
  const toggle = (code, on) => {
    draft.inspectors = on ? [...draft.inspectors, code] : draft.inspectors.filter((held) => held !== code);
    keep.now();
  };
  const line = ([code, name, department]) => {
    const own = code === data.officer;
    const box = el("input", { type: "checkbox", value: code, disabled: own, checked: draft.inspectors.includes(code) });
    box.addEventListener("change", () => toggle(code, box.checked));
    return el("label", { class: "row" }, box, `${name} ${code}`, department && el("small", {}, department));
  };
  const known = new Set(data.inspectors.map(([code]) => code));
  draft.inspectors = draft.inspectors.filter((code) => known.has(code));
  const chosen = new Set(draft.inspectors);
  const order = [...data.inspectors].sort((a, b) => chosen.has(b[0]) - chosen.has(a[0]));
  list.append(...order.map(line));
  return el("fieldset", { id: "inspectors" }, el("legend", {}, t("inspectors")), list);
};

// One look at where the telephone is, when somebody asks for it; it is never followed.
const placeField = (draft, keep) => {
  const line = el("p", { role: "status" });
  const show = (problem) => {
    const at = draft.position;
    line.textContent = problem ?? (at ? t("position_is", { lat: at.lat, lon: at.lon, metres: at.accuracy_m ?? "?" })
      : t("no_position"));
  };
  const found = ({ coords }) => {
    const round = (value, digits) => Number(value.toFixed(digits));
    draft.position = { lon: round(coords.longitude, 7), lat: round(coords.latitude, 7), accuracy_m: round(coords.accuracy, 1) };
    show();
    keep.now();
  };
  const ask = () => navigator.geolocation.getCurrentPosition(found, () => show(t("position_failed")),
    { enableHighAccuracy: true, timeout: 30_000, maximumAge: 0 });
  show();
  return el("div", { class: "place" }, line,
    el("button", { type: "button", class: "second", id: "take-position", onclick: ask }, t("take_position")));
};

const visit = (data, draft, keep) => {
  const when = el("input", { type: "date", name: "inspected_on", value: draft.inspected_on, max: day(), required: true });
  when.addEventListener("change", () => { draft.inspected_on = when.value; keep.now(); });
  return el("section", { class: "card stack" }, el("h3", {}, t("visit")),
    el("label", {}, t("day"), when), inspectorField(data, draft, keep), placeField(draft, keep));
};

const group = (draft, keep, checklist, one, said) => {
  const own = checklist.fields.filter((field) => field.group === one.name && !field.about);
  const parts = own.map((field) => (field.item ? itemField(draft, keep, checklist, field, said)
    : noteField(draft, keep, field.name, say(field.label), say(field.hint), field.required)));
  return parts.length ? el("section", { class: "card stack" }, one.label && el("h3", {}, say(one.label)), ...parts) : null;
};

const words = (kind, field) => (kind === "item" ? t("not_answered", { label: say(field.label) }) : t(`lacks_${kind}`));

const whereIs = (kind, field, root) => root.querySelector(kind === "day" ? "[name=inspected_on]"
  : kind === "inspectors" ? "#inspectors input:not(:disabled)" : `[name="${field.name}"]`);

const showLacks = (found, box, root) => {
  const jump = (kind, field) => { const at = whereIs(kind, field, root); at?.scrollIntoView({ block: "center" }); at?.focus(); };
  box.replaceChildren(el("p", {}, t("lacks", { number: found.length })), el("ul", {}, found.slice(0, 8).map(([kind, field]) =>
    el("li", {}, el("button", { type: "button", class: "plain link", onclick: () => jump(kind, field) }, words(kind, field))))));
  box.hidden = false;
  box.focus();
};

// The form; `finish` is called when it is whole, `discard` when the draft is to go.
export const renderForm = (data, draft, { finish, discard }) => {
  const checklist = findChecklist(data, draft.checklist, draft.version);
  const keep = keeper(draft);
  const count = el("p", { class: "progress", role: "status" });
  const said = () => {
    count.textContent = t("answered", { done: countAnswered(draft, checklist), all: items(checklist).length });
  };
  said();
  const box = el("div", { class: "problem", role: "alert", tabindex: "-1", hidden: true });
  const at = place(data, draft.facility);
  const root = el("form", { class: "inspect stack touch", novalidate: true });
  root.append(
    el("p", { class: "soft" }, [draft.facility, at?.kind, at?.address, say(checklist.title)].filter(Boolean).join(" · ")),
    draft.corrects.length ? el("p", { class: "message" }, t("is_correction")) : "",
    draft.error ? el("p", { class: "problem", role: "alert" }, t("refused_because", { why: draft.error })) : "",
    visit(data, draft, keep),
    ...[...checklist.groups, { name: null }].map((one) => group(draft, keep, checklist, one, said)).filter(Boolean),
    el("div", { class: "finish" }, count, el("p", { id: "kept", "aria-live": "off" }, t("kept_here")), box,
      el("button", { type: "submit", id: "finish" }, t("finish")),
      el("a", { class: "button second", href: "#" }, t("later")),
      el("button", { type: "button", class: "second", id: "discard", onclick: () => discard(draft) }, t("discard"))));
  root.addEventListener("change", () => { box.hidden = true; });
  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = lacks(data, draft);
    if (found.length) { showLacks(found, box, root); return; }
    Object.assign(draft, { state: "outbox", error: null, tries: 0, next: 0 });
    if (await keep.now()) finish(draft);
    else draft.state = "draft";
  });
  return root;
};
