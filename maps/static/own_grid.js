"use strict";
/* My area, bright; its neighbours, faint, with who answers there; and, on a press of the button, where I am. */

wangge.ground = (app) => {
  const { element, t } = wangge;
  const told = (area) => element("div", { class: "card" }, element("h3", {}, area.name),
    element("p", { class: "chips" }, element("span", { class: "chip" }, t("neighbour"))),
    wangge.factsList([["code", area.code], ["officer", area.officer ?? t("nobody")], ["department", area.department]]));
  const name = (area, className) => {
    const words = element("span", {}, element("b", {}, area.name), ...(className === "mine" ? [] : [element("br"), area.officer ?? t("nobody")]));
    const icon = L.divIcon({ html: words, className: `label ${className}`, iconSize: [0, 0] });
    return L.marker([area.point[1], area.point[0]], { icon, interactive: false, keyboard: false, pane: "neighbours" });
  };
  const neighbours = wangge.shaped(app.data.neighbours);
  for (const area of neighbours) {
    const shape = L.polygon(wangge.latLngs(area.polygons), { pane: "neighbours", className: area.officer ? "neighbour" : "neighbour vacant", interactive: !app.facts.kind });
    if (!app.facts.kind) shape.bindPopup(() => told(area), { maxWidth: 260 });
    shape.addTo(app.map);
    name(area, "other").addTo(app.map);
  }
  return { neighbours, name };
};

wangge.whereAmI = (app) => {
  const here = L.layerGroup().addTo(app.map);
  wangge.button(app.map, "locate", () => {
    if (!navigator.geolocation) return app.notice("nowhere");
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      const place = [coords.latitude, coords.longitude];
      here.clearLayers();
      L.circle(place, { radius: coords.accuracy, className: "accuracy", interactive: false }).addTo(here);
      L.circleMarker(place, { radius: 8, className: "me", interactive: false }).addTo(here);
      app.map.panTo(place);
      app.notice("here", { metres: wangge.number(Math.ceil(coords.accuracy)) });
    }, () => app.notice("nowhere"), { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });
};

wangge.start = (map) => {
  let show = () => {};
  const app = wangge.field(map, (message) => message.show && show(message.show));
  const { name } = wangge.ground(app);
  for (const area of wangge.shaped(app.data.areas)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: "own", interactive: false }).addTo(map);
    name(area, "mine").addTo(map);
  }
  const { marks, layer } = wangge.facilityMarks(app, wangge.rows(app.data.facilities), (code) => app.tell({ picked: code }));
  show = (code) => {
    const mark = marks.get(code);
    if (mark) layer.zoomToShowLayer(mark, () => mark.openPopup());
  };
  wangge.whereAmI(app);
  document.documentElement.dataset.ready = "yes";
};
