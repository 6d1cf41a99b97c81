import { TapeAddresses } from "app/dictation/tape/addresses";
import { Key } from "app/dictation/tape/key";
import { TapeStore } from "app/dictation/tape/store";
import { optional } from "app/shared/dom";
import { Preferences } from "app/shared/preferences";
import { RequestError } from "app/shared/requests";

const DAY_MS = 24 * 3600 * 1000;

/**
 * Keeps in this browser what is needed to dictate without the server: the key of the account, and the page, which the
 * service worker then opens. Does nothing without a service worker.
 */
export async function keepForOffline() {
  const addresses = TapeAddresses.here();
  const meta = optional(document, "meta[name=offline]", HTMLMetaElement);
  if (!addresses || !meta || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.ready;
  try {
    await holdKey(addresses);
    await keepPage(meta.dataset);
  } catch (error) {
    // The next page tries again.
    if (!(error instanceof RequestError || error instanceof TypeError || error instanceof DOMException)) throw error;
  }
}

/** @param {TapeAddresses} addresses */
async function holdKey(addresses) {
  const store = await TapeStore.open();
  try {
    await Key.of(addresses, store);
  } finally {
    store.close();
  }
}

/** @param {DOMStringMap} about */
async function keepPage({ url = "", cache: name = "", version = "" }) {
  const preferences = new Preferences();
  const kept = `${version} ${Math.floor(Date.now() / DAY_MS)}`;
  const cache = await caches.open(name);
  if (preferences.get("offline") === kept && (await cache.match(url, { ignoreVary: true }))) return;
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const wanted = new Set(filesOf(page));
  const there = (await cache.keys()).map((request) => new URL(request.url).pathname);
  await cache.addAll([...wanted].filter((file) => !there.includes(file)));
  await cache.put(url, answer);
  for (const file of there) if (!wanted.has(file) && file !== url) await cache.delete(file);
  preferences.set("offline", kept);
}

/**
 * What the page loads: its modules are named in its data, since it imports many of them later.
 * @param {Document} page
 * @returns {string[]}
 */
function filesOf(page) {
  const elements = page.querySelectorAll("link[href], script[src]");
  const shown = [...elements].map((each) => each.getAttribute("href") ?? each.getAttribute("src") ?? "");
  return [...shown, ...JSON.parse(page.getElementById("page-data")?.textContent ?? "{}").offline_files];
}
