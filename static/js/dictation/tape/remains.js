import { TapeAddresses } from "app/dictation/tape/addresses";
import { enter, opened } from "app/dictation/tape/begun";
import { Delivery, isRefusal } from "app/dictation/tape/delivery";
import { Key } from "app/dictation/tape/key";
import { askLogin } from "app/dictation/tape/login";
import { TapeStore } from "app/dictation/tape/store";
import { Preferences } from "app/shared/preferences";
import { RequestError } from "app/shared/requests";

/** @import { About, Begun, Stored } from "app/dictation/tape/store" */

/** @typedef {{id: string, title: string, clockMs: number}} Delivered - A dictation that was begun without the server. */

/**
 * The name of the lock of whoever records a session or delivers what remains of it.
 * @param {string} session
 */
export function lockOf(session) {
  return `whisperstream.tape.${session}`;
}

/**
 * Delivers what pages that are closed have left on this device: of dictations that they began without the server, and of
 * others; not of those that go on in another tab. What it cannot deliver is left for the next page.
 * @returns {Promise<Delivered[]>} The dictations that are new to the server, in order.
 */
export async function deliverRemains() {
  const addresses = TapeAddresses.here();
  const store = addresses && (await TapeStore.open().catch(() => null));
  /** @type {Delivered[]} */
  const delivered = [];
  if (!store) return delivered;
  try {
    const count = await store.tidy(Date.now() - addresses.keptMs);
    if (!count) return delivered;
    const key = await Key.of(addresses, store);
    if ((await askLogin(addresses)) !== key.account) return delivered;
    const remains = new Remains(store, key, addresses);
    for (const { session, blocks, begun } of inOrder(await store.of(key.account), await store.begunBy(key.account))) {
      await navigator.locks.request(lockOf(session), { ifAvailable: true }, async (lock) => {
        if (lock === null) return;
        const one = await remains.deliver(session, blocks, begun);
        if (one) delivered.push(one);
      });
    }
    if (!(await store.tidy(0))) new Preferences().set("tape", null);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  } finally {
    store.close();
  }
  return delivered;
}

class Remains {
  #store;
  #key;
  #addresses;

  /**
   * @param {TapeStore} store
   * @param {Key} key
   * @param {TapeAddresses} addresses
   */
  constructor(store, key, addresses) {
    this.#store = store;
    this.#key = key;
    this.#addresses = addresses;
  }

  /**
   * Throws RequestError where the server takes nothing now.
   * @param {string} session
   * @param {(Stored & About)[]} blocks
   * @param {Begun | undefined} begun
   * @returns {Promise<Delivered | null>}
   */
  async deliver(session, blocks, begun) {
    const ids = blocks.map(({ id }) => id);
    if (!ids.length) {
      await this.#forget(ids, begun);
      return null;
    }
    // Another tab has delivered them since they were listed: then it has deleted all of them at once.
    if (!(await this.#store.get(ids.slice(-1))).length) return null;
    // Without the key of before the password changed, none of it can be read any more.
    const about = begun && (await opened(this.#key, begun).catch(() => null));
    const clockMs = Math.max(0, ...blocks.map(({ end_ms }) => end_ms));
    if (begun && about) {
      const ended_at = begun.ended_at ?? Math.max(begun.began_at, ...blocks.map(({ kept_at }) => kept_at));
      try {
        await enter(this.#addresses, { ...begun, ended_at, clockMs }, about);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        await this.#forget(ids, begun);
        return null;
      }
    }
    const delivery = new Delivery(this.#store, this.#key, this.#addresses.of(session));
    if (!(await delivery.send(blocks))) return null;
    await this.#forget(ids, begun);
    return about ? { id: session, title: about.title, clockMs } : null;
  }

  /**
   * @param {number[]} ids
   * @param {Begun | undefined} begun
   */
  async #forget(ids, begun) {
    await this.#store.delete(ids);
    if (begun) await this.#store.deleteBegun(begun.id);
  }
}

/**
 * The blocks by session: first those of sessions that the server knows, then of others in the order in which they began.
 * @param {(Stored & About)[]} blocks
 * @param {Begun[]} begun
 */
function inOrder(blocks, begun) {
  const known = new Set(blocks.map(({ session }) => session));
  for (const { id } of begun) known.delete(id);
  /** @type {{session: string, begun?: Begun}[]} */
  const sessions = [
    ...[...known].map((session) => ({ session })),
    ...begun.map((each) => ({ session: each.id, begun: each })),
  ];
  return sessions.map((one) => ({ ...one, blocks: blocks.filter(({ session }) => session === one.session) }));
}
