/**
 * Whether a field has another value than the server gave it: then it was changed before its script was there. Fields
 * whose values the browser would restore need `autocomplete="off"`.
 * @param {Element} field
 */
export function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    const usual = [...field.options].find(({ defaultSelected }) => defaultSelected) ?? field.options[0];
    return usual !== undefined && !usual.selected;
  }
  if (field instanceof HTMLInputElement) {
    return field.checked !== field.defaultChecked || field.value !== field.defaultValue;
  }
  return field instanceof HTMLTextAreaElement && field.value !== field.defaultValue;
}

/**
 * Whether one of the form's fields is changed.
 * @param {HTMLFormElement} form
 */
export function hasChanges(form) {
  return [...form.elements].some(isChanged);
}
