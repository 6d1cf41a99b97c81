import { byId, optional } from "app/shared/dom";
import { getJson } from "app/shared/requests";

/** @import { Addresses } from "app/dictation/addresses" */
/** @import { LateWords } from "app/dictation/late-words" */
/** @import { OutageRows } from "app/dictation/outage-rows" */
/** @import { LogEditing, LogEvents } from "app/dictation/log-editing" */
/** @import { SecondPassLine } from "app/dictation/second-pass-line" */
/** @import { Title } from "app/dictation/title" */
/** @import { Transcript } from "app/dictation/transcript" */
/** @import { SentenceData } from "app/shared/row" */

/**
 * @typedef {{addresses: Addresses, transcript: Transcript, title: Title, outageRows: () => Promise<OutageRows | null>}}
 *   EndedParts
 */

/**
 * What goes on after a dictation has ended: the title that is proposed, its second pass, words that are still recovered
 * from the recording, and its sentences as ones that can be edited.
 */
export class EndedDictation {
  #id;
  #style;
  #parts;
  #on;
  /** @type {LogEditing | null} */
  #editing = null;
  /** @type {SecondPassLine | null} */
  #secondPass = null;
  /** @type {LateWords | null} */
  #lateWords = null;
  #requests = new AbortController();

  /**
   * @param {object} options
   * @param {string} options.id - The session.
   * @param {boolean} options.isRecovering - Whether words of it are still to be transcribed from the recording.
   * @param {string} options.style - The address of the style sheet of the editor.
   * @param {EndedParts} options.parts
   * @param {LogEvents} options.on
   */
  constructor({ id, isRecovering, style, parts, on }) {
    this.#id = id;
    this.#style = style;
    this.#parts = parts;
    this.#on = on;
    const { addresses, transcript } = parts;
    // Where nothing was said, none is worth a word.
    if (!transcript.isEmpty) this.#watch(addresses.secondPass(id));
    // The last sentences are translated after Stop.
    const isTranslated = optional(document, "#translate", HTMLInputElement)?.checked === true;
    if (isRecovering || isTranslated) this.#wait(addresses.socket(id));
    this.#showTitle();
    this.#edit(addresses.transcript(id));
  }

  close() {
    this.#requests.abort();
    this.#editing?.close();
    this.#secondPass?.close();
    this.#lateWords?.close();
  }

  /**
   * Shows sentences as they are now.
   * @param {SentenceData[]} rows
   */
  async #apply(rows) {
    if (this.#editing) return this.#editing.apply({ rows });
    this.#parts.transcript.addSilently(rows);
    this.#settled();
  }

  /** @param {string} url - The address of the session's WebSocket. */
  async #wait(url) {
    const { signal } = this.#requests;
    const loaded = await import("app/dictation/late-words").catch(() => null);
    if (signal.aborted || loaded === null) return;
    this.#lateWords = new loaded.LateWords(url, this.#parts.transcript, {
      saved: (rows) => this.#apply(rows),
      missing: (outages) => this.#parts.outageRows().then((rows) => rows?.replace(outages)),
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
    this.#secondPass = new loaded.SecondPassLine(byId("better-words", HTMLElement), (rows) => this.#apply(rows));
    this.#secondPass.watch(url);
  }

  async #showTitle() {
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
