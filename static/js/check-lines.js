/**
 * The sentences of the pre-flight. A line is `{sentence, kind, detail, link, buttons, progress}`: kind is done, wrong
 * or waiting, link and buttons are `[label, action]`, progress is a share from 0 to 1. What is wrong stands first.
 */
export function showLines(container, lines) {
  const order = { wrong: 0, waiting: 1, done: 2 };
  const sorted = [...lines].sort((a, b) => order[a.kind] - order[b.kind]);
  const focused = container.contains(document.activeElement) ? document.activeElement.textContent : null;
  container.replaceChildren(...sorted.map(makeLine));
  if (focused === null) return;
  const same = [...container.querySelectorAll("button")].find((button) => button.textContent === focused);
  same?.focus();
}

function makeLine({ sentence, kind, detail = "", link = null, buttons = [], progress = null }) {
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

function makeButton(label, action, className = "button") {
  const button = element("button", className, label);
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
