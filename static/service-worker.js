// Keeps what the device shares with the installed app, for the history to upload: the browser posts it without a CSRF
// token, at any size, perhaps logged out or offline. And opens the dictation page where the server cannot be reached, in
// the form in which a page has kept it (app/dictation/offline/keeping): without any text, and until somebody logs out.
//
// captions/web/service_worker.py puts `addresses` before this script. A new version takes over at once: it has no state
// of its own that the old one could be using.

import { DATABASE, TapeStore } from "app/dictation/tape/store";
import { SharedFiles } from "app/uploads/shared-files";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/**
 * @type {{
 *   share: string, missed: string, logouts: string[], kept: string,
 *   home: string, page: string, login: string, assets: string[], changing: boolean, offline: string,
 * }}
 */
const { share, missed, logouts, kept, home, page, login, assets, changing, offline } = /** @type {any} */ (self)
  .addresses;
const files = new SharedFiles(kept);
// A server that has not answered by then is as good as away; its page is shown when it can be reached.
const PATIENCE_MS = 8000;
// What a proxy says of a server that is away.
const AWAY = [502, 503, 504];

worker.addEventListener("install", (event) => {
  const { addRoutes } = /** @type {any} */ (event);
  addRoutes?.call(event, [
    ...[home, login].map((pathname) => ({
      condition: { urlPattern: { pathname }, requestMode: "navigate" },
      source: "fetch-event",
    })),
    ...assets.map((prefix) => ({
      condition: { urlPattern: { pathname: `${prefix}*` }, requestMethod: "GET" },
      source: changing ? "fetch-event" : { cacheName: offline },
    })),
    // Whatever else is only read goes past this worker, which need not be started for it.
    { condition: { requestMethod: "GET" }, source: "network" },
  ]);
  worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropEarlierVersions());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== worker.location.origin) return;
  if (request.method === "POST") {
    if (pathname === share) event.respondWith(keep(request));
    else if (logouts.includes(pathname)) event.waitUntil(forgetAll());
  } else if (request.method === "GET") {
    if (request.mode === "navigate" && pathname === home) event.respondWith(openHome(event));
    else if (request.mode === "navigate" && pathname === login) event.waitUntil(forgetLogin());
    else if (assets.some((prefix) => pathname.startsWith(prefix))) event.respondWith(openAsset(request));
  }
});

/** @param {FetchEvent} event */
async function openHome(event) {
  const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const asked = fetch(event.request).catch(() => null);
  const answer = /** @type {Response | null} */ (await Promise.race([asked, late]));
  // It leads to the login.
  if (answer?.type === "opaqueredirect") event.waitUntil(forgetLogin());
  if (answer !== null && !AWAY.includes(answer.status)) return answer;
  return (await inCache(page)) ?? answer ?? (await asked) ?? Response.error();
}

/** @param {Request} request */
async function openAsset(request) {
  if (changing) return fetch(request).catch(async (error) => (await inCache(request)) ?? Promise.reject(error));
  return (await inCache(request)) ?? fetch(request);
}

/** @param {RequestInfo} request */
async function inCache(request) {
  if (!(await caches.has(offline))) return undefined;
  return (await caches.open(offline)).match(request, { ignoreVary: true });
}

async function forgetAll() {
  await Promise.all([files.clear(), caches.delete(offline)]);
  indexedDB.deleteDatabase(DATABASE);
}

/** The login is over: what was recorded with it stays, for the next login of the same account, but nothing can read it. */
async function forgetLogin() {
  await caches.delete(offline);
  const store = await TapeStore.open();
  await store.forgetKey();
  store.close();
}

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
  const names = await caches.keys();
  const old = [kept, offline].flatMap((current) => {
    const family = current.slice(0, current.lastIndexOf(" ") + 1);
    return names.filter((name) => name.startsWith(family) && name !== current);
  });
  await Promise.all(old.map((name) => caches.delete(name)));
}
