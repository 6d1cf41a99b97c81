import { closest, optional, queryAll } from "app/shared/dom";

/** @import { Rows } from "app/transcript/rows" */

const CONTROLS = ".when[role=button], .unclear[role=button], .row-edit";

/**
 * The arrow keys in the rows of a transcript: each row is one stop of the Tab key, its link or button to edit; left and
 * right go to what else in the row can be pressed, up and down to the sentence above or below.
 */
export class RowKeys {
  #rows;
  #events = new AbortController();

  /** @param {Rows} rows */
  constructor(rows) {
    this.#rows = rows;
    rows.element.addEventListener("keydown", (event) => this.#pressed(event), { signal: this.#events.signal });
  }

  close() {
    this.#events.abort();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const control = closest(event.target, CONTROLS, HTMLElement);
    const row = closest(control, ".row", HTMLElement);
    if (!control || !row || altKey || ctrlKey || metaKey || shiftKey) return;
    const to = this.#target(row, control, key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  /**
   * The control that a key goes to; null if there is none.
   * @param {HTMLElement} row
   * @param {HTMLElement} control
   * @param {string} key
   */
  #target(row, control, key) {
    // In the order in which they are read: the places that could not be understood, the time, the link to edit.
    const controls = queryAll(row, CONTROLS, HTMLElement);
    const along = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (along) return controls[controls.indexOf(control) + along] ?? null;
    const across = { ArrowUp: -1, ArrowDown: 1 }[key];
    const other = across ? this.#rows.beside(row, across) : null;
    return other && optional(other, control.matches(".when") ? ".when" : ".row-edit", HTMLElement);
  }
}
