import { textElement, textOf } from "app/shared/row";
import { staticRangeOf } from "app/shared/text-places";
import { placesOf } from "app/transcript/wording";

/**
 * @import { Rows } from "app/transcript/rows"
 * @import { Matching } from "app/transcript/wording"
 */

/** @typedef {{row: HTMLElement, start: number, end: number}} FoundPlace */

const ALL = "found";
const CURRENT = "found-now";

/** The places of a searched text in a transcript, and which of them is the current one. */
export class FoundPlaces {
  #rows;
  /** @type {FoundPlace[]} */
  #places = [];
  #index = -1;
  /** @type {HTMLElement | null} */
  #marked = null;

  /** @param {Rows} rows */
  constructor(rows) {
    this.#rows = rows;
  }

  get count() {
    return this.#places.length;
  }

  /** The number of the current place, counted from 1; 0 if there is none. */
  get number() {
    return this.#index + 1;
  }

  /** @returns {FoundPlace | undefined} */
  get current() {
    return this.#places[this.#index];
  }

  /**
   * Searches again; the current place keeps its number.
   * @param {string} sought
   * @param {Matching} matching
   */
  find(sought, matching) {
    this.#places = this.#rows.all().flatMap((row) => {
      const found = placesOf(textOf(row), sought, matching);
      return found.map(([start, end]) => ({ row, start, end }));
    });
    this.#index = Math.min(this.#index, this.count - 1);
  }

  first() {
    this.#index = this.count ? 0 : -1;
  }

  /** @param {number} step */
  go(step) {
    if (this.count) this.#index = (this.#index + step + this.count) % this.count;
  }

  /**
   * Goes to the first place at or after an offset in a row; if none follows, to the first of all.
   * @param {HTMLElement} row
   * @param {number} offset
   */
  goTo(row, offset) {
    this.first();
    const next = this.#places.findIndex((place) =>
      place.row === row ? place.start >= offset : isAfter(place.row, row),
    );
    if (next >= 0) this.#index = next;
  }

  /** Marks the places in the text or, in a browser without highlights, the row of the current place. */
  mark() {
    this.unmark();
    const { current } = this;
    if (!canHighlight()) {
      this.#marked = current?.row ?? null;
      this.#marked?.classList.add("found-row");
      return;
    }
    CSS.highlights.set(ALL, highlightOf(this.#places.filter((place) => place !== current)));
    CSS.highlights.set(CURRENT, highlightOf(current ? [current] : []));
  }

  unmark() {
    this.#marked?.classList.remove("found-row");
    if (!canHighlight()) return;
    CSS.highlights.delete(ALL);
    CSS.highlights.delete(CURRENT);
  }
}

function canHighlight() {
  return Boolean(CSS.highlights && globalThis.Highlight);
}

/** @param {FoundPlace[]} places */
function highlightOf(places) {
  const ranges = places.map(({ row, start, end }) => staticRangeOf(textElement(row), start, end));
  return new Highlight(...ranges.filter((range) => range !== null));
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} other
 */
function isAfter(row, other) {
  return Boolean(other.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
}
