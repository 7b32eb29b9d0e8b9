// Words of the page, and elements made without markup: every text goes in as text.
export const words = JSON.parse(document.getElementById("words").textContent);
export const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

// A word of the page with its {places} filled in.
export const t = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

// A label of a checklist in the language of the page.
export const say = (labels) => labels?.[lang] || labels?.zh || labels?.en || "";

export const el = (tag, props = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
};

export const byId = (id) => document.getElementById(id);

export const badge = (text, kind = "") => el("span", { class: `badge ${kind}` }, text);

const two = (number) => String(number).padStart(2, "0");

export const clock = (moment) => {
  const at = new Date(moment);
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

// The day where this telephone is, YYYY-MM-DD.
export const day = (at = new Date()) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
