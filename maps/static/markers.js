"use strict";
/* Markers: facilities in clusters, and a badge on every gap whose place is known. */

wangge.badge = (kind) => {
  const face = wangge.element("span", { class: `badge ${kind}` });
  face.append(wangge.icon(kind));
  return face;
};

wangge.markers = (app) => {
  const cluster = (className, hint, radius) => L.markerClusterGroup({
    maxClusterRadius: radius,
    showCoverageOnHover: false,
    chunkedLoading: true,
    spiderLegPolylineOptions: { className: "spider" },
    iconCreateFunction: (group) => {
      const count = group.getChildCount();
      const face = wangge.element("span", { title: wangge.t(hint, { count }) }, wangge.number(count));
      const size = count < 10 ? 22 : count < 100 ? 27 : 34;
      return L.divIcon({ html: face, className: `cluster ${className}`, iconSize: [size, size] });
    },
  });
  const facilities = cluster("facilities", "cluster", 84);
  const gaps = cluster("gaps", "gap_cluster", app.model.problems.length > 200 ? 64 : 26);

  const marker = (at, kind, size, onClick, title) => {
    const icon = L.divIcon({ html: wangge.badge(kind), className: "marker", iconSize: [size, size] });
    const made = L.marker([at[1], at[0]], { icon, keyboard: false, riseOnHover: true });
    made.bindTooltip(() => wangge.element("span", {}, title()), { direction: "top", offset: [0, -size / 2] });
    return made.on("click", onClick);
  };

  const fill = () => {
    facilities.clearLayers();
    gaps.clearLayers();
    facilities.addLayers(app.model.facilities.filter((facility) => wangge.theme.mark(facility) === "facility").map((facility) =>
      marker([facility.lon, facility.lat], "facility", 16, () => app.open({ facility }), () => facility.name)));
    gaps.addLayers(app.model.problems.filter((problem) => wangge.theme.badges && problem.point).map((problem) =>
      marker(problem.point, problem.kind, 22, () => app.open(problem),
        () => `${wangge.t(problem.kind)} · ${wangge.problemTitle(problem)}`)));
  };

  app.map.addLayer(facilities);
  app.map.addLayer(gaps);
  fill();
  const redraw = () => {
    facilities.refreshClusters();
    gaps.refreshClusters();
  };
  const show = (visible) => (visible ? app.map.addLayer(facilities) : app.map.removeLayer(facilities));
  return { fill, redraw, show };
};
