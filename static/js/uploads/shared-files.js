const DAY_MS = 24 * 3600 * 1000;
const MOST = 20;

/**
 * A file that was shared, with the key under which it is kept.
 * @typedef {{key: string, file: File}} SharedFile
 */

/**
 * What is known of a file, as its key: which share it came with, and the account that took it, or nothing.
 * @typedef {{id: string, number: number, name: string, modified: number, since: number, account: string}} About
 */

/**
 * Files that the device shared with the installed app, kept in this browser until they are uploaded. The service worker
 * keeps them; a page takes them for its account by the id of the share, which only the page after it is told.
 */
export class SharedFiles {
  #name;

  /** @param {string} name - That of a cache of this browser. */
  constructor(name) {
    this.#name = name;
  }

  /**
   * Keeps the files of a share, all or none, and returns its id. Throws if there is no room.
   * @param {File[]} files
   * @param {number} now
   */
  async keep(files, now) {
    const cache = await caches.open(this.#name);
    await tidy(cache, now);
    const id = crypto.randomUUID();
    const keys = files.map(({ name, lastModified }, number) =>
      keyOf({ id, number, name, modified: lastModified, since: now, account: "" }),
    );
    try {
      for (const [number, file] of files.entries()) await cache.put(keys[number], new Response(file));
    } catch (error) {
      for (const key of keys) await cache.delete(key);
      throw error;
    }
    return id;
  }

  /**
   * The files of the share `id`, which are the account's from now on, and those that it took before. Deletes those of
   * other accounts, and what is older than a day.
   * @param {string} account
   * @param {string | null} id
   * @param {number} now
   */
  async take(account, id, now) {
    const cache = await caches.open(this.#name);
    /** @type {SharedFile[]} */
    const taken = [];
    for (const [key, about] of await all(cache)) {
      if (isOld(about, now) || (about.account && about.account !== account)) await cache.delete(key);
      else if (about.account || about.id === id) {
        const file = await takeOne(cache, key, { ...about, account });
        if (file) taken.push(file);
      }
    }
    return taken;
  }

  /**
   * Deletes a file.
   * @param {string} key
   */
  async release(key) {
    await (await caches.open(this.#name)).delete(key);
  }

  /** Deletes all files. */
  async clear() {
    await caches.delete(this.#name);
  }
}

/**
 * The file, or null if another page has released it meanwhile.
 * @param {Cache} cache
 * @param {string} key
 * @param {About} about
 * @returns {Promise<SharedFile | null>}
 */
async function takeOne(cache, key, about) {
  const answer = await cache.match(key);
  if (!answer) return null;
  const blob = await answer.blob();
  const taken = keyOf(about);
  if (taken !== key) {
    await cache.put(taken, new Response(blob));
    await cache.delete(key);
  }
  return { key: taken, file: new File([blob], about.name, { type: blob.type, lastModified: about.modified }) };
}

/**
 * Deletes what is old, and of the shares that no page has taken all but the latest.
 * @param {Cache} cache
 * @param {number} now
 */
async function tidy(cache, now) {
  const kept = await all(cache);
  const waiting = kept.filter(([, about]) => !about.account && !isOld(about, now));
  const old = kept.filter(([, about]) => isOld(about, now));
  for (const [key] of [...old, ...waiting.slice(0, -MOST)]) await cache.delete(key);
}

/**
 * @param {About} about
 * @param {number} now
 */
function isOld({ since }, now) {
  return now - since > DAY_MS;
}

/**
 * @param {Cache} cache
 * @returns {Promise<[string, About][]>} The earliest first.
 */
async function all(cache) {
  return (await cache.keys()).map(({ url }) => [url, aboutOf(url)]);
}

/** @param {About} about */
function keyOf(about) {
  const url = new URL(origin);
  url.searchParams.set("about", JSON.stringify(about));
  return url.href;
}

/**
 * @param {string} key
 * @returns {About}
 */
function aboutOf(key) {
  return JSON.parse(new URL(key).searchParams.get("about") ?? "");
}
