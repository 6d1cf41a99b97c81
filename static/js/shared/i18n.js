const spoken = document.documentElement.lang;

/** The page's language, for `Intl`; its English is British. */
export const language = spoken && spoken !== "en" ? spoken : "en-GB";

/** @typedef {Record<string, string | number>} Values */

// A script before the modules has put it there, where the language is not that of the sources.
/** @type {Catalog} */
const catalog = globalThis.catalog ?? { messages: {}, plural: (count) => Number(count !== 1) };

/**
 * The text in the page's language; `%(name)s` stands for the value of that name, `%%` for a percent sign then.
 * @param {string} text
 * @param {Values} [values]
 */
export function gettext(text, values) {
  return fill(found(text) ?? text, values);
}

/**
 * The form that goes with the number `count`, which `values` may give again, written as people read it.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function ngettext(one, many, count, values) {
  return fill(found(one, catalog.plural(count)) ?? (count === 1 ? one : many), values);
}

/**
 * As `gettext`, for a text that means different things in different places.
 * @param {string} context
 * @param {string} text
 * @param {Values} [values]
 */
export function pgettext(context, text, values) {
  return fill(found(`${context}\u0004${text}`) ?? text, values);
}

/**
 * @param {string} key
 * @returns {string | undefined}
 */
function found(key, form = 0) {
  return Object.hasOwn(catalog.messages, key) ? [catalog.messages[key]].flat()[form] : undefined;
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
function fill(text, values) {
  if (!values) return text;
  return text.replace(/%%|%\((\w+)\)s/g, (_, name) => (name ? String(values[name]) : "%"));
}
