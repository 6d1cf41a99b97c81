import { byId } from "app/shared/dom";
import { isChanged } from "app/shared/early";
import { gettext, language } from "app/shared/i18n";
import { post } from "app/shared/requests";

/** @import { Preferences } from "app/shared/preferences" */

const NARROW = window.matchMedia("(max-width: 820px)");

/**
 * The settings on the dictation page: the language and whether new sentences are announced. Also shows the date in the
 * user's own time zone.
 */
export class Settings {
  #language = byId("language", HTMLSelectElement);
  #date = byId("date", HTMLTimeElement);
  #log = byId("log", HTMLElement);
  #announce = byId("announce", HTMLInputElement);
  #events = new AbortController();

  /**
   * @param {Preferences} preferences
   * @param {() => void} languageChanged
   */
  constructor(preferences, languageChanged) {
    const { signal } = this.#events;
    const select = this.#language;
    const remembered = select.dataset.remembers === undefined ? null : preferences.get("language");
    const isNew = this.#log.childElementCount === 0;
    if (isChanged(select)) preferences.set("language", select.value);
    else if (isNew && remembered !== null && this.#offers(remembered)) select.value = remembered;
    select.addEventListener(
      "change",
      () => {
        preferences.set("language", select.value);
        languageChanged();
      },
      { signal },
    );
    this.#announce.addEventListener("change", () => this.#saveAnnounce(), { signal });
    if (isChanged(this.#announce)) this.#saveAnnounce();
    NARROW.addEventListener("change", () => this.#placeLanguage(), { signal });
    this.#placeLanguage();
    this.showDate(this.#date.dateTime ? new Date(this.#date.dateTime) : new Date());
  }

  /** A language code such as "en", or an empty string to let the model detect it. */
  get language() {
    return this.#language.value;
  }

  /** @param {Date} at */
  showDate(at) {
    this.#date.dateTime = at.toISOString();
    const parts = Object.fromEntries(
      dateFormat()
        .formatToParts(at)
        .map(({ type, value }) => [type, value]),
    );
    this.#date.textContent = gettext("%(weekday)s %(day)s %(month)s, %(hour)s:%(minute)s", parts);
  }

  close() {
    this.#events.abort();
  }

  /** @param {string} code */
  #offers(code) {
    return [...this.#language.options].some((option) => option.value === code);
  }

  #saveAnnounce() {
    const { checked, dataset } = this.#announce;
    // While its sentences are edited, nothing of the log is announced.
    if (!this.#log.classList.contains("rows")) this.#log.setAttribute("aria-live", checked ? "polite" : "off");
    // It already applies to this page; if saving it fails, the next page has the old value.
    post(dataset.url ?? "", { announce: checked ? "on" : "off" }, { keepalive: true }).catch(() => {});
  }

  /** Moves the language to the menu on a narrow page, where the dock has no room for it. */
  #placeLanguage() {
    const home = NARROW.matches ? "language-in-menu" : "dock-fields";
    byId(home, HTMLElement).append(byId("language-field", HTMLElement));
  }
}

function dateFormat() {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = {
    weekday: "long",
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  };
  try {
    return new Intl.DateTimeFormat(language, { ...parts, timeZone: document.documentElement.dataset.timeZone });
  } catch {
    // The browser does not know this time zone.
    return new Intl.DateTimeFormat(language, parts);
  }
}
