"use strict";
/* What an import would change: what comes is drawn solid, what goes is dashed. */

wangge.draw = async (map, facts, data) => {
  for (const area of wangge.shaped(data.around)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "around", className: "around", interactive: false }).addTo(map);
  }
  const label = (row) => wangge.tip(row.name ?? row.code, row.code, wangge.t(row.state));
  const options = { sticky: true, direction: "top", offset: [0, -8] };
  const drawn = L.featureGroup().on("layeradd", ({ layer }) => wangge.passOver(layer)).addTo(map);
  if (data.shapes) {
    for (const row of wangge.shaped(data.shapes)) {
      L.polygon(wangge.latLngs(row.polygons), { pane: "areas", className: `shape ${row.state}`, fill: row.state !== "old" })
        .bindTooltip(label(row), options).addTo(drawn);
    }
  } else {
    const rows = wangge.rows(data.points);
    const before = new Map(rows.filter((row) => row.state === "old").map((row) => [row.code, row]));
    for (const row of rows) {
      const old = row.state === "changed" && before.get(row.code);
      if (old) L.polyline([[old.lat, old.lon], [row.lat, row.lon]], { pane: "areas", className: "moved", interactive: false }).addTo(drawn);
      L.circleMarker([row.lat, row.lon], { pane: "areas", radius: 6, className: `shape ${row.state}`, fill: row.state !== "old" })
        .bindTooltip(label(row), options).addTo(drawn);
    }
  }
  wangge.key(map, data);
};

/* The legend, with the counts of the whole file. */
wangge.key = (map, data) => {
  const space = "http://www.w3.org/2000/svg";
  const sign = (state) => {
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("width", "26");
    svg.setAttribute("height", "14");
    svg.setAttribute("aria-hidden", "true");
    const box = document.createElementNS(space, "rect");
    for (const [name, value] of Object.entries({ x: 2, y: 2, width: 22, height: 10, class: `shape ${state}` })) box.setAttribute(name, value);
    svg.append(box);
    return svg;
  };
  const control = L.control({ position: "topleft" });
  control.onAdd = () => wangge.element("ul", { class: "key" },
    wangge.element("li", {}, sign("new"), wangge.t("of_new", { count: wangge.number(data.counts.inserted) })),
    wangge.element("li", {}, sign("changed"), wangge.t("of_changed", { count: wangge.number(data.counts.changed) })),
    wangge.element("li", {}, sign("old"), wangge.t("old")),
    wangge.element("li", {}, wangge.t("of_unchanged", { count: wangge.number(data.counts.unchanged) })),
    data.more ? wangge.element("li", {}, wangge.t("more", { count: wangge.number(data.limit) })) : null);
  control.addTo(map);
};
