// A click on the map fills the form and asks; the map is told what the answer says, and marks it.
(() => {
  const form = document.getElementById("point");
  const frame = document.getElementById("map");
  const place = document.getElementById("answer-place");
  const mark = () => {
    const told = document.getElementById("answer").dataset.place;
    if (told) frame.contentWindow.postMessage({ wangge: "opened", ...JSON.parse(told) }, location.origin);
  };
  const ask = (lon, lat) => {
    form.elements.lon.value = Number(lon).toFixed(6);
    form.elements.lat.value = Number(lat).toFixed(6);
    form.elements.datum.value = "wgs84";
    form.requestSubmit();
  };
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== location.origin || source !== frame.contentWindow) return;
    if (data?.wangge === "place") ask(data.lon, data.lat);
    if (data?.wangge === "ready") mark();
  });
  for (const link of document.querySelectorAll("a.try")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      ask(link.dataset.lon, link.dataset.lat);
    });
  }
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target !== place) return;
    mark();
    document.getElementById("answer").scrollIntoView({ block: "nearest" });
  });
})();
