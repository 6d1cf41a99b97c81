import { UploadList } from "app/uploads/list";
import { UploadRequests } from "app/uploads/requests";

const section = document.getElementById("uploads");
const input = document.getElementById("upload-input");
const button = document.getElementById("add-files");
const status = document.getElementById("upload-status");

const list = new UploadList(new UploadRequests(section.dataset.url), document.getElementById("upload-list"), {
  limit: Number(section.dataset.limit),
  say: (sentence) => (status.textContent = sentence),
  written: refresh,
});
list.open();

button.hidden = false;
button.addEventListener("click", () => input.click());
input.addEventListener("change", () => {
  list.add([...input.files]);
  input.value = "";
});

// Files may be dropped anywhere on the page; what is dropped beside a page replaces it.
let depth = 0;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const over = (change) => {
  depth = Math.max(0, change);
  document.documentElement.classList.toggle("dropping", depth > 0);
};
document.addEventListener("dragenter", (event) => hasFiles(event) && over(depth + 1));
document.addEventListener("dragleave", (event) => hasFiles(event) && over(depth - 1));
document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  over(0);
  list.add([...event.dataTransfer.files]);
});

/** Puts the new transcript into the history, unless its person is choosing among those that are shown. */
async function refresh() {
  if (document.getElementById("selection")) return;
  const { href } = location;
  const response = await fetch(href, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  // Somebody may have searched on meanwhile.
  if (href !== location.href || document.getElementById("selection")) return;
  for (const id of ["count", "order", "results"]) {
    const element = document.getElementById(id);
    element.replaceChildren(...fresh.getElementById(id).childNodes);
    window.htmx?.process(element);
  }
}
