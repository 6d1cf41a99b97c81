import { optional } from "app/shared/dom";
import { textElement } from "app/shared/row";

/** @import { SentenceData } from "app/shared/row" */

/**
 * Shows below the words of a sentence, if the page has it, what they mean in English.
 * @param {SentenceData} sentence
 */
export function translate({ seq, translation = "" }) {
  const row = optional(document, `#u-${seq}`, HTMLElement);
  if (!row || !translation) return;
  const shown = optional(row, ".translation", HTMLElement) ?? emptyTranslation();
  shown.textContent = translation;
  textElement(row).after(shown);
}

function emptyTranslation() {
  const element = document.createElement("p");
  element.className = "translation meta";
  element.lang = "en";
  element.dir = "ltr";
  // Screen readers that announce new sentences have read this one.
  element.ariaLive = "off";
  return element;
}
