import { Difference } from "app/second-pass/difference";
import { isMoving, POLL_MS } from "app/second-pass/state";
import { Summary } from "app/second-pass/summary";
import { noteOf } from "app/second-pass/wording";
import { byId, closest, optional } from "app/shared/dom";
import { getJson, post, RequestError, sentenceOf } from "app/shared/requests";

/**
 * @import { Decision } from "app/second-pass/difference"
 * @import { DifferenceData, Status } from "app/second-pass/state"
 * @import { Changed, Rows } from "app/transcript/rows"
 * @import { Sentence } from "app/transcript/sentence"
 */

/**
 * Callbacks of a second pass: `sentence` returns the Sentence of a row; `applied` is called after changes to sentences.
 * @typedef {object} SecondPassEvents
 * @property {(row: HTMLElement) => Sentence} sentence
 * @property {(changed: Changed) => Promise<void>} applied
 */

/**
 * The answer to a decision: the items and rows that have changed, and the id with which to undo the change.
 * @typedef {Changed & {state: Status["state"], items: DifferenceData[], change: string | null}} Decided
 */

const HIDDEN_POLL_MS = 15_000;

/**
 * The second pass over a transcript's recording: requests it, watches it, and sends decisions about its differences.
 */
export class SecondPass {
  #url;
  #decideUrl;
  #summary;
  #template = byId("difference-template", HTMLTemplateElement);
  #rows;
  #on;
  /** @type {Status} */
  #status = { state: "none", automatic: false };
  /** @type {Difference[]} */
  #differences = [];
  #areShown = false;
  /**
   * The differences that were accepted together and can be undone together: the id of the change, and their numbers.
   * @type {{id: string, numbers: Set<number>} | null}
   */
  #acceptedAtOnce = null;
  /** @type {number | undefined} */
  #timer;
  #events = new AbortController();

