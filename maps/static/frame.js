"use strict";
/* Inside a page of the application: says which area was opened, and opens the one that the page names. */

wangge.frame = (app) => {
  if (parent === window) return;
  const tell = (message) => parent.postMessage(message, location.origin);
  let asked = false;
  const open = app.open;
  app.open = (target, place) => {
    open(target, place);
    const code = target.area?.code ?? (target.level ? target.code : null);
    if (code && !asked) tell({ wangge: "chosen", code });
  };
  addEventListener("message", async (event) => {
    if (event.origin !== location.origin || event.source !== parent) return;
    if (event.data?.wangge !== "show" || typeof event.data.code !== "string") return;
    const area = app.model.byCode.get(event.data.code);
    asked = true;
    try {
      await app.go(area ? { area, bounds: area.bounds, point: area.point } : { code: event.data.code });
    } finally {
      asked = false;
    }
  });
  /* The page around has the day and the language. */
  document.getElementById("day-input").parentElement.hidden = true;
  document.getElementById("language").hidden = true;
  tell({ wangge: "ready" });
};
