import { gettext } from "app/shared/i18n";
import { share, standing } from "app/uploads/wording";

/** @import { Upload } from "app/uploads/requests" */

/** The line of one file: its name, its state and its buttons. */
export class UploadRow {
  #name = element("span", "upload-name");
  #line = document.createElement("progress");
  #standing = element("span", "meta");
  #open = element("a", "link");
  #remove = element("button", "link");

  /**
   * `removed()` is called when the user removes the file.
   * @param {() => void} removed
   */
  constructor(removed) {
    this.element = element("li", "upload");
    this.#name.dir = "auto";
    this.#line.max = 1;
    this.#open.textContent = gettext("Open");
    this.#remove.type = "button";
    this.#remove.addEventListener("click", removed);
    const foot = element("p", "upload-foot meta");
    foot.append(this.#standing, this.#open, this.#remove);
    this.element.append(this.#name, this.#line, foot);
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
  }
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
