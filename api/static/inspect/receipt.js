// Whether a receipt says what was sent: its hash is computed anew, answers and photos are compared.
import { sha256 } from "./photo.js";

const FLOATS = new Set(["lon", "lat", "accuracy_m"]);

// A number with a fraction as Python writes it: 8.0, 1e-05.
export const float = (value) => {
  if (Object.is(value, -0)) return "-0.0";
  const [digits, power] = value.toExponential().split("e");
  if (value && (power < -4 || power >= 16)) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
};

// JSON with sorted keys and no blanks, as the server hashes it.
export const canonical = (value, name = "") => {
  if (Array.isArray(value)) return `[${value.map((part) => canonical(part)).join(",")}]`;
  if (value && typeof value === "object") {
    const parts = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key], key)}`);
    return `{${parts.join(",")}}`;
  }
  return typeof value === "number" && FLOATS.has(name) ? float(value) : JSON.stringify(value);
};

const same = (one, other) => canonical(one) === canonical(other);

const samePhotos = (photos, sent, draft) => {
  const expected = new Map();
  for (const [field, photo] of Object.entries(draft.photos)) expected.set(field, ["sent_sha256", photo.sha256]);
  for (const [field, mark] of Object.entries(sent.kept_photos)) expected.set(field, ["sha256", mark]);
  return photos.length === expected.size && photos.every((photo) => {
    const [name, mark] = expected.get(photo.field) ?? [];
    return name && photo[name] === mark;
  });
};

// True where the receipt is whole and is of what was sent.
export const holds = async (receipt, sent, draft) => {
  const text = canonical([receipt.record, receipt.photos]);
  if (await sha256(new TextEncoder().encode(text)) !== receipt.sha256) return false;
  const { record } = receipt;
  return record.id === sent.id && record.facility_code === sent.facility
    && ["checklist", "version", "inspected_on"].every((name) => record[name] === sent[name])
    && same(record.inspectors, sent.inspectors) && same(record.answers, sent.answers)
    && same(record.corrects, sent.corrects) && samePhotos(receipt.photos, sent, draft);
};
