import { byId } from "app/shared/dom";
import { getJson } from "app/shared/requests";

/** @import { Addresses } from "app/dictation/addresses" */
/** @import { LateWords } from "app/dictation/late-words" */
/** @import { LogEditing, LogEvents } from "app/dictation/log-editing" */
/** @import { SecondPassLine } from "app/dictation/second-pass-line" */
/** @import { Title } from "app/dictation/title" */
/** @import { Transcript } from "app/dictation/transcript" */
/** @import { SentenceData } from "app/shared/row" */

/**
 * What the page shows of a dictation that has ended: the title that is proposed, how its second pass goes, and its
 * sentences as ones that can be edited.
 */
export class AfterStop {
  #element;
  #link;
  #style;
  #parts;
  #on;
  /** @type {string | null} */
  #id = null;
  /** @type {LogEditing | null} */
  #editing = null;
  /** @type {SecondPassLine | null} */
  #secondPass = null;
  /** @type {LateWords | null} */
  #lateWords = null;
  #requests = new AbortController();

  /**
   * @param {HTMLElement} element - Shown while the page shows a dictation that has ended.
   * @param {HTMLAnchorElement} link - The link to its transcript.
   * @param {string} style - The address of the style sheet of the editor.
   * @param {{addresses: Addresses, transcript: Transcript, title: Title}} parts
   * @param {LogEvents} on
   */
  constructor(element, link, style, parts, on) {
    this.#element = element;
    this.#link = link;
    this.#style = style;
    this.#parts = parts;
    this.#on = on;
  }

  /**
   * @param {string} id - The session.
   * @param {boolean} [isRecovering] - Whether words of it are still to be transcribed from the recording.
   */
  show(id, isRecovering = false) {
    this.hide();
    this.#id = id;
    this.#requests = new AbortController();
    this.showLink(id);
    // Where nothing was said, none is worth a word.
    if (!this.#parts.transcript.isEmpty) this.#watch(this.#parts.addresses.secondPass(id));
    if (isRecovering) this.#wait(this.#parts.addresses.socket(id));
    this.#showTitle();
    this.#edit(this.#parts.addresses.transcript(id));
  }

  /**
   * Shows only the link to the transcript.
   * @param {string} id - The session.
   */
  showLink(id) {
    this.#link.href = this.#parts.addresses.transcript(id);
    this.#element.hidden = false;
  }

  /**
   * Shows sentences that the second pass has changed.
   * @param {SentenceData[]} rows
   */
  async apply(rows) {
    if (this.#editing) return this.#editing.apply({ rows });
    this.#parts.transcript.addSilently(rows);
    this.#settled();
  }

  hide() {
    this.#id = null;
    this.#requests.abort();
    this.#editing?.close();
    this.#editing = null;
    this.#secondPass?.close();
    this.#secondPass = null;
    this.#lateWords?.close();
    this.#lateWords = null;
    this.#element.hidden = true;
  }

  close() {
    this.#requests.abort();
    this.#editing?.close();
    this.#secondPass?.close();
    this.#lateWords?.close();
  }

  /** @param {string} url - The address of the session's WebSocket. */
  async #wait(url) {
    const { signal } = this.#requests;
    const loaded = await import("app/dictation/late-words").catch(() => null);
    if (signal.aborted || loaded === null) return;
    this.#lateWords = new loaded.LateWords(url, this.#parts.transcript, {
      saved: (rows) => this.apply(rows),
      done: () => {
        this.#on.said("");
        this.#settled();
      },
    });
  }

  /**
   * Loads the line about the second pass, which nobody needs while they speak.
   * @param {string} url - The address of the second pass.
   */
  async #watch(url) {
    const { signal } = this.#requests;
    const loaded = await import("app/dictation/second-pass-line").catch(() => null);
    if (signal.aborted || loaded === null) return;
    this.#secondPass = new loaded.SecondPassLine(byId("better-words", HTMLElement), (rows) => this.apply(rows));
    this.#secondPass.watch(url);
  }

  async #showTitle() {
    if (this.#id === null) return;
    const { signal } = this.#requests;
    /** @type {{proposed: string, language: string} | null} */
    const answer = await getJson(this.#parts.addresses.title(this.#id), signal).catch(() => null);
    if (!signal.aborted && answer !== null) this.#parts.title.propose(answer.proposed, answer.language);
  }

  /**
   * Loads the editor, which nobody needs while they speak. Without it each row keeps its words.
   * @param {string} url - The address of the session.
   */
  async #edit(url) {
    const { signal } = this.#requests;
    const [editor] = await Promise.allSettled([import("app/dictation/log-editing"), loadStyle(this.#style)]);
    if (signal.aborted || editor.status === "rejected") return;
    this.#editing = new editor.value.LogEditing(this.#parts.transcript, url, {
      settled: () => this.#settled(),
      said: this.#on.said,
    });
  }

  #settled() {
    this.#showTitle();
    this.#on.settled();
  }
}

/**
 * Adds a style sheet to the page; resolves when it applies.
 * @param {string} href
 * @returns {Promise<void>}
 */
function loadStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = reject;
    document.head.append(link);
  });
}
