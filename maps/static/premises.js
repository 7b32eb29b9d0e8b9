"use strict";
/* Facilities on the map: a mark tells the page around which one it is, and the page tells which one to show. */

wangge.start = (map) => {
  let show = () => {};
  const app = wangge.field(map, (message) => message.show && show(message.show));
  for (const area of wangge.shaped(app.data.areas)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: "own outline-only", interactive: false }).addTo(map);
  }
  const { marks, layer } = wangge.facilityMarks(app, wangge.rows(app.data.facilities), (code) => app.tell({ picked: code }));
  show = (code) => {
    const mark = marks.get(code);
    if (mark) layer.zoomToShowLayer(mark, () => mark.openPopup());
  };
  if (app.facts.chosen) show(app.facts.chosen);
  document.documentElement.dataset.ready = "yes";
};
