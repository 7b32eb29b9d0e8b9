"use strict";
/* Areas through MapLibre inside the folium map: packed geometry of a single file, or vector tiles of a server. */

wangge.draw = async (app) => {
  const { map, model, facts } = app;
  const { theme } = wangge;
  const tiled = facts.renderer === "tiles";
  const labels = wangge.labels(app);
  const byLevel = wangge.byLevel(model.areas);
  const rank = (level) => facts.levels.indexOf(level);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const pane = L.maplibreGL({
    style: { version: 8, sources: {}, layers: [] }, pane: "areas", interactive: false, fadeDuration: 0, maxZoom: 22,
    locale: { "Map.Title": wangge.t("map") },
  }).addTo(map);
  const gl = pane.getMaplibreMap();
  await new Promise((done) => gl.once("load", done));

  const sheet = (items, properties) => ({
    type: "FeatureCollection",
    features: items.filter((item) => item.point).map((item) => ({
      type: "Feature", properties: properties(item), geometry: { type: "MultiPolygon", coordinates: item.polygons },
    })),
  });
  const areaFacts = (area) => ({ code: area.code, level: area.level, state: area.state, ...theme.properties(area, model) });
  const tiles = (layer) => {
    const query = new URLSearchParams({ on: facts.on, ...(facts.known && { known: facts.known }) });
    return {
      type: "vector", tiles: [`${location.origin}/tiles/${encodeURIComponent(layer)}/{z}/{x}/{y}?${query}`],
      bounds: facts.bounds, minzoom: Math.max(0, Math.floor((facts.zooms[layer] ?? 0) - 4)), maxzoom: facts.maxzoom,
    };
  };
  const paintImages = () => {
    for (const kind of [...theme.marked, ...theme.faults]) {
      const image = wangge.pattern(kind);
      if (gl.hasImage(`fill-${kind}`)) gl.updateImage(`fill-${kind}`, image);
      else gl.addImage(`fill-${kind}`, image, { pixelRatio: 2 });
    }
  };
  const faultShapes = () => sheet(model.problems.filter((problem) => problem.fault).map((problem) => problem.fault), ({ kind }) => ({ kind }));

  /* Packed areas know their colour; the officers of tiles become known as the tiles come. */
  const ground = (state) => {
    if (!tiled) return theme.fill(state);
    const plain = wangge.colour("covered");
    if (state.colour === "state") return plain;
    const tint = `, ${wangge.colour("officer-s")}, ${wangge.colour("officer-l")})`;
    const pairs = [...seen].flatMap((officer) => [officer, `hsl(${model.hue(officer)}${tint}`]);
    return pairs.length ? ["match", ["coalesce", ["get", "officer"], ""], ...pairs, plain] : plain;
  };
  const from = (level) => ({ source: `areas-${level}`, ...(tiled && { "source-layer": level }) });
  const seen = new Set();

  const layers = (state) => {
    const chosen = rank(state.level);
    const visible = (yes) => ({ visibility: yes ? "visible" : "none" });
    const line = (width, colour) => ({ "line-color": wangge.colour(colour), "line-width": width });
    const fills = facts.levels.flatMap((level) => [
      /* The level above stays underneath until the areas of this one are there. */
      { id: `ground-${level}`, type: "fill", ...from(level), layout: visible(rank(level) === chosen || rank(level) === chosen - 1), paint: { "fill-color": ground(state) } },
      ...theme.marked.map((kind) => ({
        id: `${kind}-${level}`, type: "fill", ...from(level), filter: ["==", ["get", "state"], kind],
        layout: visible(rank(level) === chosen), paint: { "fill-pattern": `fill-${kind}` },
      })),
    ]);
    const below = tiled || !theme.below ? [] : facts.levels.slice(1).flatMap((level) => theme.marked.map((kind) => ({
      id: `below-${kind}-${level}`, type: "fill", source: "below",
      filter: ["all", ["==", ["get", "state"], kind], ["==", ["get", "level"], level]],
      layout: visible(rank(level) > chosen), paint: { "fill-pattern": `fill-${kind}` },
    })));
    const lines = [...facts.levels].reverse().map((level) => ({
      id: `line-${level}`, type: "line", ...from(level), layout: visible(rank(level) <= chosen),
      paint: rank(level) === chosen && chosen ? line(1, "edge") : line(Math.max(1.2, 2.8 - 0.8 * rank(level)), rank(level) ? "edge-strong" : "outline"),
    }));
    const faults = theme.faults.flatMap((kind) => [
      { id: `fault-${kind}`, type: "fill", source: "faults", filter: ["==", ["get", "kind"], kind], paint: { "fill-pattern": `fill-${kind}` } },
      { id: `fault-line-${kind}`, type: "line", source: "faults", filter: ["==", ["get", "kind"], kind], paint: line(1.5, kind) },
    ]);
    return [...fills, ...below, ...lines, ...faults, ...(tiled ? facilityLayers(state) : [])];
  };
  const facilityLayers = (state) => [{
    id: "facilities", type: "circle", source: "facilities", "source-layer": "facilities",
    layout: { visibility: state.facilities ? "visible" : "none" },
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["ln", ["coalesce", ["get", "count"], 1]], 0, 4, 6, 15],
      "circle-color": wangge.colour("paper"), "circle-opacity": 0.85,
      "circle-stroke-color": wangge.colour("facility"), "circle-stroke-width": 1.5,
    },
  }, {
    id: "facility-counts", type: "symbol", source: "facilities", "source-layer": "facilities",
    filter: [">", ["coalesce", ["get", "count"], 1], 1],
    layout: {
      visibility: state.facilities ? "visible" : "none", "text-field": ["to-string", ["get", "count"]],
      "text-font": ["sans-serif"], "text-size": 11, "text-padding": 0,
    },
    paint: { "text-color": wangge.colour("facility") },
  }];

  /* The areas of a level are handed to MapLibre when they are first needed. */
  const provide = (level) => {
    if (gl.getSource(`areas-${level}`)) return;
    const packed = () => ({ type: "geojson", tolerance: 0.3, maxzoom: 16, data: sheet(byLevel.get(level) ?? [], areaFacts) });
    gl.addSource(`areas-${level}`, tiled ? tiles(level) : packed());
  };
  const apply = (state) => {
    facts.levels.filter((level) => rank(level) <= rank(state.level)).forEach(provide);
    let above;
    for (const { id, ...layer } of layers(state).reverse()) {
      if (!gl.getSource(layer.source)) continue;
      if (!gl.getLayer(id)) gl.addLayer({ id, ...layer }, above);
      above = id;
      for (const [name, value] of Object.entries(layer.layout ?? {})) gl.setLayoutProperty(id, name, value);
      for (const [name, value] of Object.entries(layer.paint)) gl.setPaintProperty(id, name, value);
    }
  };

  if (!tiled) gl.addSource("below", { type: "geojson", data: sheet(model.areas.filter((area) => area.state !== theme.states[0]), areaFacts) });
  gl.addSource("faults", { type: "geojson", data: faultShapes() });
  if (tiled) gl.addSource("facilities", { ...tiles("facilities"), minzoom: 0 });
  paintImages();
  dark.addEventListener("change", () => {
    paintImages();
    apply(app.state);
  });

  const under = (latlng, ids) => gl.queryRenderedFeatures(gl.project([latlng.lng, latlng.lat]), { layers: ids.filter((id) => gl.getLayer(id)) });
  const areaAt = (latlng) => {
    const found = under(latlng, [`ground-${app.state.level}`])[0];
    return found && (model.byCode.get(found.properties.code) ?? found.properties);
  };
  map.on("click", ({ latlng }) => {
    const facility = tiled && under(latlng, ["facilities"])[0];
    if (facility && (facility.properties.count ?? 1) > 1) return map.flyTo(latlng, map.getZoom() + 2);
    if (facility) {
      const [lon, lat] = facility.geometry.coordinates;
      return app.open({ facility: { ...facility.properties, lon, lat } });
    }
    const kinds = theme.faults.map((kind) => `fault-${kind}`);
    const fault = !tiled && under(latlng, kinds)[0];
    const area = areaAt(latlng);
    return area && !fault ? app.open({ area }, latlng) : undefined;
  });

  /* The areas that tiles brought: one box for each, over all its pieces. */
  const fromTiles = (level) => {
    const boxes = new Map();
    if (!gl.getLayer(`ground-${level}`)) return [];
    for (const { properties, geometry } of gl.queryRenderedFeatures({ layers: [`ground-${level}`] })) {
      const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      const { bounds: box } = wangge.measure(polygons);
      const old = boxes.get(properties.code)?.bounds ?? box;
      const bounds = [Math.min(old[0], box[0]), Math.min(old[1], box[1]), Math.max(old[2], box[2]), Math.max(old[3], box[3])];
      boxes.set(properties.code, { ...properties, bounds, point: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] });
    }
    return [...boxes.values()];
  };
  const settle = () => {
    if (!tiled) return;
    const areas = fromTiles(app.state.level);
    const known = seen.size;
    areas.forEach((area) => area.officer && seen.add(area.officer));
    if (seen.size > known) apply(app.state);
    labels.draw(areas);
  };
  gl.on("idle", settle);

  return {
    show: (state) => {
      apply(state);
      if (!tiled) labels.draw(byLevel.get(state.level) ?? []);
    },
    faults: () => gl.getSource("faults").setData(faultShapes()),
  };
};
