/**
 * @typedef {object} Block - About a second of encrypted sound.
 * @property {number} [id] - Given by the database.
 * @property {string} account
 * @property {string} session
 * @property {number} start_ms - On the session's clock.
 * @property {number} end_ms
 * @property {number} kept_at - Milliseconds since 1970.
 * @property {Uint8Array<ArrayBuffer>} iv
 * @property {ArrayBuffer} data
 */

export const DATABASE = "whisperstream.tape";
const BLOCKS = "blocks";
const OF_ACCOUNT = "account";

/** The blocks of sound that this browser keeps until the server has their words. */
export class TapeStore {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
  }

  /** Rejects where the browser keeps nothing. */
  static async open() {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      const blocks = request.result.createObjectStore(BLOCKS, { keyPath: "id", autoIncrement: true });
      blocks.createIndex(OF_ACCOUNT, "account");
    };
    const database = await result(request);
    // Whoever logs out deletes it.
    database.onversionchange = () => database.close();
    return new TapeStore(database);
  }

  /**
   * Keeps a block; returns its id. Rejects if there is no room.
   * @param {Block} block
   */
  async add(block) {
    return Number(await result(this.#blocks("readwrite").add(block)));
  }

  /**
   * The blocks of an account, in the order in which they were kept.
   * @param {string} account
   * @returns {Promise<Block[]>}
   */
  of(account) {
    return result(this.#blocks("readonly").index(OF_ACCOUNT).getAll(account));
  }

  /** @param {number[]} ids */
  async get(ids) {
    const blocks = this.#blocks("readonly");
    /** @type {(Block | undefined)[]} */
    const found = await Promise.all(ids.map((id) => result(blocks.get(id))));
    return found.filter((block) => block !== undefined);
  }

  /** @param {number[]} ids */
  async delete(ids) {
    const blocks = this.#blocks("readwrite");
    await Promise.all(ids.map((id) => result(blocks.delete(id))));
  }

  /**
   * Deletes what was kept before a moment, in milliseconds since 1970; returns how many blocks are left.
   * @param {number} moment
   */
  async tidy(moment) {
    const blocks = this.#blocks("readwrite");
    await new Promise((resolve, reject) => {
      const request = blocks.openCursor();
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        // They are in the order in which they were kept.
        if (cursor === null || cursor.value.kept_at >= moment) return resolve(null);
        cursor.delete();
        cursor.continue();
      };
    });
    return result(blocks.count());
  }

  close() {
    this.#database.close();
  }

  /** @param {IDBTransactionMode} mode */
  #blocks(mode) {
    return this.#database.transaction(BLOCKS, mode).objectStore(BLOCKS);
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
