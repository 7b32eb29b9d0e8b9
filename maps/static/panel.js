"use strict";
/* The panel: levels, colours, coverage, the list of gaps, legend. Everything is rebuilt when the language changes. */

wangge.panel = (app) => {
  const { element, t, theme } = wangge;
  const at = (id) => document.getElementById(id);
  const level = (name) => (name in wangge.words.all.en ? t(name) : name);
  const opened = new Set();
  const page = 60;

  const segments = (id, options, current, choose) => {
    const hadFocus = at(id).contains(document.activeElement);
    at(id).replaceChildren(...options.map(([value, text, hint]) => {
      const input = element("input", { type: "radio", name: id, value, change: () => choose(value) });
      input.checked = value === current;
      return element("label", { title: hint ?? null }, input, element("span", {}, text));
    }));
    if (hadFocus) at(id).querySelector("input:checked")?.focus();
  };

  const choices = () => {
    const levels = app.facts.levels.map((name) => [name, level(name)]);
    segments("levels", [["auto", t("auto"), t("auto_hint")], ...levels], app.state.chosen, app.choose);
    segments("colours", theme.colours.map(([value, key]) => [value, t(key)]), app.state.colour, app.paint);
  };

  const coverage = () => {
    const counts = app.facts.counts[app.state.level] ?? {};
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const bar = element("div", { class: "bar", "aria-hidden": "true" });
    for (const state of theme.states) {
      if (counts[state]) bar.append(element("span", { class: state, style: `flex-grow:${counts[state]}` }));
    }
    const states = theme.states.map((state) => element("li", {},
      element("span", { class: `swatch ${state}` }), element("span", {}, t(state)), element("b", {}, wangge.number(counts[state] ?? 0))));
    at("coverage").replaceChildren(
      element("p", { class: "figure" }, element("b", {}, level(app.state.level)), " ",
        t("of_level", { covered: wangge.number(counts[theme.states[0]] ?? 0), total: wangge.number(total), days: app.facts.days })),
      bar, element("ul", { class: "states" }, ...states));
  };

  const note = (problem) => {
    if (problem.size !== undefined) return wangge.squareMetres(problem.size);
    if (problem.officers) return problem.officers.join(" · ");
    return problem.area ? `${level(problem.area.level)} ${problem.code}` : problem.code === problem.title ? "" : problem.code;
  };
  const item = (problem) => element("li", {}, element("button", { type: "button", click: () => app.go(problem) },
    element("span", {}, wangge.problemTitle(problem)), element("small", {}, note(problem))));

  const listOf = (problems) => {
    const list = element("ul", { class: "items" });
    const add = (from) => {
      list.append(...problems.slice(from, from + page).map(item));
      const left = problems.length - from - page;
      if (left <= 0) return;
      const more = element("button", { type: "button", class: "more", click: () => { more.parentElement.remove(); add(from + page); } },
        t("more", { count: wangge.number(left) }));
      list.append(element("li", {}, more));
    };
    add(0);
    return list;
  };

  const gaps = () => {
    at("gaps").replaceChildren(...theme.kinds.map((kind) => {
      const problems = app.model.problems.filter((problem) => problem.kind === kind);
      const summary = element("summary", { title: t(`${kind}_hint`) }, wangge.badge(kind), element("span", {}, t(kind)),
        element("b", { class: "count" }, app.model.gaps ? wangge.number(problems.length) : "…"));
      const fold = element("details", { class: problems.length ? "gap" : "gap empty", "data-kind": kind }, summary);
      fold.open = opened.has(kind);
      if (fold.open) fold.append(listOf(problems));
      fold.addEventListener("toggle", () => {
        if (fold.open === opened.has(kind)) return;
        opened[fold.open ? "add" : "delete"](kind);
        fold.querySelector("ul")?.remove();
        if (fold.open) fold.append(problems.length ? listOf(problems) : element("ul", { class: "items" }, element("li", { class: "nothing" }, t("none"))));
      });
      return fold;
    }));
  };

  const legend = () => {
    const entry = (swatch, text) => element("li", {}, swatch, element("span", {}, text));
    const swatch = (kind) => element("span", { class: `swatch ${kind}` });
    const switchOn = element("input", { type: "checkbox", id: "facilities", change: () => app.facilities(switchOn.checked) });
    switchOn.checked = app.state.facilities;
    at("legend").replaceChildren(
      ...theme.legend(app.state, entry, swatch),
      entry(swatch("outline"), t("outline")));
    if (theme.facilities) {
      at("legend").append(element("li", {},
        element("label", { class: "switch" }, switchOn, wangge.badge("facility"), element("span", {}, t("facilities")))));
    }
  };

  const head = () => {
    const { on, known, served } = app.facts;
    at("as-of").textContent = served ? t("as_of", { on: "" }).trim() : t("as_of", { on });
    if (known) at("as-of").append(" · ", t("known", { known: known.replace("T", " ") }));
    at("language").textContent = wangge.words.lang === "zh" ? "English" : "中文";
    at("language").lang = wangge.words.lang === "zh" ? "en" : "zh-CN";
    at("place").textContent = theme.nameless ? "" : app.model.areas.find((area) => area.level === app.facts.levels[0])?.name ?? "";
    app.gripText();
  };

  const draw = () => {
    head();
    choices();
    coverage();
    gaps();
    legend();
  };
  return { draw, gaps, legend, choices, coverage };
};
