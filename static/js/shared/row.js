import { clockText } from "app/shared/clock";
import { byId, query } from "app/shared/dom";
import { setSource } from "app/shared/sources";

/**
 * A sentence of a transcript as sent by the server; its times are milliseconds of the session.
 * `language` is its code; empty, or not there in a draft, if it is unknown.
 * @typedef {object} SentenceData
 * @property {number} seq
 * @property {number} version
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} text
 * @property {string} [language]
 * @property {boolean} [shared] - Whether it is from the shared sound, rather than from the microphone.
 * @property {string} [translation] - In English.
 * @property {number} [speaker] - Which voice of its source it is.
 * @property {string} [who] - Whose it is.
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
export function fillRow(row, { seq, version, start_ms, end_ms, text, language, shared }) {
  // What stays is not written: observers would hear of it, thousands of times after a replacement everywhere.
  if (row.id !== `u-${seq}`) row.id = `u-${seq}`;
  for (const [name, value] of Object.entries({ seq, version, endMs: end_ms })) {
    if (row.dataset[name] !== String(value)) row.dataset[name] = String(value);
  }
  if (row.dataset.startMs !== String(start_ms)) setStart(row, start_ms);
  if (textOf(row) !== text) setText(row, text);
  if (language !== undefined) setLanguage(textElement(row), language);
  if (shared) setSource(row, true);
}

/**
 * Tells screen readers the language of an element's text, by its code; empty if it is unknown.
 * @param {HTMLElement} element
 * @param {string} language
 */
export function setLanguage(element, language) {
  // Javanese has another code in the speech models than on web pages.
  if (language) element.lang = language === "jw" ? "jv" : language;
  else element.removeAttribute("lang");
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
  const element = textElement(row);
  const { firstChild } = element;
  // Another text in the same node changes no elements, so that the browser matches no styles again for each key.
  if (text && !text.includes(UNCLEAR) && firstChild instanceof Text && firstChild === element.lastChild) {
    firstChild.data = text;
    return;
  }
  const parts = text.split(UNCLEAR).flatMap((part, number) => (number ? [unclearPlace(), part] : [part]));
  element.replaceChildren(...parts.filter((part) => part !== ""));
}

/** @param {HTMLElement} row */
export function textElement(row) {
  return query(row, "[data-text]", HTMLElement);
}

function unclearPlace() {
  const place = document.createElement("span");
  place.className = "unclear";
  place.lang = "en";
  place.textContent = UNCLEAR;
  return place;
}
