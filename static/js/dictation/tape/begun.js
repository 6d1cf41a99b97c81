import { post } from "app/shared/requests";

/** @import { TapeAddresses } from "app/dictation/tape/addresses" */
/** @import { Key } from "app/dictation/tape/key" */
/** @import { Begun } from "app/dictation/tape/store" */

/** @typedef {{title: string, language: string, keep_sound: boolean}} About - What a dictation is to be on the server. */

/**
 * What is known of a dictation that was begun without the server, for the store.
 * @param {Key} key
 * @param {{id: string, began_at: number, ended_at?: number}} begun
 * @param {About} about
 * @returns {Promise<Begun>}
 */
export async function sealed(key, begun, about) {
  const encrypted = await key.encrypt(new TextEncoder().encode(JSON.stringify(about)));
  return { ...begun, account: key.account, ...encrypted };
}

/**
 * @param {Key} key
 * @param {Begun} begun
 * @returns {Promise<About>}
 */
export async function opened(key, begun) {
  return JSON.parse(new TextDecoder().decode(await key.decrypt(begun)));
}

/**
 * Makes a session of it on the server. Repeating it changes nothing. Throws RequestError.
 * @param {TapeAddresses} addresses
 * @param {{id: string, began_at: number, ended_at?: number, clockMs: number, isPaused?: boolean}} begun - Without
 *   `ended_at` it goes on.
 * @param {About} about
 */
export async function enter(addresses, { id, began_at, ended_at, clockMs, isPaused = false }, about) {
  const now = Date.now();
  await post(addresses.begun, {
    ...about,
    id,
    began_ago_ms: Math.max(0, now - began_at),
    clock_ms: Math.round(clockMs),
    ...(ended_at !== undefined && { ended_ago_ms: Math.max(0, now - ended_at) }),
    ...(isPaused && { is_paused: "on" }),
  });
}
