"use strict";
/* What a click tells: an area and everybody who answers for it, a facility, or a gap. */

wangge.problemTitle = (problem) => {
  if (problem.kind === "overlap") return wangge.t("and", { a: problem.title, b: problem.other });
  if (problem.kind === "outside") return wangge.t("leaves", { child: problem.title, parent: problem.other });
  return problem.kind === "hole" ? wangge.t("in_parent", { parent: problem.title }) : problem.title;
};

wangge.detail = (app) => {
  const { element, t } = wangge;
  const known = new Set(["code", "name", "level", "parent_code", "state", "polygons", "bounds", "point", "lon", "lat", "orphan",
    "kind", "area_code", ...wangge.theme.hidden]);
  const level = (name) => (name in wangge.words.all.en ? t(name) : name);
  const shown = (value) => (typeof value === "number" ? wangge.number(value, 2) : String(value));

  const facts = (pairs) => element("dl", {}, ...pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, shown(value))]));
  const extras = (row) => wangge.theme.rows?.(row) ?? Object.entries(row).filter(([name]) => !known.has(name)).map(([name, value]) => [t(name), value]);
  const chip = (kind) => {
    const made = element("span", { class: `chip ${kind}` });
    if (wangge.theme.kinds.includes(kind)) made.append(wangge.icon(kind));
    made.append(t(kind));
    return made;
  };
  const card = (title, chips, ...parts) =>
    element("div", { class: "card" }, element("h3", {}, title), element("p", { class: "chips" }, ...chips), ...parts);

  const step = (link) => {
    const name = element("span", { class: link.officer ? "officer" : "officer nobody" }, link.officer ?? t("nobody"));
    return element("li", {}, element("span", { class: "rung", title: level(link.level) }, link.name ?? level(link.level)), name,
      element("small", {}, wangge.period(link.from, link.to)));
  };
  const chain = (links) => element("div", { class: "who" }, element("h4", {}, t("who")),
    element("ol", {}, ...links.map(step)));
  const climb = (area) => (area ? [area, ...climb(app.model.byCode.get(area.parent_code))] : []);

  const ofArea = (area) => {
    const links = element("div", {});
    const own = wangge.theme.links(area, climb);
    if (app.model.byCode.has(area.code)) links.append(own.length ? chain(own) : "");
    else if (area.code) {
      wangge.ask(`/api/who/${encodeURIComponent(area.code)}`).then((who) => {
        const inCharge = who?.chain?.filter((link) => link.role !== "deputy");
        if (inCharge?.length) links.append(chain(inCharge));
      });
    }
    const tags = [element("span", { class: "chip" }, level(area.level)), area.state ? chip(area.state) : null];
    return card(area.name ?? area.code, tags, facts([[t("code"), area.code], ...extras(area)]), links);
  };

  const ofFacility = (facility) => {
    const tags = [chip(wangge.theme.mark(facility))];
    const place = app.model.byCode.get(facility.area_code)?.name ?? facility.area_code;
    return card(facility.name, tags, facts([
      [t("code"), facility.code], [t("kind"), facility.kind], [t("area"), place], ...extras(facility)]));
  };

  const ofProblem = (problem) => card(wangge.problemTitle(problem), [chip(problem.kind)],
    element("p", { class: "hint" }, t(`${problem.kind}_hint`)),
    facts([
      [t("size"), problem.size === undefined ? null : wangge.squareMetres(problem.size)],
      [t("code"), problem.fault ? [problem.fault.a, problem.fault.b].filter(Boolean).join(" · ") : problem.code],
      [t("officers"), problem.officers?.join(" · ")],
      [t("period"), wangge.period(problem.from, problem.to)],
    ]));

  return (target) => {
    if (target.facility) return ofFacility(target.facility);
    if (target.area && target.kind !== "doubled") return ofArea(target.area);
    if (target.area) {
      const both = ofArea(target.area);
      both.append(facts([[t("officers"), target.officers?.join(" · ")], [t("period"), wangge.period(target.from, target.to)]]));
      return both;
    }
    return target.kind ? ofProblem(target) : ofArea(target);
  };
};

wangge.nameOf = (target) => target.area?.name ?? target.facility?.name ?? (target.kind ? wangge.problemTitle(target) : target.name);
