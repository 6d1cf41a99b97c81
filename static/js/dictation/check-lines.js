/**
 * @typedef {[label: string, action: () => void]} ButtonData
 *
 * @typedef {object} CheckLine - One sentence of the checks before Start.
 * @property {string} sentence
 * @property {"wrong" | "waiting" | "done"} kind
 * @property {string} [detail]
 * @property {ButtonData} [link]
 * @property {ButtonData[]} [buttons]
 * @property {number | null} [progress] - From 0 to 1; null while it is unknown.
 */

const ORDER = { wrong: 0, waiting: 1, done: 2 };

/**
 * Writes the sentences of the checks before Start, those about problems first.
 * @param {HTMLElement} container
 * @param {CheckLine[]} lines
 */
export function showLines(container, lines) {
  const sorted = [...lines].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  const { activeElement } = document;
  const focused = activeElement instanceof HTMLElement && container.contains(activeElement) ? activeElement : null;
  // A dialog returns the focus to the button element that opened it, so the same element is used again.
  const kept = [...container.querySelectorAll("button")];
  container.replaceChildren(...sorted.map((line) => makeLine(line, kept)));
  if (focused?.isConnected) focused.focus();
}

/**
 * @param {CheckLine} line
 * @param {HTMLButtonElement[]} kept - The buttons shown before, used again where the label is the same.
 */
function makeLine({ sentence, kind, detail = "", link, buttons = [], progress = null }, kept) {
  const line = make("div", `check-line ${kind === "waiting" ? "waiting-mark" : kind}`);
  const mark = make("span", "check-mark");
  mark.setAttribute("aria-hidden", "true");
  const body = make("div", "check-body");
  const paragraph = make("p", "check-sentence", sentence);
  if (link) paragraph.append(" ", makeButton(link, "link", kept));
  body.append(paragraph);
  if (detail) body.append(make("p", "check-detail", detail));
  if (progress !== null) body.append(makeProgress(progress));
  if (buttons.length) {
    const group = make("div", "buttons");
    group.append(...buttons.map((each) => makeButton(each, "button", kept)));
    body.append(group);
  }
  line.append(mark, body);
  return line;
}

/** @param {number} share */
function makeProgress(share) {
  const bar = make("div", "progress");
  const done = make("span");
  done.style.width = `${Math.round(share * 100)}%`;
  bar.append(done);
  return bar;
}

/**
 * @param {ButtonData} data
 * @param {string} className
 * @param {HTMLButtonElement[]} kept
 */
function makeButton([label, action], className, kept) {
  const at = kept.findIndex((button) => button.textContent === label);
  const button = at < 0 ? make("button", "", label) : kept.splice(at, 1)[0];
  button.type = "button";
  button.className = className;
  button.onclick = action;
  return button;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 */
function make(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
