import { optional, queryAll } from "app/shared/dom";
import { name, setSource } from "app/shared/sources";

/** @import { SentenceData } from "app/shared/row" */

/**
 * Somebody who speaks; `number` is that of a voice, or 0 for the source itself.
 * @typedef {{shared: boolean, number: number, name: string}} Speaker
 */

/**
 * Says in a row who speaks.
 * @param {HTMLElement} row
 * @param {SentenceData} sentence
 */
export function tellWho(row, { shared = false, speaker = 0, who = "" }) {
  setNumber(row, speaker);
  setSource(row, shared, who);
  name(row, who);
  const next = row.nextElementSibling;
  for (const each of [row, ...(next instanceof HTMLElement ? [next] : [])]) showWhereNew(each);
}

/**
 * Takes the message that speakers have other names now.
 * @param {{speakers: Speaker[]}} message
 */
export function handle({ speakers }) {
  nameRows(speakers);
}

/**
 * Says in all rows of the page who speaks.
 * @param {Speaker[]} speakers
 */
export function nameRows(speakers) {
  const names = new Map(speakers.map((each) => [keyOf(each.shared, each.number), each.name]));
  const template = optional(document, "#row-template", HTMLTemplateElement);
  if (template) {
    const sources = JSON.parse(template.dataset.names ?? "[]");
    for (const { shared, number, name } of speakers) if (!number) sources[Number(shared)] = name;
    template.dataset.names = JSON.stringify(sources);
  }
  for (const root of [document, ...(template ? [template.content] : [])]) {
    for (const row of queryAll(root, ".row:not(.between)", HTMLElement)) {
      const called = names.get(keyOf(row.dataset.shared !== undefined, Number(row.dataset.speaker ?? 0)));
      if (called) name(row, called);
      showWhereNew(row);
    }
  }
}

/**
 * @param {boolean} shared
 * @param {number} number
 */
function keyOf(shared, number) {
  return `${shared} ${number}`;
}

/**
 * @param {HTMLElement} row
 * @param {number} number
 */
function setNumber(row, number) {
  if (number) row.dataset.speaker = String(number);
  else delete row.dataset.speaker;
}

/**
 * The name of a voice is not shown where it goes on; of sources the style sheet sees that.
 * @param {HTMLElement} row
 */
function showWhereNew(row) {
  const who = optional(row, ".who", HTMLElement);
  if (!who) return;
  const before = row.previousElementSibling?.querySelector(".who")?.textContent;
  who.hidden = row.dataset.speaker !== undefined && before === who.textContent;
}
