"use strict";
/* What the map of care within reach shows of an area: how many of the modelled demand are beyond a limit, with the interval. */

wangge.theme = {
  kinds: ["beyond"],
  states: ["within", "beyond", "few", "empty"],
  marked: [],
  faults: [],
  below: false,
  badges: false,
  facilities: true,
  hidden: [],
  steps: 5,
  shown: { isochrones: true, cells: true },

  /* A colour for each mode and limit, by their places: walk_0, walk_1, drive_0, drive_1. */
  get colours() {
    const { modes, limits } = wangge.facts();
    return modes.flatMap((mode) => limits.map((minutes, place) => [`${mode}_${place}`, wangge.t(`by_${mode}`, { minutes })]));
  },

  mark: () => "facility",
  paint: (area, element) => {
    for (const [name] of wangge.theme.colours) {
      element.style.setProperty(`--${name.replace("_", "-")}`, area[name] === null ? "var(--paper)" : `var(--step-${area[name]})`);
    }
  },
  number: (value) => (typeof value === "number" ? wangge.number(value) : value),
  interval: (area, name, key = "interval") => {
    const { number } = wangge.theme;
    return wangge.t(key, { people: number(area[`${name}_people`]), low: number(area[`${name}_low`]),
      high: number(area[`${name}_high`]), demand: number(area.demand), name: area.name ?? area.code });
  },
  caption: (area) => {
    if (area.state === "empty") return wangge.t("empty");
    return area.state === "few" ? wangge.t("caption_few") : wangge.theme.interval(area, wangge.theme.colour, "caption");
  },
  links: () => [],
  /* The lines of the card of an area or a site. */
  rows: (row) => {
    const { number, interval, colours } = wangge.theme;
    if (row.capacity !== undefined) {
      return [[wangge.t("address"), row.address], [wangge.t("hours"), row.hours], [wangge.t("capacity"), row.capacity]];
    }
    if (row.state === "few" || row.state === "empty") return [];
    return [
      [wangge.t("demand"), wangge.t("interval", { people: number(row.demand), low: number(row.low), high: number(row.high) })],
      ...colours.map(([name, text]) => [text, interval(row, name)]),
      [wangge.t("served"), row[`${wangge.theme.mode}_served`]],
      [wangge.t("offered"), row[`${wangge.theme.mode}_offered`]],
    ];
  },
  properties: (area) => Object.fromEntries(wangge.theme.colours.map(([name]) => [name, area[name]])),
  fill: (state) => {
    const steps = Array.from({ length: wangge.theme.steps }, (_, step) => [step, wangge.colour(`step-${step}`)]);
    return ["match", ["coalesce", ["get", state.colour], -1], ...steps.flat(), wangge.colour("paper")];
  },

  /* Isochrones of the mode that is shown, and the cells; redrawn with the legend, which is when the colour changes. */
  start: (app) => {
    wangge.theme.layers = { app, isochrones: L.layerGroup().addTo(app.map), cells: L.layerGroup().addTo(app.map) };
    const { lon, lat, class: classes } = app.model.extra.cells;
    const renderer = lon.length > 3000 ? L.canvas({ pane: "faults" }) : undefined;
    wangge.theme.shown.cells = lon.length <= 800;
    lon.forEach((x, i) => L.circleMarker([lat[i], x], { pane: "faults", renderer, interactive: false, radius: 1.5 + 1.25 * classes[i],
      className: `cell cell-${classes[i]}`, stroke: false, color: "#1b5fb0", fillOpacity: 0.5 }).addTo(wangge.theme.layers.cells));
  },
  sync: (state) => {
    const { theme } = wangge;
    theme.colour = state.colour;
    [theme.mode] = state.colour.split("_");
    if (!theme.layers) return;
    const { app, isochrones, cells } = theme.layers;
    isochrones.clearLayers();
    const found = app.model.extra.isochrones[theme.mode];
    if (found) {
      wangge.shaped(found).forEach(({ polygons }, place) => L.polygon(wangge.latLngs(polygons), { pane: "faults", fill: false,
        interactive: false, className: `isochrone isochrone-${place}` }).addTo(isochrones));
    }
    for (const [name, layer] of [["isochrones", isochrones], ["cells", cells]]) {
      if (theme.shown[name]) app.map.addLayer(layer);
      else app.map.removeLayer(layer);
    }
  },
  toggle: (name, state) => {
    const { element, theme } = wangge;
    const input = element("input", { type: "checkbox", change: () => { theme.shown[name] = input.checked; theme.sync(state); } });
    input.checked = theme.shown[name];
    return element("li", {}, element("label", { class: "switch" }, input, element("span", {}, wangge.t(name))));
  },
  legend: (state, entry, swatch) => {
    const { theme, element } = wangge;
    theme.sync(state);
    const { edges, straight, cell_edges: cells, notes } = wangge.facts();
    const steps = Array.from({ length: theme.steps }, (_, step) =>
      entry(swatch(`step-${step}`), wangge.t("step_share", { from: edges[step], to: edges[step + 1] })));
    const lines = (theme.layers?.app.model.extra.isochrones[theme.mode]?.minutes ?? []).map((minutes, place) =>
      entry(element("span", { class: `line isochrone-${place}` }), wangge.t(`isochrones_${theme.mode}`, { minutes })));
    const dot = (size) => element("span", { class: `dot dot-${size}` });
    const classes = Array.from({ length: cells.length + 1 }, (_, size) => {
      const text = size === 0 ? wangge.t("cell_under", { to: cells[0] })
        : size === cells.length ? wangge.t("cell_over", { from: cells[size - 1] })
          : wangge.t("cell_range", { from: cells[size - 1], to: cells[size] });
      return entry(dot(size), text);
    });
    return [
      ...steps.reverse(), entry(swatch("empty"), `${wangge.t("few")} · ${wangge.t("empty")}`),
      theme.toggle("isochrones", state), ...lines,
      ...(straight[theme.mode] ? [element("li", { class: "straight" }, wangge.t("discs"))] : []),
      theme.toggle("cells", state), ...classes,
      ...notes.map((note) => element("li", { class: "straight" }, note)),
    ];
  },

  problems: (model) => {
    const rank = (area) => model.facts.levels.indexOf(area.level);
    const least = (area) => (typeof area.walk_0_low === "number" ? area.walk_0_low : 0);
    return model.areas.filter((area) => area.state === "beyond" && area.walk_0_people !== 0)
      .sort((one, other) => rank(one) - rank(other) || least(other) - least(one))
      .map((area) => ({ kind: "beyond", code: area.code, area, title: wangge.theme.interval(area, "walk_0", "out"),
        point: area.point, bounds: area.bounds }));
  },
};
