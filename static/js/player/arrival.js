const AGAIN_MS = 2000;

/** Brings the player to the page of a transcript whose sound is still being made ready. */
export class PlayerArrival {
  #place;
  #url;
  /** @type {number | undefined} */
  #timer;
  #events = new AbortController();

  /** @param {HTMLElement} place - What stands on the page meanwhile; its `data-url` has the player. */
  constructor(place) {
    this.#place = place;
    this.#url = place.dataset.url ?? "";
    this.#later();
  }

  close() {
    this.#events.abort();
    clearTimeout(this.#timer);
  }

  #later() {
    if (!this.#events.signal.aborted) this.#timer = setTimeout(() => this.#look(), AGAIN_MS);
  }

  async #look() {
    const { signal } = this.#events;
    const response = await fetch(this.#url, { credentials: "same-origin", signal }).catch(() => null);
    if (response?.ok && !response.redirected) {
      // The same template as the page's own: its script runs when it is put in.
      const player = document.createRange().createContextualFragment(await response.text());
      if (!player.querySelector("#without-sound[data-url]")) return this.#place.replaceWith(player);
    }
    return this.#later();
  }
}
