import { Lines } from "app/audience/lines";
import { CaptionStream } from "app/shared/caption-stream";
import { byId, pageData } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { closeWhenLeft } from "app/shared/page";

/** @import { Message } from "app/shared/caption-stream" */

/**
 * What the address chooses: captions/audience/look.py.
 * @typedef {object} Look
 * @property {number} lines
 * @property {number} size
 * @property {string} font
 * @property {string} colour
 * @property {number} outline
 * @property {string} background
 * @property {boolean} upper
 * @property {number} hold
 */

/** The page of live captions. */
class Captions {
  #state = byId("state", HTMLElement);
  #now = byId("now", HTMLButtonElement);
  #events = new AbortController();
  #lines;
  #stream;
  #waits = false;

  /** @param {{events: string, look: Look}} data */
  constructor({ events, look }) {
    dress(look);
    this.#lines = new Lines(byId("finals", HTMLElement), byId("partials", HTMLElement), look);
    this.#stream = new CaptionStream(events, {
      heard: (event, message) => this.#follow(() => this.#hear(event, message)),
      lost: () => this.#say(gettext("The connection was lost. Connecting again."), true),
      gone: () => this.#say(gettext("This link is no longer valid. Ask whoever gave it to you for a new one."), true),
    });
    const { signal } = this.#events;
    this.#now.addEventListener("click", () => this.#toEnd(), { signal });
    addEventListener("scroll", () => this.#showWay(), { signal, passive: true });
  }

  close() {
    this.#events.abort();
    this.#stream.close();
    this.#lines.close();
  }

  /**
   * @param {string} event
   * @param {Message} message
   */
  #hear(event, message) {
    // A dictation that has just begun may not be known to be live yet.
    if ((event === "final" || event === "partial") && this.#waits) this.#saySo("live");
    switch (event) {
      case "final":
      case "change":
        this.#lines.final(message);
        break;
      case "partial":
        this.#lines.partial(message);
        break;
      case "state":
        this.#saySo(message.state);
        break;
      case "end":
        this.#lines.forgetPartials();
        this.#say(message.reason === "revoked" ? gettext("These captions are no longer shared.") : wording("ended"));
        break;
    }
  }

  /**
   * Changes the page, and keeps the last words in sight if they were. A reader who has scrolled up is left alone.
   * @param {() => void} change
   */
  #follow(change) {
    const follows = this.#lines.isAtEnd;
    change();
    if (follows) this.#toEnd();
    else this.#showWay();
  }

  #toEnd() {
    scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    this.#showWay();
  }

  #showWay() {
    this.#now.hidden = this.#lines.isAtEnd;
  }

  /** @param {string} state */
  #saySo(state) {
    this.#waits = state === "connecting";
    this.#say(wording(state));
  }

  #say(sentence = "", trouble = false) {
    if (this.#state.textContent !== sentence) this.#state.textContent = sentence;
    this.#state.toggleAttribute("data-trouble", trouble);
  }
}

/** @param {string} state */
function wording(state) {
  switch (state) {
    case "paused":
      return gettext("Paused");
    case "ended":
      return gettext("The captions have ended.");
    case "connecting":
      return gettext("Nothing was said yet.");
    default:
      return gettext("Live now");
  }
}

/** @param {Look} look */
function dress({ lines, size, font, colour, outline, background, upper }) {
  const { style } = document.documentElement;
  if (lines) {
    document.documentElement.dataset.lines = "";
    style.setProperty("--captions-lines", String(lines));
  }
  if (size) style.setProperty("--captions-size", `${size}px`);
  if (font) style.setProperty("--captions-face", `"${font}", var(--face-interface)`);
  if (colour) style.setProperty("--captions-ink", colour);
  if (outline) style.setProperty("--captions-outline", `${outline}px`);
  if (background) style.setProperty("--captions-paper", background);
  document.documentElement.toggleAttribute("data-upper", upper);
}

closeWhenLeft(new Captions(pageData()));
