import { DictationPage } from "app/dictation/page";
import { pageData } from "app/shared/dom";

const page = DictationPage.open(pageData());
window.addEventListener("pagehide", () => page?.close());
// A page that the browser kept aside has lost its connections; the session goes on after a reload.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
