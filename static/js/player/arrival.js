const AGAIN_MS = 2000;

/** Puts the player on the page of a transcript as soon as its recording is ready. */
export class PlayerArrival {
  #place;
  #url;
  /** @type {number | undefined} */
  #timer;
  #events = new AbortController();

  /** @param {HTMLElement} place - The placeholder until then; its `data-url` is the address of the player. */
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
      // The player comes from the same template as on other pages; its script runs when it is inserted.
      const player = document.createRange().createContextualFragment(await response.text());
      if (!player.querySelector("#without-sound[data-url]")) return this.#place.replaceWith(player);
    }
    return this.#later();
  }
}
