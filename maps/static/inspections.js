"use strict";
/* What the inspection map shows of an area: how many of its premises are up to date; and each of them by its state. */

wangge.theme = {
  kinds: ["case", "finding", "overdue", "never", "due_soon"],
  states: ["touched", "missed", "none"],
  marked: ["missed"],
  faults: [],
  below: false,
  badges: true,
  facilities: true,
  colours: [["by_current", "by_current"], ["by_share", "by_share"]],
  hidden: ["by_current", "by_share", "due"],
  steps: 5,

  mark: (facility) => (facility.due === "current" ? "facility" : facility.due),
  paint: (area, element) => {
    for (const name of ["by_current", "by_share"]) {
      element.style.setProperty(`--${name.replace("_", "-")}`, area[name] === null ? "var(--paper)" : `var(--step-${area[name]})`);
    }
  },
  caption: (area) => {
    if (!area.registered) return wangge.t("none");
    const { current, registered, overdue } = area;
    return wangge.t("caption", { current: wangge.number(current), registered: wangge.number(registered), overdue: wangge.number(overdue) });
  },
  links: () => [],
  properties: ({ by_current, by_share }) => ({ by_current, by_share }),
  fill: (state) => {
    const steps = Array.from({ length: wangge.theme.steps }, (_, step) => [step, wangge.colour(`step-${step}`)]);
    return ["match", ["coalesce", ["get", state.colour], -1], ...steps.flat(), wangge.colour("paper")];
  },
  legend: (state, entry, swatch) => {
    const { edges } = wangge.facts();
    const steps = Array.from({ length: wangge.theme.steps }, (_, step) =>
      entry(swatch(`step-${step}`), wangge.t("step_share", { from: edges[step], to: edges[step + 1] })));
    return [...steps.reverse(), entry(swatch("missed"), wangge.t("missed")), entry(swatch("none"), wangge.t("none")),
      ...wangge.theme.kinds.map((kind) => entry(wangge.badge(kind), wangge.t(kind)))];
  },

  problems: (model) => {
    const late = (facility) => facility.days ?? Infinity;
    const stand = (kind) => (facility) => ({
      kind, code: facility.code, facility, title: facility.name,
      point: [facility.lon, facility.lat], bounds: [facility.lon, facility.lat, facility.lon, facility.lat],
    });
    const due = model.facilities.filter((facility) => facility.due !== "current").sort((one, other) => late(other) - late(one));
    return [
      ...model.facilities.filter((facility) => facility.case_state).map(stand("case")),
      ...model.facilities.filter((facility) => facility.findings).map(stand("finding")),
      ...due.map((facility) => stand(facility.due)(facility)),
    ];
  },
};
