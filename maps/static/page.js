"use strict";
/* The start: model, map, panel, and what ties them together. */

wangge.start = async (map) => {
  const facts = wangge.facts();
  wangge.words.all = facts.texts;
  wangge.speak(facts.lang);
  const notice = (key) => {
    const place = document.getElementById("notice");
    place.textContent = wangge.t(key);
    place.hidden = false;
  };
  const [west, south, east, north] = facts.bounds;
  document.getElementById("panel").classList.toggle("low", wangge.narrow());
  map.fitBounds([[south, west], [north, east]], { animate: false, ...wangge.room(12) });
  for (const [name, order] of [["areas", 400], ["outlines", 410], ["faults", 420], ["chosen", 430], ["labels", 590]]) {
    map.createPane(name).style.zIndex = order;
  }
  for (const name of ["outlines", "chosen", "labels"]) map.getPane(name).style.pointerEvents = "none";
  try {
    await wangge.run(map, facts, await wangge.load(facts), notice);
  } catch (error) {
    notice("unreadable");
    throw error;
  }
};

wangge.narrow = () => matchMedia("(max-width: 720px)").matches;

/* Room that stays free around a place when the map moves to it: on a phone the panel covers the foot of the map. */
wangge.room = (edge) => {
  const sheet = wangge.narrow() ? document.getElementById("panel").offsetHeight : 0;
  return { paddingTopLeft: [edge, edge], paddingBottomRight: [edge, edge + sheet] };
};

wangge.run = async (map, facts, model, notice) => {
  const app = { map, facts, model, notice };
  app.state = { chosen: "auto", level: facts.levels[0], colour: wangge.theme.colours[0][0], facilities: true };
  const detail = wangge.detail(app);
  const outline = L.layerGroup().addTo(map);

  const levelAt = (zoom) => [...facts.levels].reverse().find((level) => facts.zooms[level] <= zoom) ?? facts.levels[0];
  const tooMany = (level) => facts.renderer === "tiles" && facts.zooms[level] > map.getZoom() + 2.5;
  const levelNow = () => (app.state.chosen === "auto" || tooMany(app.state.chosen) ? levelAt(map.getZoom()) : app.state.chosen);

  const refresh = () => {
    app.state.level = levelNow();
    app.drawing.show(app.state);
    app.panel.coverage();
  };
  app.choose = (level) => {
    app.state.chosen = level;
    refresh();
    app.panel.choices();
  };
  app.paint = (colour) => {
    app.state.colour = colour;
    refresh();
    app.panel.legend();
  };
  app.facilities = (visible) => {
    app.state.facilities = visible;
    app.markers.show(visible);
    app.drawing.show(app.state);
  };

  const mark = (target) => {
    outline.clearLayers();
    const shape = target.area?.polygons ?? target.fault?.polygons ?? target.polygons;
    const options = { className: "chosen", pane: "chosen", interactive: false, fill: false };
    if (shape) L.polygon(wangge.latLngs(shape), options).addTo(outline);
  };
  /* Opens what is known about a place, where it is. */
  app.open = (target, place) => {
    const point = target.point ?? target.area?.point ?? (target.facility && [target.facility.lon, target.facility.lat]);
    const spot = place ?? (point && L.latLng(point[1], point[0]));
    if (!spot) return;
    map.closePopup();
    mark(target);
    L.popup({ maxWidth: 300, minWidth: 220, autoPan: Boolean(place), className: "wide" })
      .setLatLng(spot).setContent(detail(target)).openOn(map);
    document.getElementById("live").textContent = wangge.nameOf(target) ?? "";
  };
  /* Goes to a place and opens it; the light page first asks the server where it is. */
  app.go = async (target) => {
    const found = target.bounds ? target : await app.locate(target);
    if (!found?.bounds) return;
    if (wangge.narrow()) app.sheet(false);
    if (found.area && facts.levels.includes(found.area.level)) app.choose(found.area.level);
    const [w, s, e, n] = found.bounds;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const options = { maxZoom: 17, ...wangge.room(Math.min(map.getSize().x, map.getSize().y) * 0.28) };
    if (still) map.fitBounds([[s, w], [n, e]], { ...options, animate: false });
    else map.flyToBounds([[s, w], [n, e]], { ...options, duration: 0.7 });
    app.open(found);
  };
  app.locate = async (target) => {
    const path = target.kind === "orphan" ? "/api/facilities" : "/api/areas";
    const answer = await wangge.ask(path, { q: target.code, limit: 5 });
    const row = answer?.items?.find((item) => item.code === target.code);
    if (!row?.bbox) return null;
    const { bbox, ...place } = row;
    const area = { state: target.kind, ...place };
    return { ...target, area, bounds: bbox, point: [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] };
  };

  wangge.controls(app);
  app.drawing = await wangge.draw(app);
  app.markers = wangge.markers(app);
  wangge.theme.start?.(app);
  app.panel = wangge.panel(app);
  app.panel.draw();
  wangge.search(app);
  refresh();
  map.on("moveend", refresh);
  map.on("popupclose", () => outline.clearLayers());
  document.documentElement.dataset.ready = "yes";
  wangge.frame?.(app);
  if (facts.renderer === "tiles") {
    if (!(await wangge.askGaps(model))) notice("unreachable");
    app.drawing.faults();
    app.markers.fill();
    app.panel.gaps();
  }
};

