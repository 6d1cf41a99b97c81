/**
 * The sentences of the pre-flight. A line is `{sentence, kind, detail, link, buttons, progress}`: kind is done, wrong
 * or waiting, link and buttons are `[label, action]`, progress is a share from 0 to 1. What is wrong stands first.
 */
export function showLines(container, lines) {
  const order = { wrong: 0, waiting: 1, done: 2 };
  const sorted = [...lines].sort((a, b) => order[a.kind] - order[b.kind]);
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  // A dialog gives the focus back to the very button that opened it.
  const kept = [...container.querySelectorAll("button")];
  container.replaceChildren(...sorted.map((line) => makeLine(line, kept)));
  if (focused?.isConnected) focused.focus();
}

/** `kept` are the buttons of before, which are taken for the same labels. */
function makeLine({ sentence, kind, detail = "", link = null, buttons = [], progress = null }, kept) {
  const makeButton = (label, action, className) => buttonOf(kept, label, action, className);
  const line = element("div", `check-line ${kind === "waiting" ? "waiting-mark" : kind}`);
  const mark = element("span", "check-mark");
  mark.setAttribute("aria-hidden", "true");
  const body = element("div", "check-body");
  const said = element("p", "check-sentence", sentence);
  if (link) said.append(" ", makeButton(...link, "link"));
  body.append(said);
  if (detail) body.append(element("p", "check-detail", detail));
  if (progress !== null) body.append(makeProgress(progress));
  if (buttons.length) {
    const group = element("div", "buttons");
    group.append(...buttons.map(([label, action]) => makeButton(label, action)));
    body.append(group);
  }
  line.append(mark, body);
  return line;
}

function makeProgress(share) {
  const bar = element("div", "progress");
  const done = element("span");
  done.style.width = `${Math.round(share * 100)}%`;
  bar.append(done);
  return bar;
}

function buttonOf(kept, label, action, className = "button") {
  const at = kept.findIndex((button) => button.textContent === label);
  const button = at < 0 ? element("button", "", label) : kept.splice(at, 1)[0];
  button.type = "button";
  button.className = className;
  button.onclick = action;
  return button;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
