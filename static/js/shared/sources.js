import { byId, optional, queryAll } from "app/shared/dom";

/**
 * Says of a row whether its words are from the shared sound. From the first such row on, those of the microphone say
 * where they are from, too.
 * @param {HTMLElement} row
 * @param {boolean} isShared
 * @param {string} [who] - A name of its own.
 */
export function setSource(row, isShared, who) {
  if (isShared && !hasTwoSources()) tellSources();
  row.toggleAttribute("data-shared", isShared);
  if (hasTwoSources() || isShared) name(row, who ?? called(isShared));
  else unname(row);
}

/** Names the source of every row on the page, and of the row that new ones are cloned from. */
function tellSources() {
  for (const root of [document, template().content]) {
    for (const row of queryAll(root, ".row:not(.between)", HTMLElement)) name(row, called(false));
  }
}

/** Names no source on new rows: those of another dictation follow. */
export function forgetSources() {
  const { content, dataset } = template();
  unname(content);
  dataset.names = dataset.usual;
}

/**
 * What a source is called.
 * @param {boolean} isShared
 */
function called(isShared) {
  return JSON.parse(template().dataset.names ?? "")[Number(isShared)];
}

/** Whether new rows have the name of their source. */
function hasTwoSources() {
  return Boolean(template().content.querySelector(".who"));
}

function template() {
  return byId("row-template", HTMLTemplateElement);
}

/**
 * @param {HTMLElement} row
 * @param {string} source
 */
export function name(row, source) {
  const who = optional(row, ".who", HTMLElement) ?? document.createElement("span");
  if (who.textContent === source) return;
  who.className = "who";
  who.textContent = source;
  row.querySelector(".words")?.before(who);
}

/** @param {ParentNode} row */
function unname(row) {
  optional(row, ".who", HTMLElement)?.remove();
}
