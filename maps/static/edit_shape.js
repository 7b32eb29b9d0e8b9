"use strict";
/* Drawing a correction: the corners of a boundary, or the place of a facility. Every change is told to the page around. */

wangge.start = (map) => {
  let place = () => {};
  const app = wangge.field(map, (message) => message.place && place(message.place));
  wangge.ground(app);
  if (app.facts.kind === "point") place = wangge.editPoint(app);
  else wangge.editBoundary(app);
  wangge.whereAmI(app);
  document.documentElement.dataset.ready = "yes";
};

/* The bar of buttons, with the hint above them. */
wangge.tools = (hint, buttons) => {
  const bar = document.getElementById("tools");
  bar.hidden = false;
  bar.append(wangge.element("p", {}, wangge.t(hint)));
  return buttons.map(([key, press]) => {
    const made = wangge.element("button", { type: "button", click: press }, wangge.t(key));
    bar.append(made);
    return made;
  });
};

/* A handle that is dragged, or moved by the arrow keys a step at a time. */
wangge.handle = (app, at, className, label, moved, taken = () => {}) => {
  const icon = L.divIcon({ className: `handle ${className}`, iconSize: [44, 44] });
  const mark = L.marker(at, { icon, draggable: true, autoPan: true, pane: "handles", alt: label }).addTo(app.map);
  const face = mark.getElement();
  face.setAttribute("aria-label", label);
  mark.on("dragend", () => moved(mark.getLatLng()));
  mark.on("click", taken);
  const steps = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4] };
  face.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    mark.setLatLng(app.map.containerPointToLatLng(app.map.latLngToContainerPoint(mark.getLatLng()).add(steps[event.key])));
    moved(mark.getLatLng(), true);
  });
  return mark;
};

wangge.rounded = ({ lng, lat }) => [Number(lng.toFixed(7)), Number(lat.toFixed(7))];

wangge.editPoint = (app) => {
  const [x, y] = app.data.geometry.coordinates;
  for (const area of wangge.shaped(app.data.areas)) {
    L.polygon(wangge.latLngs(area.polygons), { pane: "areas", className: "own", interactive: false }).addTo(app.map);
  }
  L.circleMarker([y, x], { radius: 7, className: "before", interactive: false }).addTo(app.map);
  const tell = (at) => app.tell({ geometry: { type: "Point", coordinates: wangge.rounded(at) } });
  const mark = wangge.handle(app, [y, x], "place", wangge.t("mark"), tell);
  const put = (at) => {
    mark.setLatLng(at);
    tell(at);
  };
  app.map.on("click", (event) => put(event.latlng));
  wangge.tools("point_hint", [["reset", () => put(L.latLng(y, x))]]);
  return ([lng, lat]) => {
    mark.setLatLng([lat, lng]);
    if (!app.map.getBounds().contains([lat, lng])) app.map.panTo([lat, lng]);
  };
};

/* GeoJSON -> polygons of open rings, and back; a corner that nobody moves keeps every digit. */
wangge.openRings = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates)
  .map((rings) => rings.map((ring) => ring.slice(0, -1).map(([x, y]) => [x, y])));
wangge.toGeometry = (polygons) => ({
  type: "MultiPolygon",
  coordinates: polygons.map((rings) => rings.map((ring) => [...ring, ring[0]])),
});

/* Whether an edge that meets corner `i` of a ring crosses another edge of the ring. */
wangge.crosses = (ring, i) => {
  const side = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
  const meet = (a, b, c, d) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  const n = ring.length;
  const edge = (k) => [ring[(k + n) % n], ring[(k + 1) % n]];
  return [i - 1, i].some((k) => ring.some((_, other) => meet(...edge(k), ...edge(other))));
};

