// What asks before something is deleted comes from the server into #dialog, as a dialog.

// Only once it has settled: until then htmx gives the focus to what has `autofocus`, wherever somebody quick has put it.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const dialog = target.id === "dialog" && target.querySelector("dialog");
  if (!dialog) return;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
});
// Where the dialog cannot be fetched, the page that asks the same takes its place.
for (const failure of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failure, ({ target }) => {
    if (target.getAttribute("hx-target") !== "#dialog") return;
    if (target.href) location.assign(target.href);
    else target.form.requestSubmit(target);
  });
}
// A log-in page in place of an answer: go there, and come back to this page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig.verb !== "post" || !new URL(xhr.responseURL).pathname.startsWith("/accounts/")) return;
  event.preventDefault();
  location.reload();
});
