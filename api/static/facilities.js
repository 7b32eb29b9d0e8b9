// The table with its filters, and the map beside it: it follows them; a mark finds its row, and a row its mark.
(() => {
  htmx.config.refreshOnHistoryMiss = true;
  // An address says only what was chosen.
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
  });

  const frame = document.getElementById("side-map");
  if (!frame) return;
  const address = () => document.getElementById("results").dataset.map;
  let shown = address();

  document.body.addEventListener("htmx:afterSettle", () => {
    if (address() === shown) return;
    shown = address();
    frame.contentWindow.location.replace(shown);
  });

  document.body.addEventListener("click", (event) => {
    const link = event.target.closest("a.show");
    if (!link) return;
    event.preventDefault();
    frame.contentWindow.postMessage({ wangge: true, show: link.closest("tr").dataset.code }, location.origin);
    frame.scrollIntoView({ block: "nearest" });
  });

  addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.source !== frame.contentWindow || !event.data?.wangge) return;
    const row = document.getElementById(`row-${event.data.picked}`);
    for (const chosen of document.querySelectorAll("tr.chosen")) chosen.classList.remove("chosen");
    if (!row) return;
    row.classList.add("chosen");
    row.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
})();
