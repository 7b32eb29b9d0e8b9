"use strict";
/* The model: what the page knows of areas, faults, facilities and gaps, unpacked from its data block or asked for. */

wangge.facts = () => JSON.parse(document.getElementById("wangge-page").textContent);

wangge.load = async (facts) => {
  const model = facts.renderer === "tiles" ? wangge.emptyModel(facts) : wangge.fill(facts, await wangge.readBlock());
  model.hue = wangge.hues();
  [...new Set(model.areas.map((area) => area.officer).filter(Boolean))].sort().forEach(model.hue);
  return model;
};

/* The data block: JSON as it is, or gzipped and in base64. */
wangge.readBlock = async () => {
  const block = document.getElementById("wangge-data");
  if (block.type === "application/json") return JSON.parse(block.textContent);
  const bytes = Uint8Array.from(atob(block.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = await new Response(stream).json();
  block.remove();
  return data;
};

wangge.emptyModel = (facts) => ({ facts, areas: [], byCode: new Map(), faults: [], facilities: [], gaps: null, problems: [] });

wangge.fill = (facts, data) => {
  const model = wangge.emptyModel(facts);
  model.areas = wangge.shaped(data.areas);
  model.byCode = new Map(model.areas.map((area) => [area.code, area]));
  model.faults = wangge.shaped(data.faults);
  model.facilities = wangge.rows(data.facilities);
  model.gaps = data.gaps;
  model.extra = data.extra;
  model.problems = wangge.theme.problems(model);
  return model;
};

/* Columns -> rows. */
wangge.rows = (columns) => {
  const names = Object.keys(columns).filter((name) => name !== "shape");
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
};

/* Rows with `polygons` (longitude, latitude), `bounds` [west, south, east, north] and a `point` in the middle. */
wangge.shaped = (columns) => {
  const shapes = wangge.polygons(columns.shape);
  return wangge.rows(columns).map((row, i) => ({ ...row, ...wangge.measure(shapes[i]) }));
};

/* Undoes maps/compact.py: differences of whole numbers, cut into rings, polygons and rows. */
wangge.polygons = (shape) => {
  let x = 0, y = 0, vertex = 0, ring = 0, polygon = 0;
  const nextRing = () => {
    const points = [];
    for (let left = shape.vertices[ring++]; left > 0; left--) {
      x += shape.x[vertex];
      y += shape.y[vertex++];
      points.push([x / shape.steps, y / shape.steps]);
    }
    points.push(points[0]);
    return points;
  };
  return shape.polygons.map((count) =>
    Array.from({ length: count }, () => Array.from({ length: shape.rings[polygon++] }, nextRing)));
};

wangge.measure = (polygons) => {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  let point = null, largest = -1;
  for (const [outer] of polygons) {
    let area = 0, sx = 0, sy = 0;
    const [ox, oy] = outer[0];
    for (let i = 0; i < outer.length - 1; i++) {
      const [x, y] = outer[i], [nx, ny] = outer[i + 1];
      bounds[0] = Math.min(bounds[0], x);
      bounds[1] = Math.min(bounds[1], y);
      bounds[2] = Math.max(bounds[2], x);
      bounds[3] = Math.max(bounds[3], y);
      const cross = (x - ox) * (ny - oy) - (nx - ox) * (y - oy);
      area += cross;
      sx += (x + nx - 2 * ox) * cross;
      sy += (y + ny - 2 * oy) * cross;
    }
    if (Math.abs(area) > largest) {
      largest = Math.abs(area);
      point = area ? [ox + sx / (3 * area), oy + sy / (3 * area)] : outer[0];
    }
  }
  return { polygons, bounds: point ? bounds : null, point };
};

/* The server's answer as JSON, or null where it does not answer. */
wangge.ask = async (path, values = {}) => {
  const here = new URLSearchParams(location.search);
  const query = new URLSearchParams(values);
  for (const name of ["on", "known"]) if (here.get(name)) query.set(name, here.get(name));
  try {
    const answer = await fetch(`${path}?${query}`, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
};

/* What the light page asks once: the gaps, with the ground of each fault. */
wangge.askGaps = async (model) => {
  const gaps = await wangge.ask("/api/gaps/responsibility", { geometry: "true", on: model.facts.on });
  if (!gaps) return false;
  model.gaps = gaps;
  model.faults = (gaps.geometry?.features ?? []).map(({ properties, geometry }) => ({
    ...properties,
    ...wangge.measure(geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates),
  }));
  model.problems = wangge.theme.problems(model);
  return true;
};

/* Level -> its areas. */
wangge.byLevel = (areas) => {
  const groups = new Map();
  for (const area of areas) {
    if (!groups.has(area.level)) groups.set(area.level, []);
    groups.get(area.level).push(area);
  }
  return groups;
};
