/**
 * @typedef {object} Extent - Which sound a block holds.
 * @property {number} start_ms - On the session's clock.
 * @property {number} end_ms
 * @property {boolean} [isPcm] - Whether its packets are samples, of a browser that cannot encode Opus.
 *
 * @typedef {{id: number} & Extent} Stored - A block in the store, without its sound.
 *
 * @typedef {object} About
 * @property {string} account
 * @property {string} session
 * @property {number} kept_at - Milliseconds since 1970.
 *
 * @typedef {object} Sealed
 * @property {Uint8Array<ArrayBuffer>} iv
 * @property {ArrayBuffer} data
 *
 * @typedef {Extent & About & Sealed} Block - About a second of encrypted sound.
 */

/**
 * @typedef {object} Begun - A dictation that this browser began without the server, which does not know of it.
 * @property {string} id
 * @property {string} account
 * @property {number} began_at - Milliseconds since 1970.
 * @property {number} [ended_at] - Missing where its page was killed.
 * @property {Uint8Array<ArrayBuffer>} iv
 * @property {ArrayBuffer} data - Encrypted: what is to be said of it to the server.
 *
 * @typedef {{account: string, key: CryptoKey, until: number}} HeldKey - `until`, in milliseconds since 1970, its login lasts.
 */

export const DATABASE = "whisperstream.tape";
const BLOCKS = "blocks";
const BEGUN = "begun";
const KEYS = "keys";
const OF_ACCOUNT = "account";
// There is one key: that of the last login.
const HELD = "held";

/** The blocks of sound that this browser keeps until the server has their words. */
export class TapeStore {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
  }

  /** Rejects where the browser keeps nothing. */
  static async open() {
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      const { result: made } = request;
      if (oldVersion < 1) {
        const blocks = made.createObjectStore(BLOCKS, { keyPath: "id", autoIncrement: true });
        blocks.createIndex(OF_ACCOUNT, "account");
      }
      made.createObjectStore(BEGUN, { keyPath: "id" }).createIndex(OF_ACCOUNT, "account");
      made.createObjectStore(KEYS);
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
   * What is known of the blocks of an account, in the order in which they were kept. Hours of sound may wait: it is read
   * with `get`, as it is delivered.
   * @param {string} account
   */
  async of(account) {
    /** @type {(Stored & About)[]} */
    const found = [];
    await each(this.#blocks("readonly").index(OF_ACCOUNT).openCursor(account), ({ value }) => {
      const { data, iv, ...known } = value;
      found.push(known);
    });
    return found;
  }

  /**
   * Those of these blocks that are there, in the same order.
   * @param {number[]} ids
   */
  async get(ids) {
    const blocks = this.#blocks("readonly");
    /** @type {((Stored & Block) | undefined)[]} */
    const found = await Promise.all(ids.map((id) => result(blocks.get(id))));
    return found.filter((block) => block !== undefined);
  }

  /** @param {number[]} ids */
  async delete(ids) {
    const blocks = this.#blocks("readwrite");
    await Promise.all(ids.map((id) => result(blocks.delete(id))));
  }

  /**
   * Keeps what is known of a dictation that was begun here, in place of what was known of it before.
   * @param {Begun} begun
   */
  async putBegun(begun) {
    await result(this.#of(BEGUN, "readwrite").put(begun));
  }

  /**
   * The dictations of an account that were begun here, the first one first.
   * @param {string} account
   * @returns {Promise<Begun[]>}
   */
  async begunBy(account) {
    /** @type {Begun[]} */
    const found = await result(this.#of(BEGUN, "readonly").index(OF_ACCOUNT).getAll(account));
    return found.sort((one, other) => one.began_at - other.began_at);
  }

  /** @param {string} id */
  async deleteBegun(id) {
    await result(this.#of(BEGUN, "readwrite").delete(id));
  }

  /** @returns {Promise<HeldKey | undefined>} */
  key() {
    return result(this.#of(KEYS, "readonly").get(HELD));
  }

  /** @param {HeldKey} key */
  async holdKey(key) {
    await result(this.#of(KEYS, "readwrite").put(key, HELD));
  }

  async forgetKey() {
    await result(this.#of(KEYS, "readwrite").delete(HELD));
  }

  /**
   * Deletes what was kept before a moment, in milliseconds since 1970; returns how many blocks are left.
   * @param {number} moment
   */
  async tidy(moment) {
    const begun = this.#of(BEGUN, "readwrite").openCursor();
    await each(begun, (cursor) => cursor.value.began_at < moment && cursor.delete());
    const blocks = this.#blocks("readwrite");
    await each(blocks.openCursor(), (cursor) => cursor.value.kept_at < moment && cursor.delete());
    return result(blocks.count());
  }

  close() {
    this.#database.close();
  }

  /** @param {IDBTransactionMode} mode */
  #blocks(mode) {
    return this.#of(BLOCKS, mode);
  }

  /**
   * @param {string} name
   * @param {IDBTransactionMode} mode
   */
  #of(name, mode) {
    return this.#database.transaction(name, mode).objectStore(name);
  }
}

/**
 * Does something at each record, one after the other.
 * @param {IDBRequest<IDBCursorWithValue | null>} request - That opens a cursor.
 * @param {(cursor: IDBCursorWithValue) => unknown} what
 */
function each(request, what) {
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve(null);
      what(cursor);
      cursor.continue();
    };
  });
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
