import { optional, query } from "app/shared/dom";
import { nameRows } from "app/shared/names";
import { ask } from "app/shared/requests";

/**
 * @import { Speaker } from "app/shared/names"
 * @import { Rows } from "app/transcript/rows"
 */

/** @typedef {{speakers: Speaker[], told_apart: boolean}} Told - Whether it is said of each sentence who speaks. */

/**
 * Lists to whom the sentence of a row can be given, as buttons before that for somebody new. Throws RequestError.
 * @param {HTMLElement} list
 * @param {HTMLElement} row
 * @param {Rows} rows
 */
export async function listSpeakers(list, row, rows) {
  const { speakers } = await told(rows);
  const isShared = row.dataset.shared !== undefined;
  const current = Number(row.dataset.speaker ?? 0);
  const buttons = speakers
    .filter(({ shared }) => shared === isShared)
    .map(({ number, name }) => button(name, String(number), number === current));
  const place = query(list, "[data-list]", HTMLElement);
  place.replaceChildren(...buttons, query(place, "[data-speaker='']", HTMLElement));
}

/**
 * Says in all rows who speaks, as it is now; with `unlessNamed` only where the page has not said it yet. Throws
 * RequestError.
 * @param {Rows} rows
 * @param {{unlessNamed?: boolean}} [options]
 */
export async function nameAll(rows, { unlessNamed = false } = {}) {
  const template = optional(document, "#row-template", HTMLTemplateElement);
  if (unlessNamed && template?.content.querySelector(".who")) return;
  const { speakers, told_apart: isTold } = await told(rows);
  if (isTold) nameRows(speakers);
}

/**
 * @param {Rows} rows
 * @returns {Promise<Told>}
 */
function told({ url }) {
  return ask(`${url}speakers/`, {});
}

/**
 * @param {string} name
 * @param {string} number
 * @param {boolean} isCurrent
 */
function button(name, number, isCurrent) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.dataset.do = "speaker";
  made.dataset.speaker = number;
  made.textContent = name;
  made.dir = "auto";
  made.setAttribute("aria-pressed", String(isCurrent));
  return made;
}
