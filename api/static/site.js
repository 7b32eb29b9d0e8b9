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
})();
