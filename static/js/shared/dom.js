// Typed look-ups of elements: if a page lacks one that its script needs, the error says so, instead of a later `null`.

/**
 * @template {Element} T
 * @typedef {new () => T} Kind - A class of elements, such as `HTMLButtonElement`.
 */

/**
 * The element with an id. Throws an Error if there is none of that kind.
 * @template {Element} T
 * @param {string} id
 * @param {Kind<T>} kind
 */
export function byId(id, kind) {
  return typed(document.getElementById(id), kind, `#${id}`);
}

/**
 * The first element in `root` that matches. Throws an Error if there is none, or if it is of another kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {Kind<T>} kind
 */
export function query(root, selector, kind) {
  return typed(root.querySelector(selector), kind, selector);
}

/**
 * The same for an optional element: returns null if there is none.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {Kind<T>} kind
 */
export function optional(root, selector, kind) {
  const found = root.querySelector(selector);
  return found && typed(found, kind, selector);
}

/**
 * All elements in `root` that match. Throws an Error if one is of another kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {Kind<T>} kind
 */
export function queryAll(root, selector, kind) {
  return [...root.querySelectorAll(selector)].map((found) => typed(found, kind, selector));
}

/**
 * The closest matching element around an event's target, or the target itself; null if there is none.
 * @template {Element} T
 * @param {EventTarget | null} target
 * @param {string} selector
 * @param {Kind<T>} kind
 */
export function closest(target, selector, kind) {
  const found = target instanceof Element ? target.closest(selector) : null;
  return found && typed(found, kind, selector);
}

/**
 * The JSON that the server has written into the page; its type is that of the variable it is assigned to.
 * @template T
 * @param {string} [id]
 * @returns {T}
 */
export function pageData(id = "page-data") {
  return JSON.parse(byId(id, HTMLScriptElement).text);
}

/**
 * @template {Element} T
 * @param {Element | null} found
 * @param {Kind<T>} kind
 * @param {string} selector
 */
function typed(found, kind, selector) {
  if (found instanceof kind) return found;
  throw new Error(`No ${kind.name} matches ${selector}.`);
}
