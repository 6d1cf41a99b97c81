const spoken = document.documentElement.lang;

/** The page's language for `Intl`; English is British English. */
export const language = spoken && spoken !== "en" ? spoken : "en-GB";

/** @typedef {Record<string, string | number>} Values */

// Set by a script before the modules, unless the page's language is that of the sources.
/** @type {Catalog} */
const catalog = globalThis.catalog ?? { messages: {}, plural: (count) => Number(count !== 1) };

/**
 * The text in the page's language. With `values`, replaces `%(name)s` with the value of that name and `%%` with `%`.
 * @param {string} text
 * @param {Values} [values]
 */
export function gettext(text, values) {
  return fill(found(text) ?? text, values);
}

/**
 * The plural form for the number `count`. `values` may contain the count again, formatted for reading.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function ngettext(one, many, count, values) {
  return fill(found(one, catalog.plural(count)) ?? (count === 1 ? one : many), values);
}

/**
 * Like `gettext`, for a text whose meaning depends on the context.
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