wangge.editBoundary = (app) => {
  const { map } = app;
  const most = 160;
  const start = wangge.openRings(app.data.geometry);
  let shape = structuredClone(start);
  let chosen = null;
  const past = [];
  const handles = L.layerGroup().addTo(map);
  const edges = L.layerGroup().addTo(map);
  L.polygon(wangge.latLngs(start), { pane: "areas", className: "before", interactive: false }).addTo(map);
  const drawn = L.polygon(wangge.latLngs(shape), { pane: "areas", className: "drawn", interactive: false }).addTo(map);
  const known = wangge.shaped(app.data.neighbours).flatMap((area) => area.polygons.flat(2));

  const same = (spot) => chosen && chosen.p === spot.p && chosen.r === spot.r && chosen.i === spot.i;
  const keep = () => past.push(structuredClone(shape));
  const tell = (spot) => {
    const bad = spot && wangge.crosses(shape[spot.p][spot.r], spot.i);
    app.notice(bad ? "crossing" : null);
    app.tell({ geometry: past.length ? wangge.toGeometry(shape) : null });
  };
  /* The corner of a neighbour that is nearest on the screen, where one is within a finger's width. */
  const snapped = (at) => {
    const here = map.latLngToContainerPoint(at);
    let best = null, least = 12;
    for (const [x, y] of known) {
      const far = here.distanceTo(map.latLngToContainerPoint([y, x]));
      if (far < least) [best, least] = [[x, y], far];
    }
    return best ?? wangge.rounded(at);
  };
  const move = (spot, at, exactly = false) => {
    keep();
    shape[spot.p][spot.r][spot.i] = exactly ? wangge.rounded(at) : snapped(at);
    chosen = exactly ? chosen : null;
    draw(exactly ? spot : null);
    tell(spot);
  };
  const insert = (p, r, event) => {
    L.DomEvent.stop(event);
    const ring = shape[p][r];
    const here = map.latLngToLayerPoint(event.latlng);
    const at = ([x, y]) => map.latLngToLayerPoint([y, x]);
    const far = ring.map((corner, i) => L.LineUtil.pointToSegmentDistance(here, at(corner), at(ring[(i + 1) % ring.length])));
    const i = far.indexOf(Math.min(...far));
    keep();
    ring.splice(i + 1, 0, wangge.rounded(event.latlng));
    chosen = { p, r, i: i + 1 };
    draw(chosen);
    tell(chosen);
  };
  const remove = () => {
    const ring = chosen && shape[chosen.p][chosen.r];
    if (!ring || ring.length <= 3) return;
    keep();
    ring.splice(chosen.i, 1);
    const spot = { ...chosen, i: chosen.i % ring.length };
    chosen = null;
    draw();
    tell(spot);
  };
  const undo = () => {
    shape = past.pop() ?? shape;
    chosen = null;
    draw();
    tell();
  };
  const [undoing, removing, resetting] = wangge.tools("edit_hint", [["undo", undo], ["remove", remove], ["reset", () => {
    shape = structuredClone(start);
    past.length = 0;
    chosen = null;
    draw();
    tell();
  }]]);

  const spots = () => {
    const view = map.getBounds().pad(0.1);
    return shape.flatMap((rings, p) => rings.flatMap((ring, r) => ring.map(([x, y], i) => ({ p, r, i, at: L.latLng(y, x) }))))
      .filter((spot) => view.contains(spot.at));
  };
  const draw = (focus = null) => {
    handles.clearLayers();
    edges.clearLayers();
    drawn.setLatLngs(wangge.latLngs(shape));
    shape.forEach((rings, p) => rings.forEach((ring, r) => {
      const line = [...ring, ring[0]].map(([x, y]) => [y, x]);
      L.polyline(line, { className: "edge", weight: 30, pane: "areas", bubblingMouseEvents: false }).on("click", (event) => insert(p, r, event)).addTo(edges);
    }));
    const seen = spots();
    app.notice(seen.length > most ? "closer" : null);
    for (const spot of seen.length > most ? [] : seen) {
      const mark = wangge.handle(app, spot.at, same(spot) ? "chosen" : "", wangge.t("corner", { number: spot.i + 1 }),
        (at, exactly) => move(spot, at, exactly), () => {
          chosen = same(spot) ? null : { p: spot.p, r: spot.r, i: spot.i };
          draw(spot);
        });
      handles.addLayer(mark);
      if (focus && focus.p === spot.p && focus.r === spot.r && focus.i === spot.i) mark.getElement().focus({ preventScroll: true });
    }
    undoing.disabled = resetting.disabled = !past.length;
    removing.disabled = !chosen || shape[chosen.p][chosen.r].length <= 3;
  };
  map.on("click", (event) => chosen && move(chosen, event.latlng));
  map.on("moveend", () => draw());
  draw();
};
