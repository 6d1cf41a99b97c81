import { query } from "app/shared/dom";
import { getJson } from "app/shared/requests";
import { setText, textElement, textOf, UNCLEAR } from "app/shared/row";

/** @typedef {{text: string, start_ms: number, end_ms: number, probability: number}} Word */

/**
 * The words of a sentence with their times; empty if the server has another version by now. Throws RequestError.
 * @param {HTMLElement} row
 * @returns {Promise<Word[]>}
 */
export async function wordsOf(row) {
  const data = await getJson(query(row, ".row-edit", HTMLAnchorElement).href);
  return data.version === Number(row.dataset.version) ? data.words : [];
}

/**
 * Makes an element of each word of a row that `isMarked` chooses. Returns the elements, or null if the row has other
 * words.
 * @param {HTMLElement} row
 * @param {Word[]} words
 * @param {(word: Word) => boolean} isMarked
 */
export function markWords(row, words, isMarked) {
  const said = words.map(({ text }) => text).join("");
  if (said.trim() !== textOf(row).trim()) return null;
  /** @type {HTMLElement[]} */
  const elements = [];
  const parts = words.flatMap((word, number) => {
    const text = word.text.trim();
    // Around it there may be line breaks.
    const [before, after] = word.text.split(text, 2);
    const space = number || before !== " " ? before : "";
    if (!isMarked(word) && text !== UNCLEAR) return [space + text + after];
    const element = document.createElement("span");
    element.className = "word";
    element.textContent = text;
    element.classList.toggle("unclear", text === UNCLEAR);
    element.classList.toggle("unsure", isMarked(word));
    if (isMarked(word)) elements.push(element);
    return [space, element, after];
  });
  textElement(row).replaceChildren(...parts);
  textElement(row).normalize();
  return elements;
}

/**
 * Undoes `markWords`: makes the row plain text again.
 * @param {HTMLElement} row
 */
export function unmarkWords(row) {
  setText(row, textOf(row));
}
