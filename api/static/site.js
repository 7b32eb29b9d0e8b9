// Every request of htmx that changes something carries the secret of the session; what fails is said aloud.
(() => {
  const csrf = document.body.dataset.csrf;
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (csrf) event.detail.headers["X-CSRF-Token"] = csrf;
  });
  const say = (text) => {
    const line = document.createElement("p");
    line.className = "problem";
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
  };
  document.body.addEventListener("htmx:responseError", (event) => {
    let text = event.detail.xhr.statusText;
    try { text = JSON.parse(event.detail.xhr.responseText).message || text; } catch { /* not JSON: the status will do */ }
    say(text);
  });
  // On a phone the menu is one line that can be pushed aside: it begins where the reader is.
  document.querySelector(".top nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  // What the page for inspections keeps of an account goes with the sign-out, or when another account is here.
  const owner = "wangge-inspect-account";
  const forget = async () => {
    localStorage.removeItem(owner);
    await globalThis.caches?.delete("wangge-inspect-data");
  };
  const held = localStorage.getItem(owner);
  if (held !== null && document.body.dataset.account && held !== document.body.dataset.account) forget();
  document.body.addEventListener("submit", async (event) => {
    const form = event.target;
    const leaves = ["/logout", "/account/sign-out"].includes(form.getAttribute("action"));
    if (!leaves || localStorage.getItem(owner) === null) return;
    event.preventDefault();
    await forget();
    form.submit();
  });
})();
