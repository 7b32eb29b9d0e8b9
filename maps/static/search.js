"use strict";
/* Search by name or code: a combobox after the ARIA pattern. The light page asks the server, the others look in the model. */

wangge.search = (app) => {
  const { element, t } = wangge;
  const most = 20;
  const input = document.getElementById("query");
  const list = document.getElementById("hits");
  const level = (name) => (name in wangge.words.all.en ? t(name) : name);
  let hits = [], active = -1, turn = 0;

  const inModel = (text) => {
    const wanted = text.toLowerCase();
    const has = (row) => row.code.toLowerCase().startsWith(wanted) || (row.name ?? "").toLowerCase().includes(wanted);
    const areas = app.model.areas.filter(has).map((area) => ({ area, bounds: area.bounds, point: area.point }));
    const facilities = app.model.facilities.filter(has).map((facility) => ({
      facility, bounds: [facility.lon, facility.lat, facility.lon, facility.lat], point: [facility.lon, facility.lat],
    }));
    const found = [...areas, ...facilities];
    return { total: found.length, hits: found.slice(0, most) };
  };
  const onServer = async (text) => {
    const answer = await wangge.ask("/api/areas", { q: text, limit: most });
    const found = (answer?.items ?? []).map(({ bbox, ...area }) => ({
      area, bounds: bbox, point: bbox && [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2],
    }));
    return { total: answer?.total ?? 0, hits: found };
  };

  const close = () => {
    hits = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const pick = (i) => {
    const chosen = hits[i];
    close();
    if (chosen) app.go(chosen);
  };
  const mark = (i) => {
    active = hits.length ? (i + hits.length) % hits.length : -1;
    [...list.querySelectorAll("[role=option]")].forEach((option, n) => {
      option.setAttribute("aria-selected", String(n === active));
      if (n === active) option.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) input.setAttribute("aria-activedescendant", `hit-${active}`);
  };
  const option = ({ area, facility }, i) => {
    const row = area ?? facility;
    const kind = area ? level(area.level) : t("facility");
    return element("li", { role: "option", id: `hit-${i}`, "aria-selected": "false", mousedown: (event) => { event.preventDefault(); pick(i); } },
      element("span", {}, row.name ?? row.code), element("small", {}, `${kind} ${row.code}`));
  };

  const look = async () => {
    const text = input.value.trim();
    const mine = ++turn;
    if (!text) return close();
    const found = app.facts.renderer === "tiles" ? await onServer(text) : inModel(text);
    if (mine !== turn) return undefined;
    hits = found.hits;
    const note = hits.length ? t("found", { count: wangge.number(found.total) }) : t("found_none");
    list.replaceChildren(...hits.map(option), element("li", { class: "note", role: "presentation" }, note));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    document.getElementById("live").textContent = note;
    return mark(0);
  };
  const later = L.Util.throttle(look, 180, null);

  input.addEventListener("input", later);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Enter") pick(active);
    else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else return;
    event.preventDefault();
  });
};
