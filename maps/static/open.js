"use strict";
/* Who answers here: a click tells the page around the map where it was. Nothing is sent to a server from here. */

wangge.draw = async (map, facts, data) => {
  const chosen = L.layerGroup().addTo(map);
  const mark = (latlng) => {
    chosen.clearLayers();
    const icon = L.divIcon({ className: "point", iconSize: [18, 18] });
    L.marker(latlng, { icon, interactive: false, keyboard: false, alt: "" }).addTo(chosen);
  };
  map.on("click", ({ latlng }) => {
    const { lat, lng } = latlng.wrap();
    mark(latlng);
    if (parent !== window) parent.postMessage({ wangge: "place", lon: lng, lat }, location.origin);
  });
  /* The page around names a place in the fragment of the address, which no server is told. */
  const go = () => {
    const box = location.hash.slice(1).split(",").map(Number);
    if (box.length !== 4 || !box.every(Number.isFinite)) return;
    map.fitBounds(wangge.box(box), { maxZoom: 15, animate: false, padding: [60, 60] });
    if (box[0] === box[2]) mark([box[1], box[0]]);
    else L.rectangle(wangge.box(box), { className: "chosen", pane: "chosen", fill: false, interactive: false }).addTo(chosen.clearLayers());
  };
  if (data.tiles) await wangge.drawTiles(map, facts, data.tiles);
  else wangge.drawPlaces(map, data);
  addEventListener("hashchange", go);
  go();
};

wangge.drawPlaces = (map, data) => {
  const hue = wangge.hues();
  const places = wangge.shaped(data.places);
  [...new Set(places.map((place) => place.officer).filter(Boolean))].sort().forEach(hue);
  for (const place of places) {
    const shape = L.polygon(wangge.latLngs(place.polygons), { pane: "areas", className: `place ${place.officer ? "" : "vacant"}`, smoothFactor: 0.5 });
    shape.on("add", () => {
      if (place.officer) shape.getElement().style.setProperty("--hue", hue(place.officer));
      wangge.passOver(shape);
    });
    shape.bindTooltip(wangge.tip(place.name, place.officer ?? wangge.t("vacant")), { sticky: true, direction: "top", offset: [0, -8] });
    shape.addTo(map);
  }
  for (const area of wangge.shaped(data.around)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "around", className: "around", fill: false, interactive: false }).addTo(map);
  }
  map.getPane("around").style.zIndex = 410;
};

/* Many areas: vector tiles, the level by the zoom. */
wangge.drawTiles = async (map, facts, { levels, zooms, on, maxzoom }) => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const pane = L.maplibreGL({ style: { version: 8, sources: {}, layers: [] }, pane: "areas", interactive: false,
    fadeDuration: 0, maxZoom: 22, locale: { "Map.Title": wangge.t("map") } }).addTo(map);
  const gl = pane.getMaplibreMap();
  await new Promise((done) => gl.once("load", done));
  levels.forEach((level, rank) => {
    const source = `areas-${level}`;
    const minzoom = Math.max(0, Math.floor((zooms[level] ?? 0) - 4));
    gl.addSource(source, { type: "vector", bounds: facts.bounds, minzoom, maxzoom,
      tiles: [`${location.origin}/tiles/${encodeURIComponent(level)}/{z}/{x}/{y}?on=${on}`] });
    /* MapLibre counts zoom one lower than Leaflet, and a level is shown from the zoom where its areas can be told apart. */
    const from = rank ? Math.max(0, zooms[level] - 1) : 0;
    const at = { source, "source-layer": level, minzoom: from };
    gl.addLayer({ id: `ground-${level}`, type: "fill", ...at, paint: {} });
    gl.addLayer({ id: `line-${level}`, type: "line", ...at, paint: {} });
  });
  const paint = () => levels.forEach((level) => {
    gl.setPaintProperty(`ground-${level}`, "fill-color",
      ["case", ["==", ["get", "state"], "vacant"], colour("vacant-ground"), colour("covered")]);
    gl.setPaintProperty(`line-${level}`, "line-color", colour("edge-strong"));
  });
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
};
