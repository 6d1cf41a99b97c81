import { Preferences } from "app/shared/preferences";

/**
 * Delivers what earlier pages have recorded on this device, where there is some.
 * @returns {Promise<import("app/dictation/tape/remains").Delivered[]>} The dictations that are new to the server.
 */
export async function deliverRemains() {
  if (!new Preferences().get("tape")) return [];
  const remains = await import("app/dictation/tape/remains").catch(() => null);
  return (await remains?.deliverRemains()) ?? [];
}
