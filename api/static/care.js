// A place from the map or the device goes into the form, whose body alone takes it to the server; nothing is kept here.
(() => {
  const form = document.getElementById("point");
  const frame = document.getElementById("map");
  const place = document.getElementById("answer-place");
  const ask = (lon, lat) => {
    form.elements.lon.value = lon.toFixed(6);
    form.elements.lat.value = lat.toFixed(6);
    form.elements.datum.value = "wgs84";
    form.requestSubmit();
  };
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== location.origin || source !== frame.contentWindow || data?.wangge !== "place") return;
    ask(data.lon, data.lat);
  });
  if (navigator.geolocation && isSecureContext) {
    const denied = document.getElementById("device-denied");
    document.getElementById("device-place").hidden = false;
    document.getElementById("device").addEventListener("click", () => {
      denied.textContent = "";
      navigator.geolocation.getCurrentPosition(({ coords }) => ask(coords.longitude, coords.latitude),
        () => { denied.textContent = denied.dataset.text; }, { enableHighAccuracy: false, maximumAge: 60000, timeout: 10000 });
    });
  }
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === place && matchMedia("(max-width: 60rem)").matches) {
      document.getElementById("answer").scrollIntoView({ block: "nearest" });
    }
  });
})();
