const spoken = document.documentElement.lang;

/** The page's language, for `Intl`; its English is British. */
export const language = spoken && spoken !== "en" ? spoken : "en-GB";

// A script before the modules has put it there, where the language is not that of the sources.
const catalog = globalThis.catalog ?? { messages: {}, plural: (count) => Number(count !== 1) };

/** The text in the page's language; `%(name)s` stands for the value of that name, `%%` for a percent sign then. */
export function gettext(text, values) {
  return fill(found(text) ?? text, values);
}

/** The form that goes with the number `count`, which `values` may give again, written as people read it. */
export function ngettext(one, many, count, values) {
  return fill(found(one, catalog.plural(count)) ?? (count === 1 ? one : many), values);
}

/** As `gettext`, for a text that means different things in different places. */
export function pgettext(context, text, values) {
  return fill(found(`${context}\u0004${text}`) ?? text, values);
}

function found(key, form = 0) {
  return Object.hasOwn(catalog.messages, key) ? [catalog.messages[key]].flat()[form] : undefined;
}

function fill(text, values) {
  if (!values) return text;
  return text.replace(/%%|%\((\w+)\)s/g, (all, name) => (name ? values[name] : "%"));
}