/* Longitude, latitude -> Leaflet's latitude, longitude. */
wangge.latLngs = (polygons) => polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [y, x])));

/* Buttons that are not the panel's: language, day, whole district, the sheet on a phone, Escape. */
wangge.controls = (app) => {
  const at = (id) => document.getElementById(id);
  const { map, facts } = app;
  const [west, south, east, north] = facts.bounds;
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const button = wangge.element("button", { type: "button", class: "leaflet-bar home", "data-label": "home",
      click: () => map.fitBounds([[south, west], [north, east]], wangge.room(12)) });
    button.append(wangge.icon("home"));
    L.DomEvent.disableClickPropagation(button);
    return button;
  };
  home.addTo(map);

  const name = (selector, key) => {
    for (const part of map.getContainer().querySelectorAll(selector)) {
      part.title = wangge.t(key);
      part.setAttribute("aria-label", wangge.t(key));
    }
  };
  const names = () => {
    name(".leaflet-control-zoom-in", "zoom_in");
    name(".leaflet-control-zoom-out", "zoom_out");
    name(".leaflet-control-zoom-fullscreen", "full");
    name(".home", "home");
  };
  names();
  at("language").addEventListener("click", () => {
    wangge.speak(wangge.words.lang === "zh" ? "en" : "zh");
    names();
    map.closePopup();
    app.panel.draw();
    app.markers.redraw();
  });

  const panel = at("panel");
  app.gripText = () => at("grip").setAttribute("aria-label", wangge.t(panel.classList.contains("low") ? "panel_open" : "panel_close"));
  app.sheet = (open) => {
    panel.classList.toggle("low", !open);
    at("grip").setAttribute("aria-expanded", String(open));
    if (wangge.narrow() && !open) map.getContainer().style.setProperty("--sheet", `${panel.offsetHeight}px`);
    app.gripText();
  };
  app.sheet(!wangge.narrow());
  at("grip").addEventListener("click", () => app.sheet(panel.classList.contains("low")));
  at("query").addEventListener("focus", () => wangge.narrow() && app.sheet(true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") map.closePopup();
  });

  if (facts.served) {
    at("day-input").hidden = false;
    at("date").value = facts.on;
    at("date").addEventListener("change", () => {
      const query = new URLSearchParams(location.search);
      query.set("on", at("date").value);
      if (at("date").value) location.search = query;
    });
  }
};
