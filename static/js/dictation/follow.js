const SLIDE_MS = 160;
const ROOM_BELOW = 24;

/**
 * Scrolls the page by whole lines to keep the tail in sight. After the reader has scrolled up, it shows a button that
 * leads back instead.
 */
export class Follow {
  #region;
  #dock;
  #button;
  #isActive = false;
  #isAway = false;
  /** @type {number | null} */
  #target = null;
  #frame = 0;
  #events = new AbortController();
  #reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param {HTMLElement} region - The element to keep in sight above the dock.
   * @param {HTMLElement} dock
   * @param {HTMLButtonElement} button
   */
  constructor(region, dock, button) {
    this.#region = region;
    this.#dock = dock;
    this.#button = button;
    const { signal } = this.#events;
    window.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    for (const kind of ["wheel", "touchmove", "keydown"]) {
      window.addEventListener(kind, () => this.#interrupt(), { signal, passive: true });
    }
    window.addEventListener("resize", () => this.follow(), { signal });
    button.addEventListener("click", () => this.#goBack(), { signal });
  }

  /**
   * Whether new text can arrive; following starts and stops with it.
   * @param {boolean} value
   */
  set isActive(value) {
    if (value === this.#isActive) return;
    this.#isActive = value;
    this.#isAway = false;
    this.#button.hidden = true;
    this.follow();
  }

  /** To be called after the text has grown. */
  follow() {
    if (!this.#isActive) return;
    const missing = this.#missing();
    if (this.#isAway) {
      this.#button.hidden = missing <= 0;
      return;
    }
    if (missing <= 0) return;
    const line = parseFloat(getComputedStyle(this.#region).getPropertyValue("--line")) || 36;
    this.#slide(this.#position() + Math.ceil(missing / line) * line);
  }

  #goBack() {
    this.#isAway = false;
    this.#button.hidden = true;
    this.follow();
  }

  close() {
    this.#events.abort();
    cancelAnimationFrame(this.#frame);
  }

  /** How many pixels of the region will be hidden at the bottom once the current scroll has ended. */
  #missing() {
    const edge = Math.min(this.#dock.getBoundingClientRect().top, window.innerHeight);
    const ahead = this.#position() - window.scrollY;
    return this.#region.getBoundingClientRect().bottom - ahead + ROOM_BELOW - edge;
  }

  #position() {
    return this.#target ?? window.scrollY;
  }

  /** @param {number} target */
  #slide(target) {
    const most = document.documentElement.scrollHeight - window.innerHeight;
    const to = Math.min(target, most);
    cancelAnimationFrame(this.#frame);
    if (this.#reducedMotion.matches || document.hidden) {
      window.scrollTo(0, to);
      return;
    }
    const from = window.scrollY;
    const began = performance.now();
    this.#target = to;
    /** @param {number} now */
    const step = (now) => {
      const share = Math.min(1, Math.max(0, now - began) / SLIDE_MS);
      window.scrollTo(0, from + (to - from) * (1 - (1 - share) ** 2));
      if (share < 1) this.#frame = requestAnimationFrame(step);
      else this.#target = null;
    };
    this.#frame = requestAnimationFrame(step);
  }

  #interrupt() {
    if (this.#target === null) return;
    cancelAnimationFrame(this.#frame);
    this.#target = null;
  }

  #scrolled() {
    if (!this.#isActive || this.#target !== null) return;
    this.#isAway = this.#missing() > 1;
    this.#button.hidden = !this.#isAway;
  }
}
