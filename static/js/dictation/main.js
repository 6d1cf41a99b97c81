import { DictationPage } from "app/dictation/page";

const data = JSON.parse(document.getElementById("page-data").textContent);
const page = new DictationPage(document, data);
window.addEventListener("pagehide", () => page.close());
// A page that the browser kept aside has lost its connections; the session goes on after a reload.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
