import { DevicePage } from "app/device/page";
import { pageData } from "app/shared/dom";

const page = new DevicePage(pageData());
window.addEventListener("pagehide", () => page.close());
// A page restored from the browser's back/forward cache has lost its connections.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
