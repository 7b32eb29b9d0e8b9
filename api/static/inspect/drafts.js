// Drafts: what one is made of, what it lacks, and how it is sent.
import { day } from "./dom.js";
import { findChecklist, place } from "./data.js";

export const NOTE = "_note";
export const PHOTO = "_photo";
export const FEWEST = 2;

const empty = (data, facility) => ({
  id: crypto.randomUUID(), account: data.account, state: "draft", changed: Date.now(), facility,
  facility_name: place(data, facility)?.name ?? facility, plan: null, inspected_on: day(),
  inspectors: data.officer ? [data.officer] : [], answers: {}, photos: {}, kept: {}, position: null, corrects: [],
  tries: 0, next: 0, posted: false, error: null,
});

// A new draft for a facility; with a task it is the visit that was planned.
export const begin = (data, facility, checklist, task = null) => {
  const draft = empty(data, facility);
  const people = task?.inspectors ?? [];
  return {
    ...draft, checklist: checklist.code, version: checklist.version, plan: task?.plan ?? null,
    inspectors: [...new Set([...draft.inspectors, ...people])],
  };
};

// A draft that corrects a stored record: everything as it is there, photos kept.
export const correct = (data, receipt, name) => {
  const { record } = receipt;
  const kept = Object.fromEntries(receipt.photos.map((photo) => [photo.field, photo.sha256]));
  const position = record.lon === null ? null : { lon: record.lon, lat: record.lat, accuracy_m: record.accuracy_m };
  return {
    ...empty(data, record.facility_code), facility_name: name, checklist: record.checklist, version: record.version,
    plan: record.plan_id, inspected_on: record.inspected_on, answers: { ...record.answers }, kept, position,
    inspectors: [...new Set([...(data.officer ? [data.officer] : []), ...record.inspectors])], corrects: [record.id],
  };
};

export const items = (checklist) => checklist.fields.filter((field) => field.item);

export const countAnswered = (draft, checklist) => items(checklist).filter((item) => draft.answers[item.name]).length;

// What is still missing: [kind, field] pairs.
export const lacks = (data, draft) => {
  const checklist = findChecklist(data, draft.checklist, draft.version);
  const found = [];
  if (!draft.inspected_on || draft.inspected_on > day()) found.push(["day", null]);
  if (draft.inspectors.length < FEWEST) found.push(["inspectors", null]);
  for (const field of checklist.fields) {
    if (field.item && !draft.answers[field.name]) found.push(["item", field]);
    else if (!field.item && field.required && !(draft.answers[field.name] ?? "").trim()) found.push(["item", field]);
  }
  return found;
};

// Notes and photos go with failed items only.
export const isShown = (draft, field) => !field.about || draft.answers[field.about] === "no";

// The draft as the server takes it.
export const toSend = (data, draft) => {
  const checklist = findChecklist(data, draft.checklist, draft.version);
  const answers = {};
  for (const field of checklist.fields) {
    const text = (draft.answers[field.name] ?? "").trim();
    if (text && isShown(draft, field)) answers[field.name] = text;
  }
  const failed = (field) => draft.answers[field.slice(0, -PHOTO.length)] === "no";
  const pick = (held) => Object.fromEntries(Object.entries(held).filter(([field]) => failed(field)));
  const photos = pick(draft.photos);
  const kept = Object.fromEntries(Object.entries(pick(draft.kept)).filter(([field]) => !(field in photos)));
  return {
    id: draft.id, facility: draft.facility, checklist: draft.checklist, version: draft.version,
    inspected_on: draft.inspected_on, inspectors: draft.inspectors, answers,
    photos: Object.fromEntries(Object.entries(photos).map(([field, photo]) => [field, photo.name])),
    kept_photos: kept, plan: draft.plan, corrects: draft.corrects, ...(draft.position ?? {}),
  };
};
