"use strict";
/* What the responsibility map shows of an area: who answers for it, or that nobody does, or two do. */

wangge.theme = {
  kinds: ["vacant", "doubled", "hole", "overlap", "outside", "orphan"],
  states: ["covered", "vacant", "doubled"],
  marked: ["vacant", "doubled"],
  faults: ["hole", "overlap", "outside"],
  below: true,
  badges: true,
  facilities: true,
  colours: [["officer", "by_officer"], ["state", "by_state"]],
  hidden: ["officer", "from", "to"],

  mark: (facility) => (facility.orphan ? "orphan" : "facility"),
  paint: (area, element, model) => {
    if (area.officer) element.style.setProperty("--hue", model.hue(area.officer));
  },
  caption: (area) => area.officer ?? wangge.t(area.state),
  links: (area, climb) => climb(area),
  properties: ({ officer }, model) => ({ hue: officer ? model.hue(officer) : null }),
  fill: (state) => {
    const plain = wangge.colour("covered");
    if (state.colour === "state") return plain;
    const tint = `, ${wangge.colour("officer-s")}, ${wangge.colour("officer-l")})`;
    return ["case", ["==", ["get", "hue"], null], plain, ["to-color", ["concat", "hsl(", ["get", "hue"], tint]]];
  },
  legend: (state, entry, swatch) => {
    const covered = state.colour === "state" ? "covered" : "mixed";
    return [
      entry(swatch(covered), covered === "mixed" ? wangge.t("by_officer") : wangge.t("covered")),
      ...["vacant", "doubled", "hole", "overlap", "outside"].map((kind) => entry(swatch(kind), wangge.t(kind))),
      entry(wangge.badge("orphan"), wangge.t("orphan")),
    ];
  },

  /* Everything that is wrong, one entry each: kind, title, note, and the place where known. */
  problems: (model) => {
    const named = (code) => model.byCode.get(code)?.name ?? code;
    const ofArea = (kind, code, more = {}) => {
      const area = model.byCode.get(code);
      const parent = model.byCode.get(area?.parent_code);
      const title = parent?.parent_code ? `${named(parent.code)} ${named(code)}` : named(code);
      return { kind, code, area, title, point: area?.point, bounds: area?.bounds, ...more };
    };
    const ofFault = (fault) => ({
      kind: fault.kind, code: fault.a, fault, title: named(fault.a), other: fault.b ? named(fault.b) : null,
      point: fault.point, bounds: fault.bounds, size: fault.area_m2,
    });
    const ofOrphan = (facility) => ({
      kind: "orphan", code: facility.code, facility, title: facility.name,
      point: [facility.lon, facility.lat], bounds: [facility.lon, facility.lat, facility.lon, facility.lat],
    });
    const orphans = model.facilities.length
      ? model.facilities.filter((facility) => facility.orphan).map(ofOrphan)
      : (model.gaps.orphans ?? []).map((code) => ({ kind: "orphan", code, title: code }));
    const bySize = [...model.faults].sort((a, b) => b.area_m2 - a.area_m2);
    return [
      ...(model.gaps.vacant ?? []).map((code) => ofArea("vacant", code)),
      ...(model.gaps.doubled ?? []).map((it) => ofArea("doubled", it.target, { officers: it.officers, from: it.from, to: it.to })),
      ...bySize.map(ofFault),
      ...orphans,
    ];
  },
};
