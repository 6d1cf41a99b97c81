// The dock of a transcript's page, in which its sound is played.

import { Player } from "app/player/player";
import { PlayerLine } from "app/player/line";
import { PlayerWords } from "app/player/words";
import { Preferences } from "app/shared/preferences";
import { setPlayer } from "app/shared/transcript-sound";

const dock = document.getElementById("player");
const { durationMs, peaks } = dock.dataset;
let player = null;
let isBroken = false;
const words = new PlayerWords(document.getElementById("rows"), (ms) => player?.play(ms));
const line = new PlayerLine(document.getElementById("player-line"), {
  durationMs: Number(durationMs),
  peaks: [...atob(peaks)].map((each) => each.charCodeAt(0)),
  seek: (ms) => player?.seek(ms),
});
const made = new Player(document, { line, words, preferences: new Preferences(), broken: giveUp });
if (!isBroken) {
  player = made;
  setPlayer(player);
  open();
}

function giveUp() {
  isBroken = true;
  player = null;
  words.close();
  setPlayer(null);
}

/** An address may say where: `?at=` in milliseconds, `#t=` in seconds, or the row of a search's hit. */
async function open() {
  const { hash, search } = window.location;
  const at = new URLSearchParams(search).get("at");
  const seconds = hash.match(/^#t=(\d+(?:\.\d+)?)$/)?.[1];
  const ms =
    seconds !== undefined ? Number(seconds) * 1000 : at === null ? await words.startOf(hash.slice(1)) : Number(at);
  if (ms === null || !Number.isFinite(ms) || ms < 0) return;
  player?.seek(Math.min(ms, Number(durationMs)));
  document.querySelector(".row.playing")?.scrollIntoView({ block: "center" });
}
