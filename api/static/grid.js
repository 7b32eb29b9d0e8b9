// The map inside the page: it tells which facility was picked and what was drawn; the form tells it what was typed.
(() => {
  const frame = document.getElementById("grid-map") ?? document.getElementById("editor");
  const form = document.getElementById("correction");
  if (!frame) return;
  const field = (name) => form.elements.namedItem(name);
  const drawn = document.getElementById("drawn");
  const say = () => {
    if (drawn) drawn.textContent = field("geometry").value.trim() ? drawn.dataset.changed : drawn.dataset.unchanged;
  };

  const take = (geometry) => {
    if (form.dataset.kind === "boundary") {
      field("geometry").value = geometry ? JSON.stringify(geometry) : "";
      say();
    } else {
      field("lon").value = geometry.coordinates[0];
      field("lat").value = geometry.coordinates[1];
    }
    field("datum").value = "wgs84";
  };
  const pick = (code) => {
    for (const chosen of document.querySelectorAll("li.chosen")) chosen.classList.remove("chosen");
    document.getElementById(`row-${code}`)?.classList.add("chosen");
  };
  addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.source !== frame.contentWindow || !event.data?.wangge) return;
    if (form && "geometry" in event.data) take(event.data.geometry);
    if (event.data.picked) pick(event.data.picked);
  });

  if (!form) return;
  say();
  form.addEventListener("input", say);
  form.addEventListener("change", () => {
    if (form.dataset.kind !== "point" || field("datum").value !== "wgs84") return;
    const place = [Number(field("lon").value), Number(field("lat").value)];
    if (place.every(Number.isFinite)) frame.contentWindow.postMessage({ wangge: true, place }, location.origin);
  });
})();
