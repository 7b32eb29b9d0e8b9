"use strict";
/* What the map of clusters shows of an area: whether it is in one, how many premises were inspected, in how many something was found. */

wangge.theme = {
  kinds: ["strong", "weak"],
  states: ["looked", "strong", "weak", "unseen"],
  marked: [],
  faults: [],
  below: false,
  badges: false,
  facilities: false,
  colours: [["state", "by_cluster"]],
  hidden: [],
  nameless: true,
  steps: { strong: "step-4", weak: "step-1" },

  mark: () => "facility",
  paint: () => {},
  caption: (area) => {
    if (!area.population) return wangge.t("unseen");
    return `${wangge.t(area.state)} · ${wangge.t("caption", { cases: wangge.number(area.cases), population: wangge.number(area.population) })}`;
  },
  links: () => [],
  properties: () => ({}),
  fill: () => ["match", ["get", "state"], "strong", wangge.colour("step-4"), "weak", wangge.colour("step-1"),
    "unseen", wangge.colour("missed-ground"), wangge.colour("paper")],
  legend: (state, entry, swatch) => wangge.theme.states.map((name) => entry(swatch(name), wangge.t(name))),

  problems: (model) => {
    const seen = new Map();
    for (const area of model.areas) {
      if (area.number === null) continue;
      const held = seen.get(area.number) ?? [];
      held.push(area);
      seen.set(area.number, held);
    }
    return [...seen.entries()].sort(([one], [other]) => one - other).map(([, areas]) => {
      const [first] = areas;
      const bounds = areas.reduce((all, { bounds: [west, south, east, north] }) =>
        [Math.min(all[0], west), Math.min(all[1], south), Math.max(all[2], east), Math.max(all[3], north)], first.bounds);
      const title = wangge.t("cluster_title", { cases: wangge.number(first.cluster_cases),
        expected: wangge.number(first.cluster_expected, 1), p: first.cluster_p });
      return { kind: first.state, code: first.code, area: first, title, point: first.point, bounds };
    });
  },
};