  /**
   * @param {HTMLElement} section
   * @param {Rows} rows
   * @param {SecondPassEvents} on
   */
  constructor(section, rows, on) {
    const { url = "", decideUrl = "", state = "" } = section.dataset;
    const entry = byId("second-pass-entry", HTMLDetailsElement);
    const { signal } = this.#events;
    this.#url = url;
    this.#decideUrl = decideUrl;
    this.#summary = new Summary(section, entry);
    this.#rows = rows;
    this.#on = on;
    for (const element of [section, entry]) {
      element.addEventListener(
        "click",
        ({ target }) => {
          const button = closest(target, "[data-do]", HTMLButtonElement);
          if (button) this.#do(button);
        },
        { signal },
      );
    }
    document.addEventListener("transcript:player", () => this.#showDifferences(), { signal });
    if (isMoving({ state }) || state === "ready" || state === "failed") this.#poll();
    else this.#render();
  }

  /** Updates the differences after sentences have changed. */
  refresh() {
    for (const difference of this.#differences) difference.refresh();
    if (this.#differences.length) this.#render();
  }

  close() {
    this.#events.abort();
    clearTimeout(this.#timer);
    for (const difference of this.#differences) difference.hide();
  }

  async #poll() {
    const { signal } = this.#events;
    const before = this.#status;
    clearTimeout(this.#timer);
    try {
      /** @type {Status} */
      const status = await getJson(this.#url, signal);
      // An answer to a request made before the latest decision does not include it.
      if (before === this.#status) await this.#update(before, status);
      if (isMoving(this.#status)) this.#pollLater();
    } catch {
      // Ask again later; the page keeps the last status until then.
      if (!signal.aborted) this.#pollLater();
    }
  }

  #pollLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#poll(), document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  }

  /**
   * @param {Status} before
   * @param {Status} status
   */
  async #update(before, status) {
    this.#start(status);
    if (!isMoving(before)) return;
    // The automatic second pass has already changed sentences: show them and offer to undo that.
    const { rows, items = [], change, word_count } = status;
    if (rows) {
      this.#rememberChange(change, items);
      await this.#on.applied({ rows, word_count });
      this.#render();
    }
    if (!isMoving(status)) this.#summary.announce();
  }

  /**
   * Starts again from a status sent by the server.
   * @param {Status} status
   */
  #start(status) {
    for (const difference of this.#differences) difference.hide();
    this.#status = status;
    this.#areShown = false;
    this.#acceptedAtOnce = null;
    const { items = [] } = status;
    this.#differences = items.map(
      (data) =>
        new Difference(data, items.length, this.#rows, this.#template, {
          decide: (decision, difference) => this.#decide(decision, difference),
          beside: (difference, step) => this.#beside(difference, step)?.focus(),
        }),
    );
    this.#render();
  }

  #render() {
    const undoable = this.#undoable().length;
    this.#summary.show(this.#status, { counts: this.#counts(), undoable, areShown: this.#areShown });
    if (!this.#areShown) return;
    for (const difference of this.#differences) {
      const [hasPrevious, hasNext] = [-1, 1].map((step) => this.#beside(difference, step) !== undefined);
      difference.offer({ hasPrevious, hasNext });
    }
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

  /** The differences that were accepted together and are still accepted. */
  #undoable() {
    const numbers = this.#acceptedAtOnce?.numbers;
    return this.#differences.filter(({ data }) => numbers?.has(data.number) && data.state === "accepted");
  }

  /**
   * The next open difference in a direction.
   * @param {Difference} difference
   * @param {number} step
   * @returns {Difference | undefined}
   */
  #beside(difference, step) {
    const others = this.#differences.filter((each) => each.isOpen || each === difference);
    return others[others.indexOf(difference) + step];
  }

  /** @param {HTMLButtonElement} button */
  async #do(button) {
    if (button.ariaDisabled) return;
    const what = button.dataset.do;
    this.#summary.problem("");
    // The button keeps its place until the answer arrives.
    button.ariaDisabled = "true";
    try {
      if (what === "look") this.#toggle();
      else if (what === "ask") await this.#ask();
      else if (what) await this.#decideAll(what);
    } catch (error) {
      this.#summary.problem(sentenceOf(error));
    } finally {
      button.ariaDisabled = null;
    }
    this.#summary.keepFocus(button);
  }

  #toggle() {
    this.#areShown = !this.#areShown;
    this.refresh();
    if (this.#areShown) this.#showDifferences();
    else for (const difference of this.#differences) difference.hide();
    this.#render();
    if (this.#areShown) this.#differences.find(({ isOpen }) => isOpen)?.focus();
  }

  #showDifferences() {
    if (!this.#areShown) return;
    for (const difference of this.#differences) difference.show();
  }

  async #ask() {
    const speakers = optional(document, "#tell-speakers", HTMLInputElement);
    this.#start(await post(this.#url, { tell_speakers: speakers?.checked ?? false }));
    this.#summary.asked();
    this.#pollLater();
  }

  /** @param {string} decision */
  async #decideAll(decision) {
    if (decision === "accept-all" && !(await this.#saved(this.#differences))) return;
    const fields = decision === "reopen-all" ? { decision, change: this.#acceptedAtOnce?.id } : { decision };
    /** @type {Decided} */
    const answer = await post(this.#decideUrl, fields);
    const { state, items, change } = answer;
    if (state === "none" || state === "cancelled") return this.#start({ ...this.#status, ...answer });
    if (decision === "reopen-all") this.#acceptedAtOnce = null;
    this.#rememberChange(change, items);
    await this.#apply(answer);
    this.#summary.announce();
  }

  /**
   * @param {Decision} decision
   * @param {Difference} difference
   */
  async #decide(decision, difference) {
    difference.problem("");
    try {
      if (decision === "accept" && !(await this.#saved([difference]))) return;
      await this.#apply(await post(this.#decideUrl, { decision, number: difference.data.number }));
      this.#summary.say(noteOf(difference.data));
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 409)) return difference.problem(sentenceOf(error));
      await this.#on.applied({ rows: [error.data.row] });
      difference.update({ ...difference.data, state: "stale" });
      this.#render();
    }
    difference.focusDecided(this.#beside(difference, 1) !== undefined);
  }

  /**
   * Saves what was typed in the sentences of open differences; returns whether all of them are saved.
   * @param {Difference[]} differences
   */
  async #saved(differences) {
    const rows = differences.filter(({ isOpen }) => isOpen).flatMap(({ sentences }) => sentences);
    const saved = await Promise.all(rows.map((row) => this.#on.sentence(row).flush()));
    return saved.every(Boolean);
  }

  /**
   * @param {string | null | undefined} id
   * @param {DifferenceData[]} items
   */
  #rememberChange(id, items) {
    if (id) this.#acceptedAtOnce = { id, numbers: new Set(items.map(({ number }) => number)) };
  }

  /** @param {Decided} answer */
  async #apply({ state, items, rows, word_count }) {
    this.#status = { ...this.#status, state };
    await this.#on.applied({ rows, word_count });
    for (const data of items) {
      this.#differences.find((difference) => difference.data.number === data.number)?.update(data);
    }
    this.#render();
  }
}
