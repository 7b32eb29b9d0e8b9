// The map in the page tells where it was clicked; the form asks for that point, and the answer comes into the page.
(() => {
  const form = document.getElementById("point");
  const frame = document.getElementById("map");
  const place = document.getElementById("answer-place");
  let clicked = false;
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== location.origin || source !== frame.contentWindow || data?.wangge !== "place") return;
    form.elements.lon.value = data.lon.toFixed(6);
    form.elements.lat.value = data.lat.toFixed(6);
    form.elements.datum.value = "wgs84";
    clicked = true;
    form.requestSubmit();
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target !== place) return;
    const answer = document.getElementById("answer");
    const box = answer.dataset.box;
    if (box && !clicked) frame.contentWindow.location.replace(`/maps/open#${box}`);
    clicked = false;
    if (matchMedia("(max-width: 60rem)").matches) answer.scrollIntoView({ block: "nearest" });
  });
})();
