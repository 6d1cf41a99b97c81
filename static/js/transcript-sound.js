/**
 * Where the page of a transcript and what plays its sound meet. Without a player nothing on the page offers to play.
 *
 * A player is `{play(ms)}`; it sets itself with `setPlayer`, or null when it cannot play any more.
 */
let player = null;

export function setPlayer(wanted) {
  player = wanted;
  document.dispatchEvent(new CustomEvent("transcript:player"));
}

export function canPlay() {
  return player !== null;
}

export function play(ms) {
  player?.play(Math.max(0, ms));
}
