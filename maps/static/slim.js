"use strict";
/* What maps inside a page have in common: panes, names of buttons, the way back to the whole, names under the pointer. */

wangge.start = async (map) => {
  const facts = wangge.facts();
  wangge.words.all = facts.texts;
  wangge.speak(facts.lang);
  for (const [name, order] of [["around", 380], ["areas", 400], ["chosen", 430]]) map.createPane(name).style.zIndex = order;
  for (const name of ["around", "chosen"]) map.getPane(name).style.pointerEvents = "none";
  const whole = wangge.box(facts.bounds);
  map.fitBounds(whole, { animate: false, padding: [12, 12] });
  wangge.buttons(map, whole);
  try {
    await wangge.draw(map, facts, JSON.parse(document.getElementById("wangge-data").textContent));
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    const notice = document.getElementById("notice");
    notice.textContent = wangge.t("unreadable");
    notice.hidden = false;
    throw error;
  }
};

/* West, south, east, north -> Leaflet's corners. */
wangge.box = ([west, south, east, north]) => [[south, west], [north, east]];

wangge.latLngs = (polygons) => polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [y, x])));

wangge.buttons = (map, whole) => {
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const button = wangge.element("button", { type: "button", class: "leaflet-bar home",
      click: () => map.fitBounds(whole, { padding: [12, 12] }) }, wangge.icon("home"));
    L.DomEvent.disableClickPropagation(button);
    return button;
  };
  home.addTo(map);
  const names = { ".leaflet-control-zoom-in": "zoom_in", ".leaflet-control-zoom-out": "zoom_out",
    ".leaflet-control-zoom-fullscreen": "full", ".home": "home" };
  for (const [selector, key] of Object.entries(names)) {
    for (const part of map.getContainer().querySelectorAll(selector)) {
      part.title = wangge.t(key);
      part.setAttribute("aria-label", wangge.t(key));
    }
  }
};

/* A tip of one or two lines, as text. */
wangge.tip = (...lines) => wangge.element("span", {}, wangge.element("b", {}, lines[0]),
  ...lines.slice(1).filter(Boolean).flatMap((line) => [wangge.element("br"), line]));
