"use strict";
/* Names on the map: each area of the shown level whose width on the screen has room for its name. */

wangge.labels = (app) => {
  const most = 260;
  const layer = L.layerGroup().addTo(app.map);
  const width = (text) => [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 255 ? 13 : 7), 6);

  const fits = ({ name, bounds }) => {
    const low = app.map.latLngToLayerPoint([bounds[1], bounds[0]]);
    const high = app.map.latLngToLayerPoint([bounds[3], bounds[2]]);
    return high.x - low.x > width(name) && low.y - high.y > 30;
  };

  return {
    draw: (areas) => {
      layer.clearLayers();
      const view = app.map.getBounds();
      const inView = areas.filter(({ point, name }) => point && name && view.contains([point[1], point[0]]));
      for (const area of inView.filter(fits).slice(0, most)) {
        const icon = L.divIcon({ html: wangge.element("span", {}, area.name), className: `label ${area.state}`, iconSize: [0, 0] });
        L.marker([area.point[1], area.point[0]], { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(layer);
      }
    },
  };
};
