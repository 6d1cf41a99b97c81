import { PlayerLine } from "app/player/line";
import { Player } from "app/player/player";
import { PlayerWords } from "app/player/words";
import { byId } from "app/shared/dom";
import { Preferences } from "app/shared/preferences";
import { setPlayer } from "app/shared/transcript-sound";

/** The dock of a transcript's page with the player of its recording. */
export class PlayerPage {
  #durationMs;
  #isBroken = false;
  // Whether the sound was playing when a word was chosen last.
  #wasPlaying = false;
  #words;
  #line;
  #player;

  constructor() {
    const { durationMs, peaks = "" } = byId("player", HTMLElement).dataset;
    this.#durationMs = Number(durationMs);
    this.#words = new PlayerWords(byId("rows", HTMLElement), {
      chosen: (ms) => this.#choose(ms),
      edited: () => !this.#wasPlaying && this.#working?.stop(),
    });
    this.#line = new PlayerLine(byId("player-line", HTMLElement), {
      durationMs: this.#durationMs,
      peaks: [...atob(peaks)].map((each) => each.charCodeAt(0)),
      seek: (ms) => this.#working?.seek(ms),
    });
    this.#player = new Player({
      line: this.#line,
      words: this.#words,
      preferences: new Preferences(),
      broken: () => this.#giveUp(),
    });
    byId("skip-to-player", HTMLElement).hidden = false;
    if (this.#isBroken) return;
    setPlayer(this.#player);
    this.#open();
  }

  close() {
    this.#giveUp();
    this.#player.close();
    this.#line.close();
  }

  /** @returns {Player | null} */
  get #working() {
    return this.#isBroken ? null : this.#player;
  }

  /** @param {number} ms */
  #choose(ms) {
    const player = this.#working;
    this.#wasPlaying = player?.isPlaying ?? false;
    player?.play(ms);
  }

  #giveUp() {
    this.#isBroken = true;
    this.#words.close();
    setPlayer(null);
  }

  /** Goes to the position in the address: `?at=` in milliseconds, `#t=` in seconds, or the row of a search hit. */
  async #open() {
    const { hash, search } = window.location;
    const at = new URLSearchParams(search).get("at");
    const seconds = hash.match(/^#t=(\d+(?:\.\d+)?)$/)?.[1];
    const ms =
      seconds !== undefined
        ? Number(seconds) * 1000
        : at === null
          ? await this.#words.startOf(hash.slice(1))
          : Number(at);
    if (ms === null || !Number.isFinite(ms) || ms < 0) return;
    this.#working?.seek(Math.min(ms, this.#durationMs));
    document.querySelector(".row.playing")?.scrollIntoView({ block: "center" });
  }
}
