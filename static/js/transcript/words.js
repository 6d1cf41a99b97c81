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
 * Makes an element of each word of a row, with its times in `data-start-ms` and `data-end-ms`. Returns the elements, or
 * null if the row has other words.
 * @param {HTMLElement} row
 * @param {Word[]} words
 */
export function spell(row, words) {
  const said = words.map(({ text }) => text).join("");
  if (said.trim() !== textOf(row).trim()) return null;
  const elements = words.map((word) => {
    const element = document.createElement("span");
    element.className = "word";
    element.dataset.startMs = String(word.start_ms);
    element.dataset.endMs = String(word.end_ms);
    element.textContent = word.text.trim();
    element.classList.toggle("unclear", element.textContent === UNCLEAR);
    return element;
  });
  const parts = elements.flatMap((element, number) =>
    number && /^\s/.test(words[number].text) ? [" ", element] : [element],
  );
  textElement(row).replaceChildren(...parts);
  return elements;
}

/**
 * Undoes `spell`: makes the row plain text again.
 * @param {HTMLElement} row
 */
export function unspell(row) {
  setText(row, textOf(row));
}
