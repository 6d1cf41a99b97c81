// Where the page of a transcript and what plays its sound meet. Without a player nothing on the page offers to play.

/** @typedef {{play(ms: number, until?: number | null): void}} Playing */

/** @type {Playing | null} */
let player = null;

/**
 * What plays from now on; null when it cannot any more.
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
 * Plays from a time on, to another one where that is said.
 * @param {number} ms
 * @param {number | null} [until]
 */
export function play(ms, until = null) {
  player?.play(Math.max(0, ms), until);
}
