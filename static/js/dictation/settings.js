import { gettext, language } from "app/shared/i18n";
import { post } from "app/shared/requests";

const NARROW = window.matchMedia("(max-width: 820px)");

/** The language, whether new sentences are announced, and the date in the user's own time. */
export class Settings {
  #document;
  #language;
  #events = new AbortController();

  /** `spoken(language)` follows when another language is chosen. */
  constructor(document, preferences, spoken) {
    this.#document = document;
    this.#language = document.getElementById("language");
    const signal = this.#events.signal;
    const remembered = this.#language.dataset.remembers === undefined ? null : preferences.get("language");
    const isNew = document.getElementById("log").childElementCount === 0;
    if (isNew && remembered !== null && this.#offers(remembered)) this.#language.value = remembered;
    this.#language.addEventListener(
      "change",
      () => {
        preferences.set("language", this.language);
        spoken(this.language);
      },
      { signal },
    );
    this.#announcing(signal);
    NARROW.addEventListener("change", () => this.#place(), { signal });
    this.#place();
    const date = document.getElementById("date");
    this.showDate(date.dateTime ? new Date(date.dateTime) : new Date());
  }

  /** A code such as en, or nothing to let the model find out. */
  get language() {
    return this.#language.value;
  }

  showDate(at) {
    const date = this.#document.getElementById("date");
    date.dateTime = at.toISOString();
    const parts = Object.fromEntries(
      this.#format()
        .formatToParts(at)
        .map(({ type, value }) => [type, value]),
    );
    date.textContent = gettext("%(weekday)s %(day)s %(month)s, %(hour)s:%(minute)s", parts);
  }

  close() {
    this.#events.abort();
  }

  #format() {
    const parts = {
      weekday: "long",
      day: "numeric",
      month: "long",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    };
    try {
      return new Intl.DateTimeFormat(language, { ...parts, timeZone: this.#document.documentElement.dataset.timeZone });
    } catch {
      // A time zone that is newer than the browser.
      return new Intl.DateTimeFormat(language, parts);
    }
  }

  #offers(language) {
    return [...this.#language.options].some((option) => option.value === language);
  }

  #announcing(signal) {
    const box = this.#document.getElementById("announce");
    const log = this.#document.getElementById("log");
    box.addEventListener(
      "change",
      () => {
        log.setAttribute("aria-live", box.checked ? "polite" : "off");
        // It goes for this page in any case; should it not be kept, the next page is as before.
        post(box.dataset.url, { announce: box.checked ? "on" : "off" }, { keepalive: true }).catch(() => {});
      },
      { signal },
    );
  }

  /** On a narrow page there is no room for it in the dock: it stands in Menu. */
  #place() {
    const field = this.#document.getElementById("language-field");
    const home = NARROW.matches ? "language-in-menu" : "dock-fields";
    this.#document.getElementById(home).append(field);
  }
}
