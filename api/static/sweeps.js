// While a sweep is planned: the button rests, and a bar runs as many seconds as were chosen.
(() => {
  for (const form of document.querySelectorAll("form[data-plans]")) {
    form.addEventListener("submit", () => {
      const seconds = Number(form.elements.seconds.value) || 1;
      const line = form.querySelector(".waiting");
      const bar = line.querySelector("progress");
      const begun = performance.now();
      bar.max = seconds;
      line.hidden = false;
      form.querySelector("button").disabled = true;
      setInterval(() => { bar.value = Math.min(seconds, (performance.now() - begun) / 1000); }, 200);
    });
  }
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
