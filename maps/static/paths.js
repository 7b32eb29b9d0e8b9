"use strict";
/* Areas as Leaflet paths, for pages with up to a few thousand. Colours and patterns are the style sheet's. */

wangge.draw = async (app) => {
  const { map, model, facts } = app;
  const { theme } = wangge;
  const labels = wangge.labels(app);
  const byLevel = wangge.byLevel(model.areas);
  const rank = (level) => facts.levels.indexOf(level);
  const made = new Map();

  const once = (key, make) => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key);
  };
  const toggle = (layer, visible) => (visible ? map.addLayer(layer) : map.removeLayer(layer));

  const path = (area) => {
    const shape = L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: `area ${area.state}`, smoothFactor: 0.5 });
    shape.on("add", () => {
      theme.paint(area, shape.getElement(), model);
      wangge.passOver(shape);
    });
    shape.on("click", (event) => app.open({ area }, event.latlng));
    return shape;
  };
  const tip = (areas) => areas.bindTooltip((shape) => {
    const area = shape.area;
    return wangge.element("span", {}, wangge.element("b", {}, area.name ?? area.code), wangge.element("br"),
      theme.caption(area));
  }, { sticky: true, direction: "top", offset: [0, -8] });
  const group = (areas) => tip(L.featureGroup(areas.map((area) => Object.assign(path(area), { area }))));

  const ground = (level) => once(`ground ${level}`, () => group(byLevel.get(level) ?? []));
  const gapsBelow = (level) => once(`gaps ${level}`, () =>
    group((byLevel.get(level) ?? []).filter((area) => area.state !== theme.states[0])));
  const outline = (level) => once(`outline ${level}`, () => L.layerGroup((byLevel.get(level) ?? []).map((area) =>
    L.polygon(wangge.latLngs(area.polygons), { pane: "outlines", className: `outline rank-${rank(level)}`, fill: false, interactive: false }))));
  const faults = L.featureGroup(model.problems.filter((problem) => problem.fault).map((problem) =>
    L.polygon(wangge.latLngs(problem.fault.polygons), { pane: "faults", className: `fault ${problem.kind}` })
      .on("click", () => app.open(problem)))).addTo(map);

  return {
    show: (state) => {
      const chosen = rank(state.level);
      map.getContainer().dataset.colour = state.colour;
      for (const level of facts.levels) {
        toggle(ground(level), rank(level) === chosen);
        if (theme.below) toggle(gapsBelow(level), rank(level) > chosen);
        toggle(outline(level), rank(level) < chosen || rank(level) === 0);
      }
      labels.draw(byLevel.get(state.level) ?? []);
    },
    faults: () => faults.bringToFront(),
  };
};
