"use strict";
/* The routes of a sweep with their numbered stops; by day and team; and the time-table, which says the same in words. */

/* One colour a team, spread around the circle; the shade is the style sheet's. */
wangge.hueOf = (teams) => new Map(teams.map((team, i) => [team, Math.round((i * 360) / Math.max(1, teams.length) + 160) % 360]));

wangge.stopFace = (text, hue, className) => {
  const face = wangge.element("span", { class: `stop ${className}` }, text);
  if (hue !== undefined) face.style.setProperty("--hue", hue);
  return L.divIcon({ html: face, className: "marker", iconSize: [30, 30] });
};

/* A map that stands inside a page as text is of a plan that is stored nowhere: that page stays open. */
wangge.stopCard = (stop, served) => {
  const { element, t } = wangge;
  const target = location.protocol === "about:" ? "_blank" : "_top";
  const link = served ? element("p", {}, element("a", { href: `/facilities/${encodeURIComponent(stop.code)}`, target }, t("details"))) : null;
  return element("div", { class: "card" }, element("h3", {}, stop.number ? `${stop.number}. ${stop.name}` : stop.name),
    element("p", { class: "chips" }, stop.number ? null : element("span", { class: "chip lapsed" }, t("unvisited")),
      stop.must ? element("span", { class: "chip" }, t("must_be")) : null),
    wangge.factsList([["code", stop.code], ["kind", stop.kind], ["team", stop.team], ["day", stop.day],
      ["visit", stop.number ? t("from_until", { from: stop.arrive, until: stop.leave }) : null], ["reason", stop.reason]]), link);
};

/* Route -> its line, stop -> its mark; a line or a mark is on the map while its day and team are chosen. */
wangge.sweepLayers = (app, stops, routes, hue) => {
  const { element, t } = wangge;
  const lines = routes.map((route) => {
    const line = L.polyline(route.line.map(([x, y]) => [y, x]), { className: "route" });
    line.bindTooltip(() => element("span", {}, wangge.routeWords(route)), { sticky: true });
    line.on("add", () => {
      line.getElement()?.style.setProperty("--hue", hue.get(route.team));
      wangge.passOver(line);
    });
    return [route, line];
  });
  const marks = stops.map((stop) => {
    const said = stop.number ? t("stop", stop) : `${stop.name}: ${t("unvisited")}`;
    const icon = stop.number ? wangge.stopFace(String(stop.number), hue.get(stop.team), "visited") : wangge.stopFace("×", undefined, "left");
    const mark = L.marker([stop.lat, stop.lon], { icon, riseOnHover: true, title: said, alt: said, zIndexOffset: stop.number ? 0 : -500 });
    return [stop, mark.bindPopup(() => wangge.stopCard(stop, app.facts.served), { maxWidth: 280, minWidth: 200 })];
  });
  for (const home of wangge.rows(app.data.homes)) {
    const said = `${home.name}. ${t("home_of", home)}`;
    const face = wangge.stopFace("", undefined, "base");
    face.options.html.append(wangge.icon("home"));
    L.marker([home.lat, home.lon], { icon: face, title: said, alt: said, zIndexOffset: -800 }).bindPopup(() => element("p", {}, said)).addTo(app.map);
  }
  return { lines: new Map(lines), marks: new Map(marks) };
};

wangge.routeWords = (route) => wangge.t("route", { ...route, minutes: wangge.number(route.minutes), km: wangge.number(route.km, 1) });

/* The parts of the time-table: each route in its order, then what is not visited. */
wangge.timetable = (routes, stops, left, hue, show) => {
  const { element, t } = wangge;
  const line = (stop) => element("li", {}, element("button", { type: "button", click: () => show(stop) },
    stop.number ? `${stop.arrive} ${stop.number}. ${stop.name}` : `${stop.name}: ${stop.reason ?? ""}`));
  const parts = routes.map((route) => {
    const own = stops.filter((stop) => stop.team === route.team && stop.day === route.day).sort((one, other) => one.number - other.number);
    const head = element("h2", {}, wangge.routeWords(route));
    head.style.setProperty("--hue", hue.get(route.team));
    return element("section", {}, head, element("p", {}, `${route.leaves} ${t("leaves", { place: route.start })}`),
      element("ol", {}, ...own.map(line)), element("p", {}, `${route.returns} ${t("returns", { place: route.end })}`));
  });
  if (left.length) parts.push(element("section", {}, element("h2", {}, t("unvisited")), element("ul", {}, ...left.map(line))));
  return parts;
};

wangge.start = (map) => {
  const { element, t } = wangge;
  const app = wangge.field(map);
  const stops = wangge.rows(app.data.stops);
  const routes = wangge.rows(app.data.routes);
  const teams = [...new Set(routes.map((route) => route.team))].sort();
  const days = [...new Set(routes.map((route) => route.day))].sort();
  const hue = wangge.hueOf(teams);
  for (const area of wangge.shaped(app.data.areas)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: "own outline-only", interactive: false }).addTo(map);
  }
  const { lines, marks } = wangge.sweepLayers(app, stops, routes, hue);
  const shown = L.featureGroup().addTo(map);
  const choice = (key, every, values) => element("select", { "aria-label": t(key), change: () => draw(true) },
    element("option", { value: "" }, t(every)), ...values.map((value) => element("option", { value }, value)));
  const [day, team] = [choice("day", "every_day", days), choice("team", "every_team", teams)];
  const table = element("div", { class: "timetable", id: "timetable", role: "region", "aria-label": t("timetable"), tabindex: "0", hidden: "" });
  const covered = () => (table.hidden || innerWidth <= 480 ? 0 : table.offsetWidth);
  const show = (stop) => {
    if (innerWidth <= 480) press();
    map.setView([stop.lat, stop.lon], Math.max(map.getZoom(), 15), { animate: false });
    marks.get(stop).openPopup();
  };
  const draw = (closer) => {
    const all = !day.value && !team.value;
    const fits = (row) => (!day.value || row.day === day.value) && (!team.value || row.team === team.value);
    const chosen = routes.filter(fits);
    const visible = stops.filter((stop) => (stop.number ? fits(stop) : all));
    shown.clearLayers();
    for (const layer of [...chosen.map((route) => lines.get(route)), ...visible.map((stop) => marks.get(stop))]) shown.addLayer(layer);
    const note = app.facts.straight_line ? [element("p", {}, t("straight"))] : [];
    table.replaceChildren(...note, ...wangge.timetable(chosen, stops, visible.filter((stop) => !stop.number), hue, show));
    const bounds = shown.getBounds();
    if (closer && bounds.isValid()) map.fitBounds(bounds, { animate: false, paddingTopLeft: [covered() + 32, 72], paddingBottomRight: [72, 40], maxZoom: 16 });
    document.getElementById("live").textContent = t("visits_of", { count: visible.filter((stop) => stop.number).length });
  };
  const press = () => {
    table.hidden = !table.hidden;
    toggle.setAttribute("aria-expanded", String(!table.hidden));
  };
  const toggle = element("button", { type: "button", "aria-expanded": "false", "aria-controls": "timetable", click: press }, t("timetable"));
  const tools = document.getElementById("tools");
  tools.setAttribute("aria-label", t("filters"));
  tools.append(day, team, toggle);
  tools.hidden = false;
  tools.after(table);
  draw(false);
  document.documentElement.dataset.ready = "yes";
};
