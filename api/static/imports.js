// The upload form says at once what is too big, and that it is at work; nothing is sent twice.
(() => {
  const upload = document.getElementById("upload");
  upload?.addEventListener("submit", (event) => {
    const says = document.getElementById("upload-says");
    const size = [...upload.elements.file.files].reduce((sum, file) => sum + file.size, 0);
    const tooBig = size > Number(upload.dataset.most);
    says.textContent = tooBig ? upload.dataset.tooBig : upload.dataset.wait;
    says.className = tooBig ? "problem" : "soft";
    if (tooBig) event.preventDefault();
  });
  for (const form of document.querySelectorAll("#upload, #confirm")) {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector("button");
      if (event.defaultPrevented) return;
      if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
      button.setAttribute("aria-disabled", "true");
    });
  }
  addEventListener("pageshow", () => document.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled")));
})();
