import { DictationPage } from "app/dictation/page";
import { pageData } from "app/shared/dom";
import { Preferences } from "app/shared/preferences";

const page = DictationPage.open(pageData());
if (new Preferences().get("tape")) import("app/dictation/tape/remains").then(({ deliverRemains }) => deliverRemains());
window.addEventListener("pagehide", () => page?.close());
// A page restored from the browser's back/forward cache has lost its connections; a reload continues the session.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
