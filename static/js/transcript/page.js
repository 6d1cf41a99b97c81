// The page of one transcript: its sentences are edited where they stand.

import { gettext, language, ngettext } from "app/shared/i18n";
import { SecondPass } from "app/second-pass/second-pass";
import { setText, textOf } from "app/shared/row";
import { pressedAt } from "app/shared/text-places";
import { CorrectionLine } from "app/transcript/correction";
import { Drafts } from "app/transcript/drafts";
import { Editor } from "app/transcript/editor";
import { Find } from "app/transcript/find";
import { Notes } from "app/transcript/notes";
import { Rows } from "app/transcript/rows";
import { Sentence } from "app/transcript/sentence";
import { canPlay } from "app/shared/transcript-sound";
import { UnsureWords } from "app/transcript/unsure";

const rows = new Rows(document.getElementById("rows"));
const drafts = new Drafts(rows.url);
const sentences = new Map();
const status = document.getElementById("copied");
const wordCount = document.getElementById("word-count");

const notes = new Notes(rows, document.getElementById("note-template"));
const correction = new CorrectionLine(rows, document.getElementById("correction-template"), applied);
const editor = new Editor(rows, document.getElementById("editor-template"), {
  sentence: sentenceOf,
  applied: changed,
  left,
  note: (kind, row) => {
    editor.close();
    notes.add(kind, row);
  },
});
const find = new Find(rows, document.getElementById("find-bar"), document.getElementById("find"), {
  sentence: sentenceOf,
  applied: changed,
  leave: () => editor.close(),
});
const unsureButton = document.getElementById("unsure");
const unsure = unsureButton && new UnsureWords(rows, unsureButton, say);

const secondPassSection = document.getElementById("second-pass");
const secondPass =
  secondPassSection &&
  new SecondPass(
    secondPassSection,
    document.getElementById("second-pass-entry"),
    document.getElementById("difference-template"),
    rows,
    { sentence: sentenceOf, applied: changed },
  );

function sentenceOf(row) {
  const seq = Number(row.dataset.seq);
  const known = sentences.get(seq);
  if (known?.row === row) return known;
  const sentence = new Sentence(rows, row, drafts, told);
  sentences.set(seq, sentence);
  return sentence;
}

function told(sentence, state, detail) {
  const { row } = sentence;
  if (editor.row === row) editor.tell(state, detail);
  else tellInRow(row, state, detail);
  if (detail?.rows) {
    count(detail);
    correction.show(row, detail.correction);
  }
  if (state === "saved") settled(row);
}

// How the saving goes of a sentence that is not open any more.
function tellInRow(row, state, detail) {
  row.querySelector(".row-problem")?.remove();
  if (!["waiting", "refused", "conflict"].includes(state)) return;
  const problem = document.createElement("p");
  problem.className = "row-problem error";
  problem.setAttribute("role", "status");
  const sentence =
    state === "conflict"
      ? gettext("This sentence was changed elsewhere.")
      : gettext("Not saved. %(problem)s", { problem: detail });
  problem.append(`${sentence} `);
  if (state !== "waiting") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = state === "conflict" ? gettext("Choose which to keep") : gettext("Look at it");
    button.addEventListener("click", () => editor.open(row));
    problem.append(button);
  }
  row.append(problem);
}

// A sentence without words leaves the page, once it is saved so and nobody is at it.
function settled(row) {
  find.refresh();
  if (editor.row !== row && !textOf(row).trim()) {
    row.remove();
    say(gettext("The sentence is taken out. Versions brings it back."));
  } else {
    unsure?.refresh();
  }
  secondPass?.refresh();
}

function left(row) {
  const sentence = sentenceOf(row);
  const text = textOf(row).trim().replace(/\s+/g, " ");
  if (textOf(row) !== text) setText(row, text);
  if (sentence.isPending) tellInRow(row, sentence.state, sentence.detail);
  else settled(row);
}

// What a correction said of a sentence is over when something else changes it.
function changed(answer) {
  correction.forget(answer.rows);
  applied(answer);
}

function applied(answer) {
  for (const data of answer.rows) {
    // What somebody has typed there is not overwritten: saving it will show the conflict.
    if (sentences.get(data.seq)?.isPending) continue;
    if (!data.text && editor.row?.dataset.seq === String(data.seq)) editor.close();
    rows.apply(data);
    sentences.get(data.seq)?.begin();
  }
  if (editor.row) editor.refresh();
  count(answer);
  find.refresh();
  unsure?.refresh();
  secondPass?.refresh();
}

function count({ word_count: words }) {
  if (words === undefined) return;
  const values = { count: words.toLocaleString(language) };
  wordCount.textContent = ngettext("%(count)s word", "%(count)s words", words, values);
}

function say(sentence) {
  status.textContent = sentence;
}

rows.element.addEventListener("click", (event) => {
  const row = event.target.closest("[data-seq]");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.matches(".row-edit")) {
    event.preventDefault();
    editor.open(row);
  } else if (!canPlay() && getSelection().isCollapsed) {
    openWhere(row, event);
  }
});
rows.element.addEventListener("dblclick", (event) => {
  const row = event.target.closest("[data-seq]");
  if (canPlay() && row) openWhere(row, event);
});

// With the cursor where somebody has pressed, if that was in the words.
function openWhere(row, event) {
  const text = event.target.closest("[data-text]");
  if (text) editor.open(row, pressedAt(text, event));
}

// While a pointer is down nothing moves, or what it was meant for would be gone when it is released.
let pressing = false;
document.addEventListener("pointerdown", () => (pressing = true));
for (const event of ["pointerup", "pointercancel"]) {
  document.addEventListener(event, () => setTimeout(() => (pressing = false)));
}
document.addEventListener("focusin", ({ target }) => {
  if (!pressing && isElsewhere(target)) editor.close();
});
document.addEventListener("click", ({ target }) => {
  if (target.isConnected && isElsewhere(target)) editor.close();
});

// Playing the sound is part of correcting.
function isElsewhere(target) {
  return Boolean(editor.row) && !editor.row.contains(target) && !target.closest?.(".dock");
}

function pending() {
  return [...sentences.values()].filter((sentence) => sentence.isPending);
}

window.addEventListener("online", () => pending().forEach((sentence) => sentence.flush()));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) pending().forEach((sentence) => sentence.flush());
});
window.addEventListener("beforeunload", (event) => {
  const left = pending();
  left.forEach((sentence) => sentence.flush());
  if (notes.isPending || left.some(({ state }) => state !== "dirty" && state !== "saving")) event.preventDefault();
});

for (const draft of drafts.all()) {
  const { seq, text, version } = draft;
  // A sentence that was taken out meanwhile comes back to the page until it is decided what becomes of it.
  const row = rows.get(seq) ?? rows.apply(draft);
  if (!row || (textOf(row) === text && Number(row.dataset.version) !== version)) drafts.drop(seq);
  else {
    const sentence = sentenceOf(row);
    sentence.change(text, version);
    sentence.flush();
  }
}
