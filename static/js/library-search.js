// Search as you type is htmx's; this says when it could not reach the server.

const error = document.getElementById("search-error");
const count = document.getElementById("count");
const AWAY = "The search could not reach the server. Try again when the connection is back.";
const REFUSED = "The server could not search. Try again in a minute.";

document.addEventListener("htmx:sendError", () => show(AWAY));
document.addEventListener("htmx:responseError", () => show(REFUSED));
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (detail.xhr.status === 200) show("");
});
// Without the list in the answer, it is the log-in page that came: go there.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status !== 200 || xhr.response.includes('id="results"')) return;
  event.preventDefault();
  location.assign(`${requestConfig.path}?${new URLSearchParams(requestConfig.parameters)}`);
});

function show(sentence) {
  error.textContent = sentence;
  error.hidden = !sentence;
  if (sentence) count.textContent = "";
}
