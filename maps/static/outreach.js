"use strict";
/* What the outreach map shows of an area: how long ago its last session was, how many it had, or that it had none. */

wangge.theme = {
  kinds: ["missed"],
  states: ["reached", "missed"],
  marked: ["missed"],
  faults: [],
  below: false,
  badges: false,
  facilities: false,
  colours: [["age", "by_age"], ["count", "by_count"]],
  hidden: ["age", "count"],
  steps: 5,

  mark: () => "facility",
  paint: (area, element) => {
    if (area.state === "missed") return;
    for (const name of ["age", "count"]) element.style.setProperty(`--${name}`, `var(--step-${area[name]})`);
  },
  caption: (area) => {
    const held = wangge.t("held", { count: wangge.number(area.sessions) });
    if (area.state === "reached") return `${held} · ${wangge.t("days_ago", { count: wangge.number(area.days_since) })}`;
    return area.last ? `${wangge.t("missed")} · ${wangge.t("days_ago", { count: wangge.number(area.days_since) })}` : wangge.t("never");
  },
  links: () => [],
  properties: ({ age, count }) => ({ age, count }),
  fill: (state) => {
    const steps = Array.from({ length: wangge.theme.steps }, (_, step) => [step, wangge.colour(`step-${step}`)]);
    return ["match", ["get", state.colour], ...steps.flat(), wangge.colour("missed-ground")];
  },
  legend: (state, entry, swatch) => {
    const words = ([from, to]) => {
      if (to === null) return wangge.t("step_more", { from });
      const range = from === to ? String(from) : wangge.t("from_to", { from, to });
      return state.colour === "age" ? wangge.t("step_days", { days: range }) : wangge.t("step_sessions", { count: range });
    };
    const steps = wangge.facts().steps[state.colour].map((range, step) => range && entry(swatch(`step-${step}`), words(range)));
    return [...steps.filter(Boolean).reverse(), entry(swatch("missed"), wangge.t("missed"))];
  },

  problems: (model) => {
    const title = (area) => {
      const parent = model.byCode.get(area.parent_code);
      return parent?.parent_code ? `${parent.name ?? parent.code} ${area.name ?? area.code}` : area.name ?? area.code;
    };
    const rank = (area) => model.facts.levels.indexOf(area.level);
    return model.areas.filter((area) => area.state === "missed").sort((one, other) => rank(one) - rank(other)).map((area) =>
      ({ kind: "missed", code: area.code, area, title: title(area), point: area.point, bounds: area.bounds }));
  },
};
