import { query } from "app/shared/dom";

// Registers the service worker, by which files can be shared with the installed app. Without HTTPS there is none.
const { content } = query(document, "meta[name=service-worker]", HTMLMetaElement);
if ("serviceWorker" in navigator) navigator.serviceWorker.register(content, { type: "module" }).catch(() => {});
