import { clockText } from "app/shared/clock";
import { byId, query } from "app/shared/dom";

/**
 * A sentence of a transcript as sent by the server; its times are milliseconds of the session.
 * @typedef {{seq: number, version: number, start_ms: number, end_ms: number, text: string}} SentenceData
 */

/** The text that marks speech which could not be recognised. */
export const UNCLEAR = "[unclear]";

/** An empty row, cloned from the server's template. */
export function emptyRow() {
  const { content } = byId("row-template", HTMLTemplateElement);
  const row = document.importNode(query(content, ".row", HTMLElement), true);
  for (const name of ["id", "data-seq", "hidden"]) row.removeAttribute(name);
  return row;
}

/**
 * Writes a sentence into its row.
 * @param {HTMLElement} row
 * @param {SentenceData} sentence
 */
export function fillRow(row, { seq, version, start_ms, end_ms, text }) {
  row.id = `u-${seq}`;
  Object.assign(row.dataset, { seq, version, endMs: end_ms });
  setStart(row, start_ms);
  setText(row, text);
}

/**
 * @param {HTMLElement} row
 * @param {number} startMs
 */
export function setStart(row, startMs) {
  const when = query(row, ".when", HTMLTimeElement);
  row.dataset.startMs = String(startMs);
  when.dateTime = `PT${Math.floor(startMs / 1000)}S`;
  when.textContent = clockText(startMs);
}

/** @param {HTMLElement} row */
export function textOf(row) {
  return textElement(row).textContent ?? "";
}

/**
 * Writes the text of a row, with an element for each unclear place.
 * @param {HTMLElement} row
 * @param {string} text
 */
export function setText(row, text) {
  const parts = text.split(UNCLEAR).flatMap((part, number) => (number ? [unclearPlace(), part] : [part]));
  textElement(row).replaceChildren(...parts.filter((part) => part !== ""));
}

/** @param {HTMLElement} row */
export function textElement(row) {
  return query(row, "[data-text]", HTMLElement);
}

function unclearPlace() {
  const place = document.createElement("span");
  place.className = "unclear";
  place.textContent = UNCLEAR;
  return place;
}
