import { TapeAddresses } from "app/dictation/tape/addresses";
import { Delivery } from "app/dictation/tape/delivery";
import { Key } from "app/dictation/tape/key";
import { TapeStore } from "app/dictation/tape/store";
import { Preferences } from "app/shared/preferences";
import { RequestError } from "app/shared/requests";

/** @import { Block } from "app/dictation/tape/store" */

/**
 * The name of the lock of whoever records a session or delivers what remains of it.
 * @param {string} session
 */
export function lockOf(session) {
  return `whisperstream.tape.${session}`;
}

/**
 * Delivers what a page that was closed or killed has left on this device, except of sessions that go on in another tab.
 * What it cannot deliver is left for the next page.
 */
export async function deliverRemains() {
  const addresses = TapeAddresses.here();
  const store = addresses && (await TapeStore.open().catch(() => null));
  if (!store) return;
  try {
    const count = await store.tidy(Date.now() - addresses.keptMs);
    if (!count) return new Preferences().set("tape", null);
    const key = await Key.ask(addresses.key);
    for (const [session, ids] of bySession(await store.of(key.account))) {
      await navigator.locks.request(lockOf(session), { ifAvailable: true }, async (lock) => {
        if (lock === null) return;
        const delivery = new Delivery(store, key, addresses.of(session));
        if (await delivery.send(ids)) await store.delete(ids);
      });
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  } finally {
    store.close();
  }
}

/** @param {Block[]} blocks */
function bySession(blocks) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const { id, session } of blocks) found.set(session, [...(found.get(session) ?? []), Number(id)]);
  return found;
}
