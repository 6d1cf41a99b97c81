// Keeps what the device shares with the installed app, for the history to upload: the browser posts it without a CSRF
// token, at any size, perhaps logged out or offline. Nothing else is kept, and no page.
//
// captions/web/service_worker.py puts `addresses` before this script. A new version takes over at once: it has no state
// of its own that the old one could be using.

import { DATABASE } from "app/dictation/tape/store";
import { SharedFiles } from "app/uploads/shared-files";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/** @type {{share: string, missed: string, logouts: string[], kept: string}} */
const { share, missed, logouts, kept } = /** @type {any} */ (self).addresses;
const files = new SharedFiles(kept);

worker.addEventListener("install", (event) => {
  // Whatever is only read goes past this worker, which need not be started for it.
  const { addRoutes } = /** @type {any} */ (event);
  addRoutes?.call(event, { condition: { requestMethod: "GET" }, source: "network" });
  worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropEarlierVersions());
});

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "POST" || origin !== worker.location.origin) return;
  if (pathname === share) event.respondWith(keep(event.request));
  else if (logouts.includes(pathname)) {
    event.waitUntil(files.clear());
    indexedDB.deleteDatabase(DATABASE);
  }
});

/** @param {Request} request */
async function keep(request) {
  try {
    const fields = (await request.formData()).getAll("files");
    const shared = fields.filter((field) => field instanceof File && field.size > 0);
    if (shared.length > 0) {
      const id = await files.keep(/** @type {File[]} */ (shared), Date.now());
      return Response.redirect(`${share}${id}/`, 303);
    }
  } catch {
    // Unreadable, or no room for it: the next page says that nothing arrived.
  }
  return Response.redirect(missed, 303);
}

/** Deletes what was kept in another form, under the same name with another version. */
async function dropEarlierVersions() {
  const family = kept.slice(0, kept.lastIndexOf(" ") + 1);
  const names = (await caches.keys()).filter((name) => name.startsWith(family) && name !== kept);
  await Promise.all(names.map((name) => caches.delete(name)));
}
