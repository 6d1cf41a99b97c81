import { getJson, post } from "app/shared/requests";
import { Difference } from "app/second-pass/difference";
import { betterText, isMoving, listeningText, POLL_MS } from "app/second-pass/state";
import { acceptAll, detailOf, noteOf, outcomeOf, progressOf, undoAll } from "app/second-pass/wording";
import { gettext } from "app/shared/i18n";

const HIDDEN_POLL_MS = 15_000;

/**
 * The second pass over the recording of a transcript: it is asked for, watched, and decided on.
 *
 * `on` is told: `sentence(row)` gives the Sentence of a row; `applied(answer)` that sentences have changed.
 */
export class SecondPass {
  #section;
  #entry;
  #template;
  #rows;
  #on;
  #standing = { state: "none" };
  #differences = [];
  #isLookedAt = false;
  #change = null;
  #timer = null;

  constructor(section, entry, template, rows, on) {
    this.#section = section;
    this.#entry = entry;
    this.#template = template;
    this.#rows = rows;
    this.#on = on;
    for (const element of [section, entry]) {
      element.addEventListener("click", ({ target }) => this.#do(target.dataset.do, target));
    }
    document.addEventListener("transcript:player", () => this.#each((difference) => difference.show()));
    const { state } = section.dataset;
    if (isMoving({ state }) || state === "ready" || state === "failed") this.#poll();
    else this.#render();
  }

  /** Looks at sentences that have changed. */
  refresh() {
    for (const difference of this.#differences) difference.refresh();
    if (this.#differences.length) this.#render();
  }

  #each(action) {
    if (this.#isLookedAt) this.#differences.forEach(action);
  }

  async #poll() {
    clearTimeout(this.#timer);
    try {
      const before = this.#standing;
      const standing = await getJson(this.#section.dataset.url);
      // Of what was done meanwhile this answer knows nothing.
      if (before === this.#standing) {
        this.#adopt(standing);
        if (isMoving(before) && standing.rows) this.#takeOver(standing);
        if (isMoving(before) && !this.#isMoving) this.#say(this.#part("[data-standing]").textContent);
      }
      if (this.#isMoving) this.#watch();
    } catch {
      // It is asked again, and what the page says was true a moment ago.
      this.#watch();
    }
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  }

  get #isMoving() {
    return isMoving(this.#standing);
  }

  /** Takes over all that the server says. */
  #adopt(standing) {
    this.#each((difference) => difference.hide());
    this.#standing = standing;
    this.#isLookedAt = false;
    this.#change = null;
    const items = standing.items ?? [];
    this.#differences = items.map(
      (data) =>
        new Difference(data, items.length, this.#rows, this.#template, {
          decide: (decision, difference) => this.#decide(decision, difference),
          beside: (difference, step) => this.#beside(difference, step)?.focus(),
        }),
    );
    this.#render();
  }

  /** Shows what has been changed already, and offers to undo it. */
  #takeOver({ change, items, rows, word_count }) {
    if (change) this.#change = { id: change, numbers: new Set(items.map(({ number }) => number)) };
    this.#on.applied({ rows, word_count });
    this.#render();
  }

  #render() {
    const { state, automatic } = this.#standing;
    // What nobody asked for and came to nothing is not worth a line.
    const isNothing = automatic && (state === "failed" || (state === "done" && !this.#differences.length));
    const isOver = state === "none" || state === "cancelled" || isNothing;
    this.#section.hidden = isOver;
    this.#entry.hidden = !isOver;
    if (isOver) return;
    this.#section.classList.toggle("failed", state === "failed");
    this.#renderProgress();
    const counts = this.#counts();
    const isReady = state === "ready" || state === "done";
    const free = counts.open - counts.corrected;
    this.#part("[data-standing]").textContent = this.#standingText(counts);
    const detail = isReady ? detailOf(counts) : "";
    this.#part("[data-detail]").textContent = detail;
    this.#part("[data-detail]").hidden = !detail;
    this.#offer("look", isReady && counts.all > 0 && (counts.open > 0 || this.#isLookedAt));
    this.#button("look").textContent = this.#isLookedAt ? gettext("Hide again") : gettext("Show in the text");
    this.#offer("accept-all", isReady && free > 0);
    this.#button("accept-all").textContent = acceptAll(free);
    this.#offer("keep-all", isReady && counts.open > 0);
    const undoable = this.#accepted().length;
    this.#offer("reopen-all", this.#change !== null && undoable > 0);
    this.#button("reopen-all").textContent = undoAll(undoable);
    this.#offer("cancel", this.#isMoving && !(automatic && state === "waiting"));
    this.#offer("ask", state === "failed");
    this.#offer("close", state === "failed" || (isReady && !counts.open));
    this.#each((difference) => difference.place(this.#beside(difference, -1), this.#beside(difference, 1)));
  }

  #standingText(counts) {
    const { state, automatic, message } = this.#standing;
    if (this.#isMoving) return automatic ? listeningText(this.#standing) : progressOf(this.#standing);
    if (state !== "ready" && state !== "done") return message;
    return (automatic && state === "done" && betterText(counts.accepted)) || outcomeOf(counts);
  }

  #renderProgress() {
    const line = this.#part("[data-progress]");
    line.hidden = !this.#isMoving;
    if (this.#standing.state === "working") line.value = this.#standing.percent;
    else line.removeAttribute("value");
  }

  #counts() {
    const all = this.#differences.map(({ data }) => data);
    const open = all.filter(({ state }) => state === "open");
    return {
      all: all.length,
      open: open.length,
      corrected: open.filter(({ corrected }) => corrected).length,
      accepted: all.filter(({ state }) => state === "accepted").length,
    };
  }

  /** What the last Accept all has changed and can be taken back. */
  #accepted() {
    return this.#differences.filter(({ data }) => this.#change?.numbers.has(data.number) && data.state === "accepted");
  }

  #beside(difference, step) {
    const others = this.#differences.filter((each) => each.isOpen || each === difference);
    return others[others.indexOf(difference) + step];
  }

  async #do(what, button) {
    if (!what || button.getAttribute("aria-disabled")) return;
    this.#problem("");
    // The button stays where it is until there is an answer.
    button.setAttribute("aria-disabled", "true");
    try {
      if (what === "look") this.#look(!this.#isLookedAt);
      else if (what === "ask") await this.#ask();
      else await this.#decideAll(what);
    } catch (error) {
      this.#problem(error.message);
    } finally {
      button.removeAttribute("aria-disabled");
    }
    if (document.activeElement === button || document.activeElement === document.body) this.#keepFocus(button);
  }

