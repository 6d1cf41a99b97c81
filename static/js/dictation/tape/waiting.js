import { TapeAddresses } from "app/dictation/tape/addresses";
import { TapeStore } from "app/dictation/tape/store";

/** How many milliseconds of what the account has said wait on this device to be delivered. */
export async function waitingMs() {
  const addresses = TapeAddresses.here();
  if (addresses === null) return 0;
  const store = await TapeStore.open();
  try {
    await store.tidy(Date.now() - addresses.keptMs);
    const account = addresses.account || (await store.key())?.account;
    const blocks = account ? await store.of(account) : [];
    return blocks.reduce((sum, { start_ms, end_ms }) => sum + end_ms - start_ms, 0);
  } finally {
    store.close();
  }
}
