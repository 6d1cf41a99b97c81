/**
 * Makes a field as high as its text. Most browsers do so themselves (`field-sizing` in its style sheet), without the
 * layouts that this takes for each key.
 * @param {HTMLTextAreaElement} field
 */
export function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
