// Connects the page of a transcript with its player. Without a player, nothing on the page offers to play.

/** @typedef {{play(ms: number, until?: number | null): void}} Playing */

/** @type {Playing | null} */
let player = null;

/**
 * Sets the player; null when it can no longer play.
 * @param {Playing | null} wanted
 */
export function setPlayer(wanted) {
  player = wanted;
  document.dispatchEvent(new CustomEvent("transcript:player"));
}

export function canPlay() {
  return player !== null;
}

/**
 * Plays from `ms` on, up to `until` if given.
 * @param {number} ms
 * @param {number | null} [until]
 */
export function play(ms, until = null) {
  player?.play(Math.max(0, ms), until);
}
