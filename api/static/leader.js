// Ties the leader's page together: slider, tree, card and the map in its frame. Without it every link and form works.
(() => {
  const at = (id) => document.getElementById(id);
  const here = location.origin;

  // Slider and date are one value.
  const slider = at("slider");
  const date = at("on");
  const first = Date.parse(`${slider.dataset.first}T00:00:00Z`);
  const day = 86400000;
  const follow = () => { slider.setAttribute("aria-valuetext", date.value); };
  slider.closest("label").hidden = false;
  slider.addEventListener("input", () => {
    date.value = new Date(first + Number(slider.value) * day).toISOString().slice(0, 10);
    follow();
  });
  let waiting = 0;
  slider.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => at("as-of").requestSubmit(), 350);
  });
  date.addEventListener("change", () => {
    if (!date.value) return;
    slider.value = Math.round((Date.parse(`${date.value}T00:00:00Z`) - first) / day);
    follow();
    at("as-of").requestSubmit();
  });

  // Loads the page of an address and takes parts of it over.
  let turn = 0;
  const load = async (address, parts, push) => {
    const mine = ++turn;
    at("work").classList.add("busy");
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (mine !== turn) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.getElementById("work")) { location.assign(address); return; }
      const found = parts(page);
      for (const id of found) at(id).replaceWith(document.adoptNode(page.getElementById(id)));
      const messages = page.querySelector("main > .problem");
      at("messages").replaceChildren(...(messages ? [document.adoptNode(messages)] : []));
      if (push) history.pushState({ leader: true }, "", address);
      at("said").textContent = at("card-title").textContent;
    } catch {
      location.assign(address);
    } finally {
      at("work").classList.remove("busy");
    }
  };

  const address = (change) => {
    const asked = new URLSearchParams(location.search);
    asked.delete("lang");
    for (const [name, value] of Object.entries(change)) asked.set(name, value);
    return `/leader?${asked}`;
  };
  const link = (code) => document.querySelector(`#tree a[data-area="${CSS.escape(code)}"]`);
  const mark = (code) => {
    for (const old of document.querySelectorAll("#tree a[aria-current]")) old.removeAttribute("aria-current");
    link(code)?.setAttribute("aria-current", "true");
  };
  // Shows an area in the card, marks it in the tree, and unless the map asked for it goes there.
  const choose = async (code, fromMap) => {
    const inTree = link(code);
    await load(address({ area: code }), () => (inTree ? ["card", "below"] : ["card", "below", "tree"]), true);
    mark(code);
    if (!fromMap) show(code);
  };
  const show = (code) => at("map").contentWindow?.postMessage({ wangge: "show", code }, here);

  addEventListener("message", (event) => {
    if (event.origin !== here || event.source !== at("map").contentWindow) return;
    if (event.data?.wangge === "chosen" && typeof event.data.code === "string") {
      if (event.data.code !== at("card").dataset.area) choose(event.data.code, true);
    }
    if (event.data?.wangge === "ready" && new URLSearchParams(location.search).has("area")) show(at("card").dataset.area);
  });

  const toggle = async (button) => {
    const list = at(button.getAttribute("aria-controls"));
    const open = button.getAttribute("aria-expanded") !== "true";
    if (open && !list.childElementCount) await htmx.ajax("GET", button.dataset.branch, { target: list, swap: "innerHTML" });
    button.setAttribute("aria-expanded", String(open));
    list.hidden = !open;
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const button = event.target.closest("button.toggle");
    if (button) { toggle(button); return; }
    const chosen = event.target.closest("a[data-area]");
    if (!chosen) return;
    event.preventDefault();
    choose(chosen.dataset.area, false);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id === "as-of") {
      event.preventDefault();
      load(address({ on: date.value, area: at("card").dataset.area }), () => ["work", "below"], true);
    } else if (form.id === "since-form") {
      event.preventDefault();
      load(address(Object.fromEntries(new FormData(form))), () => ["below"], true);
    }
  });

  addEventListener("popstate", () => location.reload());
})();
