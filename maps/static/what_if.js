"use strict";
/* Try a clinic: a click tells the page around the map where; the page says what would come within reach. */

wangge.draw = async (map, facts, data) => {
  for (const area of wangge.shaped(data.areas)) {
    const shape = L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: "ground", interactive: true });
    shape.on("add", () => wangge.passOver(shape));
    shape.bindTooltip(wangge.tip(area.name), { sticky: true, direction: "top", offset: [0, -8] }).addTo(map);
  }
  map.createPane("cells").style.zIndex = 405;
  map.getPane("cells").style.pointerEvents = "none";
  const { lon, lat, class: size, within } = data.cells;
  const dots = new Map();
  const renderer = L.canvas({ pane: "cells" });
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const kind = (i) => (within[i] ? "within" : "beyond");
  const hues = { within: "facility", beyond: "vacant", newly: "focus" };
  const dress = (dot, name) => dot.setStyle({ color: colour("ink"), weight: 0.6, fillColor: colour(hues[name]),
    fillOpacity: name === "within" ? 0.35 : 0.85 });
  lon.forEach((x, i) => {
    const dot = L.circleMarker([lat[i], x], { renderer, pane: "cells", interactive: false, radius: 3 + size[i] });
    dots.set(`${x.toFixed(5)},${lat[i].toFixed(5)}`, [dot, kind(i)]);
    dress(dot, kind(i)).addTo(map);
  });
  for (const site of wangge.rows(data.sites)) {
    const icon = L.divIcon({ className: "clinic", iconSize: [14, 14] });
    L.marker([site.lat, site.lon], { icon, alt: site.name, keyboard: false })
      .bindTooltip(wangge.tip(site.name, site.kind), { direction: "top", offset: [0, -8] }).addTo(map);
  }
  wangge.key(map, data.minutes, hues);

  const chosen = L.layerGroup().addTo(map);
  const mark = (latlng) => {
    chosen.clearLayers();
    const icon = L.divIcon({ className: "point", iconSize: [18, 18] });
    L.marker(latlng, { icon, interactive: false, keyboard: false, alt: wangge.t("here") }).addTo(chosen);
  };
  const show = (cells) => {
    for (const [dot, name] of dots.values()) dress(dot, name);
    (cells?.lon ?? []).forEach((x, i) => {
      const found = dots.get(`${x.toFixed(5)},${cells.lat[i].toFixed(5)}`);
      if (found) dress(found[0], "newly");
    });
  };
  map.on("click", ({ latlng }) => {
    const { lat: y, lng: x } = latlng.wrap();
    mark(latlng);
    show(null);
    if (parent !== window) parent.postMessage({ wangge: "place", lon: x, lat: y }, location.origin);
  });
  addEventListener("message", ({ origin, source, data: said }) => {
    if (origin !== location.origin || source !== parent || said?.wangge !== "opened") return;
    mark([said.lat, said.lon]);
    show(said.cells);
    if (!map.getBounds().contains([said.lat, said.lon])) map.panTo([said.lat, said.lon]);
  });
  if (parent !== window) parent.postMessage({ wangge: "ready" }, location.origin);
};

/* What the marks mean. */
wangge.key = (map, minutes, hues) => {
  const { element, t } = wangge;
  const entry = (mark, text) => element("li", {}, mark, element("span", {}, text));
  const dot = (name) => element("span", { class: `swatch-dot ${hues[name]}` });
  const list = element("ul", { class: "key" }, entry(element("span", { class: "clinic" }), t("site")),
    entry(dot("within"), t("within", { minutes })), entry(dot("beyond"), t("beyond")), entry(dot("newly"), t("newly")));
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(list);
    return list;
  };
  control.addTo(map);
};
