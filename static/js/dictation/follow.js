const SLIDE_MS = 160;
const ROOM_BELOW = 24;

/** Keeps the tail in sight by whole lines, unless the reader has scrolled up; then a button leads back. */
export class Follow {
  #region;
  #dock;
  #button;
  #active = false;
  #away = false;
  #target = null;
  #frame = null;
  #events = new AbortController();
  #still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** `region` is what must stay in sight above `dock`. */
  constructor(region, dock, button) {
    this.#region = region;
    this.#dock = dock;
    this.#button = button;
    const signal = this.#events.signal;
    window.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    for (const kind of ["wheel", "touchmove", "keydown"]) {
      window.addEventListener(kind, () => this.#interrupt(), { signal, passive: true });
    }
    window.addEventListener("resize", () => this.follow(), { signal });
    button.addEventListener("click", () => this.back(), { signal });
  }

  /** Whether text may come at all. */
  set isActive(value) {
    if (value === this.#active) return;
    this.#active = value;
    this.#away = false;
    this.#button.hidden = true;
    this.follow();
  }

  /** To be called after the text has grown. */
  follow() {
    if (!this.#active) return;
    const missing = this.#missing();
    if (this.#away) {
      this.#button.hidden = missing <= 0;
      return;
    }
    if (missing <= 0) return;
    const line = parseFloat(getComputedStyle(this.#region).getPropertyValue("--line")) || 36;
    this.#slide(this.#position() + Math.ceil(missing / line) * line);
  }

  back() {
    this.#away = false;
    this.#button.hidden = true;
    this.follow();
  }

  close() {
    this.#events.abort();
    cancelAnimationFrame(this.#frame);
  }

  /** Pixels of the region that are hidden below, from where the page is going to stand. */
  #missing() {
    const fixed = getComputedStyle(this.#dock).position === "fixed";
    const edge = fixed ? this.#dock.getBoundingClientRect().top : window.innerHeight;
    const ahead = this.#position() - window.scrollY;
    return this.#region.getBoundingClientRect().bottom - ahead + ROOM_BELOW - edge;
  }

  #position() {
    return this.#target ?? window.scrollY;
  }

  #slide(target) {
    const most = document.documentElement.scrollHeight - window.innerHeight;
    const to = Math.min(target, most);
    cancelAnimationFrame(this.#frame);
    if (this.#still.matches || document.hidden) {
      window.scrollTo(0, to);
      return;
    }
    const from = window.scrollY;
    const began = performance.now();
    this.#target = to;
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
    if (!this.#active || this.#target !== null) return;
    this.#away = this.#missing() > 1;
    this.#button.hidden = !this.#away;
  }
}
