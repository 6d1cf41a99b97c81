import { getJson } from "app/shared/requests";
import { UNCLEAR, writeSentence } from "app/transcript/unclear";

/** The words of a sentence with their times, as `[{text, start_ms, end_ms, probability}]`. Throws RequestError. */
export async function wordsOf(row) {
  const data = await getJson(row.querySelector(".row-edit").href);
  return data.version === Number(row.dataset.version) ? data.words : [];
}

/**
 * Makes an element of each word of a row, with its times in `data-start-ms` and `data-end-ms`. Returns them, or null
 * when these are not the words that stand there.
 */
export function spell(row, words) {
  const text = row.querySelector("[data-text]");
  if (
    words
      .map((word) => word.text)
      .join("")
      .trim() !== text.textContent.trim()
  )
    return null;
  const elements = words.map((word) => {
    const element = document.createElement("span");
    element.className = "word";
    element.dataset.startMs = word.start_ms;
    element.dataset.endMs = word.end_ms;
    element.textContent = word.text.trim();
    element.classList.toggle("unclear", element.textContent === UNCLEAR);
    return element;
  });
  const parts = elements.flatMap((element, number) =>
    number && /^\s/.test(words[number].text) ? [" ", element] : [element],
  );
  text.replaceChildren(...parts);
  return elements;
}

/** Makes it as it was. */
export function unspell(row) {
  const text = row.querySelector("[data-text]");
  writeSentence(text, text.textContent);
}
