import { gettext } from "app/shared/i18n";
import { share, standing, trackName } from "app/uploads/wording";

/** @import { Track, Upload } from "app/uploads/requests" */

/** The line of one file: its name, its state and its buttons. */
export class UploadRow {
  #name = element("span", "upload-name");
  #line = document.createElement("progress");
  #standing = element("span", "meta");
  #open = element("a", "link");
  #remove = element("button", "link");
  #tracks = element("p", "upload-foot meta");
  #chosen;
  #declined;

  /**
   * `removed()` is called when the user removes the file, `chosen(track)` when another track is to be transcribed too,
   * and `declined()` when none is.
   * @param {{removed: () => void, chosen: (track: Track) => void, declined: () => void}} actions
   */
  constructor({ removed, chosen, declined }) {
    this.#chosen = chosen;
    this.#declined = declined;
    this.element = element("li", "upload");
    this.#name.dir = "auto";
    this.#line.max = 1;
    this.#open.textContent = gettext("Open");
    this.#remove.type = "button";
    this.#remove.addEventListener("click", removed);
    const foot = element("p", "upload-foot meta");
    foot.append(this.#standing, this.#open, this.#remove);
    this.element.append(this.#name, this.#line, foot, this.#tracks);
  }

  /**
   * @param {Upload} upload
   * @param {boolean} isHere
   */
  show(upload, isHere) {
    const isOver = upload.state === "done" || upload.state === "failed";
    this.#name.textContent = upload.name;
    this.#line.setAttribute("aria-label", upload.name);
    this.element.classList.toggle("over", isOver);
    const done = share(upload);
    if (done === null) this.#line.removeAttribute("value");
    else this.#line.value = done;
    this.#standing.textContent = standing(upload, isHere);
    this.element.classList.toggle("failed", upload.state === "failed");
    this.#open.hidden = !upload.session;
    if (upload.session) this.#open.href = upload.session;
    const { name } = upload;
    const isFailed = upload.state === "failed";
    this.#remove.textContent = isFailed ? gettext("Remove") : gettext("Cancel");
    const label = isFailed ? gettext("Remove %(name)s", { name }) : gettext("Cancel %(name)s", { name });
    this.#remove.setAttribute("aria-label", label);
    this.#remove.hidden = upload.state === "done";
    this.#offer(upload);
  }

  /** @param {Upload} upload */
  #offer({ name, tracks }) {
    this.#tracks.hidden = tracks.length === 0;
    if (this.#tracks.childElementCount === (tracks.length && tracks.length + 2)) return;
    const offer = document.createElement("span");
    offer.textContent = gettext("Other tracks have sound, too. Transcribe:");
    const choices = tracks.map((track) => action(trackName(track), () => this.#chosen(track)));
    const decline = action(gettext("No, thanks"), this.#declined);
    decline.setAttribute("aria-label", gettext("No other tracks of %(name)s", { name }));
    this.#tracks.replaceChildren(offer, ...choices, decline);
  }
}

/**
 * @param {string} text
 * @param {() => void} pressed
 */
function action(text, pressed) {
  const button = element("button", "link");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", pressed);
  return button;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} className
 */
function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
