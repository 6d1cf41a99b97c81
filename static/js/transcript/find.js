import { gettext, ngettext } from "app/shared/i18n";
import { post } from "app/shared/requests";
import { textOf } from "app/shared/row";
import { rangeOf } from "app/shared/text-places";
import { placesOf } from "app/transcript/wording";

const ALL = "found";
const NOW = "found-now";

/**
 * Find and replace within the transcript.
 *
 * `on` is told: `applied(answer)` that sentences have changed, `leave()` that no sentence may be edited now, and asked
 * for `sentence(row)`.
 */
export class Find {
  #rows;
  #bar;
  #opener;
  #on;
  #places = [];
  #now = -1;
  #change = null;
  #isAsking = false;

  constructor(rows, bar, opener, on) {
    this.#rows = rows;
    this.#bar = bar;
    this.#opener = opener;
    this.#on = on;
    opener.hidden = false;
    opener.addEventListener("click", () => (bar.hidden ? this.#open() : this.#close()));
    bar.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(1);
    });
    bar.addEventListener("input", ({ target }) => {
      if (target.id !== "find-written") this.#search();
    });
    bar.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#close();
    });
    bar.addEventListener("click", ({ target }) => this.#do(target.dataset.do));
  }

  /** Looks again after sentences have changed. */
  refresh() {
    if (this.#bar.hidden) return;
    this.#look();
    this.#now = Math.min(this.#now, this.#places.length - 1);
    this.#show({ scroll: false });
  }

  get #sought() {
    return this.#bar.querySelector("#find-sought");
  }

  get #written() {
    return this.#bar.querySelector("#find-written").value;
  }

  get #options() {
    return {
      matchCase: this.#bar.querySelector("#find-case").checked,
      wholeWords: this.#bar.querySelector("#find-words").checked,
    };
  }

  #open() {
    this.#bar.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#on.leave();
    this.#sought.focus();
    this.#sought.select();
    this.#search();
  }

  #close() {
    this.#bar.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#mark([]);
    this.#opener.focus();
  }

  #search() {
    this.#look();
    this.#now = this.#places.length ? 0 : -1;
    // What is typed into stays in sight.
    this.#show({ scroll: getComputedStyle(this.#bar).position === "sticky" });
  }

  #look() {
    const sought = this.#sought.value;
    this.#places = this.#rows.all().flatMap((row) => {
      const found = placesOf(textOf(row), sought, this.#options);
      return found.map(([start, end]) => ({ row, start, end }));
    });
  }

  #go(step) {
    const count = this.#places.length;
    if (!count) return;
    this.#now = (this.#now + step + count) % count;
    this.#show();
  }

  #show({ scroll = true } = {}) {
    const count = this.#places.length;
    const sought = this.#sought.value.trim();
    const place = () => gettext("%(number)s of %(count)s", { number: this.#now + 1, count });
    this.#say(count ? place() : sought ? gettext("Not found") : "");
    this.#mark(this.#places);
    if (scroll && this.#now >= 0) this.#places[this.#now].row.scrollIntoView({ block: "center" });
  }

  #mark(places) {
    for (const row of this.#rows.element.querySelectorAll(".found-row")) row.classList.remove("found-row");
    const now = places[this.#now];
    if (!globalThis.CSS?.highlights || !globalThis.Highlight) {
      now?.row.classList.add("found-row");
      return;
    }
    CSS.highlights.set(ALL, highlightOf(places.filter((place) => place !== now)));
    CSS.highlights.set(NOW, highlightOf(now ? [now] : []));
  }

  async #do(what) {
    if (this.#isAsking && what !== "close") return;
    if (what === "close") this.#close();
    if (what === "previous") this.#go(-1);
    try {
      if (what === "replace") await this.#replace();
      if (what === "all") await this.#replaceAll();
      if (what === "take-back") await this.#takeBack();
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #replace() {
    const place = this.#places[this.#now];
    if (!place) return;
    const text = textOf(place.row);
    const sentence = this.#on.sentence(place.row);
    sentence.begin();
    sentence.change(text.slice(0, place.start) + this.#written + text.slice(place.end));
    await sentence.flush();
    this.#look();
    const after = this.#places.findIndex(
      ({ row, start }) => row === place.row && start >= place.start + this.#written.length,
    );
    const later = this.#places.findIndex(({ row }) => isAfter(row, place.row));
    this.#now = after >= 0 ? after : later >= 0 ? later : this.#places.length ? 0 : -1;
    this.#show();
  }

  async #replaceAll() {
    const { matchCase, wholeWords } = this.#options;
    const fields = { sought: this.#sought.value, written: this.#written };
    if (matchCase) fields.match_case = "on";
    if (wholeWords) fields.whole_words = "on";
    const answer = await this.#ask("replace/", fields, gettext("Replacing…"));
    this.#on.applied(answer);
    this.#offerUndo(answer.change);
    const count = answer.places;
    this.#say(ngettext("%(count)s place changed", "%(count)s places changed", count, { count }));
  }

  async #takeBack() {
    const answer = await this.#ask(`changes/${this.#change}/undo/`, {}, gettext("Undoing…"));
    this.#on.applied(answer);
    this.#offerUndo(null);
    this.#sought.focus();
    this.#say(gettext("Undone"));
  }

  /** In a long transcript the answer takes a while. */
  async #ask(path, fields, meanwhile) {
    this.#isAsking = true;
    this.#say(meanwhile);
    try {
      return await post(`${this.#rows.url}${path}`, fields);
    } finally {
      this.#isAsking = false;
    }
  }

  #offerUndo(change) {
    this.#change = change;
    this.#bar.querySelector("[data-do=take-back]").hidden = !change;
  }

  #say(sentence) {
    this.#bar.querySelector("#find-count").textContent = sentence;
  }
}

function highlightOf(places) {
  const ranges = places.map(({ row, start, end }) => rangeOf(row.querySelector("[data-text]"), start, end));
  return new Highlight(...ranges.filter(Boolean));
}

function isAfter(row, other) {
  return Boolean(other.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
}
