"use strict";
/* What the small maps share: words, panes, buttons, marks of facilities, and messages to the page around them. */

/* Sets up a map and gives { map, facts, data, tell, notice }; `heard` gets what the page around sends. */
wangge.field = (map, heard = () => {}) => {
  const facts = wangge.facts();
  wangge.words.all = facts.texts;
  wangge.speak(facts.lang);
  const data = JSON.parse(document.getElementById("wangge-data").textContent);
  const [west, south, east, north] = facts.bounds;
  const room = { paddingTopLeft: [24, facts.kind ? 120 : 24], paddingBottomRight: [64, 32] };
  const home = () => map.fitBounds([[south, west], [north, east]], { animate: false, ...room, maxZoom: 18 });
  for (const [name, order] of [["neighbours", 390], ["areas", 400], ["handles", 650]]) map.createPane(name).style.zIndex = order;
  home();
  wangge.button(map, "home", home);
  for (const [part, key] of [["zoom-in", "zoom_in"], ["zoom-out", "zoom_out"], ["zoom-fullscreen", "full"]]) {
    for (const link of map.getContainer().querySelectorAll(`.leaflet-control-${part}`)) {
      link.title = wangge.t(key);
      link.setAttribute("aria-label", wangge.t(key));
    }
  }
  const notice = (key, values) => {
    const place = document.getElementById("notice");
    place.textContent = key ? wangge.t(key, values) : "";
    place.hidden = !key;
  };
  const tell = (message) => {
    if (parent !== window) parent.postMessage({ wangge: true, ...message }, location.origin);
  };
  addEventListener("message", (event) => {
    if (event.origin === location.origin && event.source === parent && event.data?.wangge) heard(event.data);
  });
  return { map, facts, data, notice, tell };
};

/* A round button under the others of the map. */
wangge.button = (map, name, press) => {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const made = wangge.element("button", { type: "button", class: `leaflet-bar home ${name}`, "aria-label": wangge.t(name),
      title: wangge.t(name), click: press });
    made.append(wangge.icon(name));
    L.DomEvent.disableClickPropagation(made);
    return made;
  };
  control.addTo(map);
};

/* Longitude, latitude -> Leaflet's latitude, longitude. */
wangge.latLngs = (polygons) => polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [y, x])));

wangge.factsList = (pairs) => wangge.element("dl", {}, ...pairs
  .filter(([, value]) => value !== null && value !== undefined && value !== "")
  .flatMap(([name, value]) => [wangge.element("dt", {}, wangge.t(name)), wangge.element("dd", {}, String(value))]));

/* What a click on a facility tells, every text as text. */
wangge.facilityCard = (row) => {
  const { element, t } = wangge;
  const chips = element("p", { class: "chips" }, element("span", { class: `chip ${row.licence}` }, t(row.licence)),
    row.orphan ? element("span", { class: "chip orphan" }, t("orphan")) : null);
  const link = element("a", { href: `/facilities/${encodeURIComponent(row.code)}`, target: "_top" }, t("details"));
  return element("div", { class: "card" }, element("h3", {}, row.name), chips, wangge.factsList([
    ["code", row.code], ["kind", row.kind], ["area", row.area_name], ["address", row.address],
    ["licences", row.licences], ["machines", row.machines]]), element("p", {}, link));
};

/* Marks of facilities in clusters; gives code -> marker, and the layer. */
wangge.facilityMarks = (app, rows, picked = () => {}) => {
  const layer = L.markerClusterGroup({
    maxClusterRadius: 56, showCoverageOnHover: false, chunkedLoading: true,
    spiderLegPolylineOptions: { className: "spider" },
    iconCreateFunction: (group) => {
      const count = group.getChildCount();
      const face = wangge.element("span", { title: wangge.t("cluster", { count }) }, wangge.number(count));
      const size = count < 10 ? 30 : count < 100 ? 36 : 42;
      return L.divIcon({ html: face, className: "cluster facilities", iconSize: [size, size] });
    },
  });
  const marks = new Map(rows.map((row) => {
    const face = wangge.element("span", { class: `badge facility ${row.licence}` });
    face.append(wangge.icon(row.licence));
    const icon = L.divIcon({ html: face, className: "marker", iconSize: [30, 30] });
    const mark = L.marker([row.lat, row.lon], { icon, riseOnHover: true, title: row.name, alt: `${row.name}, ${wangge.t(row.licence)}` });
    mark.bindPopup(() => wangge.facilityCard(row), { maxWidth: 280, minWidth: 200 });
    mark.on("click", () => picked(row.code));
    return [row.code, mark];
  }));
  layer.addLayers([...marks.values()]);
  app.map.addLayer(layer);
  return { marks, layer };
};
