// Checklists, facilities, inspectors and tasks: from the network where there is one, else as they were last fetched.
export const CACHE = "wangge-inspect-data";
const ADDRESS = "/inspect/data.json";
const OWNER = "wangge-inspect-account";

const dress = (data) => {
  data.haystack = data.facilities.map(([code, name, , address]) => `${code} ${name} ${address ?? ""}`.toLowerCase());
  data.byCode = new Map(data.facilities.map((row, at) => [row[0], at]));
  data.names = new Map(data.inspectors.map(([code, name]) => [code, name]));
  return data;
};

export const cached = async () => {
  const held = await (await caches.open(CACHE)).match(ADDRESS);
  return held ? dress(await held.json()) : null;
};

const isJson = (answer) => !answer.redirected && (answer.headers.get("content-type") ?? "").startsWith("application/json");

// Whose session this is, with its fresh secret; null where nobody is signed in. Throws without a network.
export const fetchSession = async () => {
  const answer = await fetch("/inspect/session.json", { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
  return answer.ok && isJson(answer) ? answer.json() : null;
};

export const fetchData = async () => {
  const answer = await fetch(ADDRESS, { signal: AbortSignal.timeout(120_000) });
  if (!answer.ok || !isJson(answer)) throw new Error(`status ${answer.status}`);
  const data = await answer.clone().json();
  await (await caches.open(CACHE)).put(ADDRESS, answer);
  localStorage.setItem(OWNER, data.account);
  return dress(data);
};

export const place = (data, code) => {
  const row = data.facilities[data.byCode.get(code)];
  if (!row) return null;
  const [own, name, kind, address, area] = row;
  return { code: own, name, kind: data.kinds[kind] ?? null, address, area: data.areas[area] ?? null };
};

// Facilities in which every word of the text occurs: at most `most` of them, and how many there are.
export const search = (data, text, most) => {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  let total = 0;
  if (!parts.length) return { found, total };
  for (let at = 0; at < data.haystack.length; at++) {
    if (!parts.every((part) => data.haystack[at].includes(part))) continue;
    if (total++ < most) found.push(place(data, data.facilities[at][0]));
  }
  return { found, total };
};

// Checklists for a facility: those for its kind first made for it, else all of them; the latest versions.
export const checklistsFor = (data, kind) => {
  const newest = data.checklists.filter((one) => one.latest);
  const fitting = newest.filter((one) => one.kinds.includes(kind));
  fitting.sort((a, b) => a.kinds.indexOf(kind) - b.kinds.indexOf(kind));
  return fitting.length ? fitting : newest;
};

export const findChecklist = (data, code, version) =>
  data.checklists.find((one) => one.code === code && (version ? one.version === version : one.latest));
