/**
 * Where the page of a transcript and what plays its sound meet. Without a player nothing on the page offers to play.
 *
 * A player is `{play(ms, until)}`; it sets itself with `setPlayer`, or null when it cannot play any more.
 */
let player = null;

export function setPlayer(wanted) {
  player = wanted;
  document.dispatchEvent(new CustomEvent("transcript:player"));
}

export function canPlay() {
  return player !== null;
}

/** Plays from a time on, to another one where that is said. */
export function play(ms, until = null) {
  player?.play(Math.max(0, ms), until);
}
