import { DictationPage } from "app/dictation/page";
import { pageData } from "app/shared/dom";
import { deliverRemains } from "app/shared/tape-remains";

const page = DictationPage.open(pageData());
if (page && !page.isOffline) {
  deliverRemains().then((delivered) => page.tellDelivered(delivered));
  // It is for another day: nothing waits for it.
  navigator.serviceWorker?.ready
    .then(() => import("app/dictation/offline/keeping"))
    .then((keeping) => keeping.keepForOffline());
}
window.addEventListener("pagehide", () => page?.close());
// A page restored from the browser's back/forward cache has lost its connections; a reload continues the session.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
