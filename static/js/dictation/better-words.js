import { getJson } from "app/shared/requests";
import { betterText, isMoving, listeningText, POLL_MS } from "app/second-pass/state";

/**
 * What becomes of a dictation once it has ended: its recording is listened to as a whole, and sentences that are
 * understood better then change where they stand. `line` says so; `take` is given their rows.
 */
export class BetterWords {
  #line;
  #takeRows;
  #watched = null;

  constructor(line, take) {
    this.#line = line;
    this.#takeRows = take;
  }

  /** Watches a session that has ended, as long as something is to come. */
  async watch(url) {
    this.close();
    const watched = (this.#watched = new AbortController());
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      // Where there is no answer it is asked again.
      const standing = await getJson(url).catch(() => null);
      if (watched.signal.aborted) return;
      if (standing === null) continue;
      const isMovingByItself = standing.automatic && isMoving(standing);
      this.#say(isMovingByItself ? listeningText(standing) : this.#take(standing));
      if (!isMovingByItself) return;
    }
  }

  close() {
    this.#watched?.abort();
    this.#say("");
  }

  /** Takes over what was understood better; returns what there is to say of it. */
  #take({ automatic, state, items, rows }) {
    if (!automatic || state !== "done") return "";
    if (rows.length) this.#takeRows(rows);
    return betterText(items.filter((item) => item.state === "accepted").length);
  }

  #say(sentence) {
    if (this.#line.textContent !== sentence) this.#line.textContent = sentence;
    this.#line.hidden = !sentence;
  }
}
