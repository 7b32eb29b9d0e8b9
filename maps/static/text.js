"use strict";
/* Words and elements. Both languages come with the page; every text goes into the document as text. */
var wangge = {};

wangge.words = { all: {}, lang: "zh" };

/* The text of a key in the reader's language, {places} filled in. An unknown key stands for itself. */
wangge.t = (key, values = {}) => {
  const text = wangge.words.all[wangge.words.lang][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
};

wangge.number = (value, digits = 0) =>
  value.toLocaleString(wangge.words.lang === "zh" ? "zh-CN" : "en", { maximumFractionDigits: digits });

wangge.squareMetres = (value) => wangge.t("square_metres", { area: wangge.number(value) });

wangge.period = (from, to) => {
  if (from && to) return wangge.t("from_to", { from, to });
  if (from) return wangge.t("since", { from });
  return to ? wangge.t("until", { to }) : "";
};

/* An element with attributes and children; a child that is no element becomes a text node. */
wangge.element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
};

/* One of the page's own icons. */
wangge.icon = (name) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
};

/* Takes a shape out of the way of the tab key: its tooltip would make it a stop, and there are thousands. What it tells
   is reached by the search, the list or the table. */
wangge.passOver = (shape) => shape.getElement()?.setAttribute("tabindex", "-1");

/* Writes all fixed texts of the document in one language. */
wangge.speak = (lang) => {
  wangge.words.lang = lang;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = wangge.t("title");
  for (const part of document.querySelectorAll("[data-text]")) part.textContent = wangge.t(part.dataset.text);
  for (const part of document.querySelectorAll("[data-label]")) part.setAttribute("aria-label", wangge.t(part.dataset.label));
  for (const part of document.querySelectorAll("[data-hint]")) part.placeholder = wangge.t(part.dataset.hint);
};

/* Colours of officers: steps of the golden angle, so that neighbours in any order are far apart. */
wangge.hues = () => {
  const seen = new Map();
  return (officer) => {
    if (!seen.has(officer)) seen.set(officer, Math.round((168 + seen.size * 137.508) % 360));
    return seen.get(officer);
  };
};