  #look(isWanted) {
    this.#isLookedAt = isWanted;
    this.refresh();
    for (const difference of this.#differences) isWanted ? difference.show() : difference.hide();
    this.#render();
    if (isWanted) this.#differences.find(({ isOpen }) => isOpen)?.focus();
  }

  async #ask() {
    this.#adopt(await post(this.#section.dataset.url, {}));
    this.#entry.open = false;
    this.#button("cancel").focus();
    this.#watch();
  }

  async #decideAll(decision) {
    if (decision === "accept-all" && !(await this.#saved(this.#differences))) return;
    const fields = decision === "reopen-all" ? { decision, change: this.#change.id } : { decision };
    const answer = await post(this.#section.dataset.decideUrl, fields);
    if (answer.state === "none" || answer.state === "cancelled") return this.#adopt(answer);
    if (decision === "reopen-all") this.#change = null;
    if (answer.change) this.#change = { id: answer.change, numbers: new Set(answer.items.map(({ number }) => number)) };
    this.#take(answer);
    this.#say(this.#part("[data-standing]").textContent);
  }

  async #decide(decision, difference) {
    difference.problem("");
    try {
      if (decision === "accept" && !(await this.#saved([difference]))) return;
      const answer = await post(this.#section.dataset.decideUrl, { decision, number: difference.data.number });
      this.#take(answer);
      this.#say(noteOf(difference.data));
    } catch (error) {
      if (error.status !== 409) return difference.problem(error.message);
      this.#on.applied({ rows: [error.data.row] });
      difference.update({ ...difference.data, state: "stale" });
      this.#render();
    }
    difference.focusDecided(Boolean(this.#beside(difference, 1)));
  }

  /** Whether what somebody has typed in the sentences of differences is saved; what is not, is said there. */
  async #saved(differences) {
    const rows = differences.filter(({ isOpen }) => isOpen).flatMap(({ sentences }) => sentences);
    const saved = await Promise.all(rows.map((row) => this.#on.sentence(row).flush()));
    return saved.every(Boolean);
  }

  #take(answer) {
    this.#standing = { ...this.#standing, state: answer.state };
    this.#on.applied({ rows: answer.rows, word_count: answer.word_count });
    for (const data of answer.items) {
      this.#differences.find((difference) => difference.data.number === data.number)?.update(data);
    }
    this.#render();
  }

  // What was pressed may be gone; something near it takes the focus.
  #keepFocus(pressed) {
    if (pressed.isConnected && !pressed.hidden && pressed.checkVisibility()) return;
    const button = [...this.#section.querySelectorAll("button")].find((each) => each.checkVisibility());
    (button ?? this.#entry.querySelector("summary")).focus();
  }

  #offer(name, isOffered) {
    this.#button(name).hidden = !isOffered;
  }

  #problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
    this.#part("[data-problem]").hidden = !sentence;
  }

  #say(sentence) {
    this.#part("[data-said]").textContent = sentence;
  }

  #button(name) {
    return this.#section.querySelector(`[data-do="${name}"]`);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}
