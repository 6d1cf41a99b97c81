import { gettext } from "app/shared/i18n";
import { UploadRow } from "app/uploads/row";
import { UploadSender } from "app/uploads/sender";

const POLL_MS = 2000;
const HIDDEN_POLL_MS = 15_000;

/** Files on their way to becoming transcripts: sends them one after the other, and watches what becomes of them. */
export class UploadList {
  #requests;
  #list;
  #limit;
  #say;
  #written;
  /**
   * By id: `{upload, row, sender, file, isLeaving, since}`; `file` is one that waits to be sent by this page, `since`
   * the moment at which this page learned of it by what it did itself.
   */
  #entries = new Map();
  #removed = new Set();
  /** Counts what is asked and done: an answer knows nothing of what was done after it was asked for. */
  #moment = 0;
  #heard = 0;
  #refused = 0;
  #isSending = false;
  #timer = null;

  /** `limit` is in MB; `say(sentence)` tells those who do not see it; `written()` follows each new transcript. */
  constructor(requests, list, { limit, say, written }) {
    this.#requests = requests;
    this.#list = list;
    this.#limit = limit;
    this.#say = say;
    this.#written = written;
  }

  /** Shows what was begun before. */
  async open() {
    await this.#poll();
  }

  async add(files) {
    for (const file of files) await this.#announce(file);
    this.#send();
  }

  close() {
    clearTimeout(this.#timer);
    for (const { sender } of this.#entries.values()) sender?.close();
  }

  async #announce(file) {
    try {
      if (file.size > this.#limit * 1_000_000) {
        const values = { name: file.name, limit: this.#limit };
        throw new Error(gettext("%(name)s is larger than %(limit)s MB. Cut it, or save only its sound.", values));
      }
      const upload = await this.#requests.announce(file);
      const entry = this.#entry(upload);
      if (!entry.sender) entry.file = file;
      this.#learn(entry, upload);
    } catch (error) {
      this.#refuse(file.name, error.message);
    }
  }

  /** A line for a file that never got as far as the server. */
  #refuse(name, message) {
    const id = `refused-${(this.#refused += 1)}`;
    this.#show(this.#entry({ id, name, message, state: "failed", session: null, isLocal: true }));
    this.#say(message);
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    let entry;
    while ((entry = [...this.#entries.values()].find(({ file }) => file))) {
      const { file } = entry;
      entry.file = null;
      entry.sender = new UploadSender(this.#requests, file, entry.upload, (upload) => this.#learn(entry, upload));
      try {
        await entry.sender.run();
      } catch (error) {
        if (this.#entries.has(entry.upload.id)) {
          this.#learn(entry, { ...entry.upload, state: "failed", message: error.message });
          this.#say(error.message);
        }
      }
      entry.sender = null;
      this.#learn(entry, entry.upload);
      this.#watch();
    }
    this.#isSending = false;
  }

  /** Takes over what this page has found out by an act of its own. */
  #learn(entry, upload) {
    entry.upload = upload;
    entry.since = this.#moment += 1;
    this.#show(entry);
  }

  #entry(upload) {
    let entry = this.#entries.get(upload.id);
    if (!entry) {
      const row = new UploadRow(() => this.#remove(entry));
      entry = { upload, row, sender: null, file: null, isLeaving: false, since: 0 };
      this.#entries.set(upload.id, entry);
      this.#list.append(entry.row.element);
      this.#list.hidden = false;
    }
    entry.upload = upload;
    return entry;
  }

  #show(entry) {
    if (this.#entries.get(entry.upload.id) !== entry) return;
    entry.row.show(entry.upload, Boolean(entry.sender || entry.file));
  }

  async #remove(entry) {
    if (entry.isLeaving) return;
    entry.isLeaving = true;
    entry.sender?.close();
    entry.file = null;
    try {
      if (!entry.upload.isLocal) await this.#requests.remove(entry.upload.id);
    } catch (error) {
      entry.isLeaving = false;
      this.#say(error.message);
      return;
    }
    this.#removed.add(entry.upload.id);
    const next = entry.row.element.nextElementSibling ?? entry.row.element.previousElementSibling;
    this.#forget(entry);
    this.#say(gettext("%(name)s is removed.", { name: entry.upload.name }));
    (next?.querySelector("button:not([hidden]), a:not([hidden])") ?? document.getElementById("add-files")).focus();
  }

  #forget(entry) {
    this.#entries.delete(entry.upload.id);
    entry.row.element.remove();
    this.#list.hidden = this.#entries.size === 0;
  }

  #watch() {
    clearTimeout(this.#timer);
    const isMoving = [...this.#entries.values()].some(({ upload }) => ["waiting", "working"].includes(upload.state));
    if (isMoving) this.#timer = setTimeout(() => this.#poll(), document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  }

  async #poll() {
    const asked = (this.#moment += 1);
    try {
      this.#adopt(await this.#requests.list(), asked);
    } catch {
      // It is asked again, and what the rows say was true a moment ago.
    }
    this.#watch();
  }

  #adopt(uploads, asked) {
    if (asked < this.#heard) return;
    this.#heard = asked;
    for (const upload of uploads) {
      const known = this.#entries.get(upload.id);
      // One that was done before this page came is in the history below.
      if (known ? this.#knowsMore(known, asked) : upload.state === "done" || this.#removed.has(upload.id)) continue;
      const before = known?.upload.state;
      const entry = this.#entry(upload);
      this.#show(entry);
      if (before === upload.state || !before) continue;
      if (upload.state === "done") {
        this.#say(gettext("%(name)s is written down.", { name: upload.name }));
        this.#written();
      } else if (upload.state === "failed") this.#say(upload.message);
    }
    const there = new Set(uploads.map(({ id }) => id));
    for (const entry of [...this.#entries.values()]) {
      const { id, isLocal } = entry.upload;
      if (!there.has(id) && !isLocal && !this.#knowsMore(entry, asked)) this.#forget(entry);
    }
  }

  /** Whether this page is about something with that file, or was since that moment: an answer from then is old. */
  #knowsMore({ sender, file, isLeaving, since }, moment) {
    return Boolean(sender || file || isLeaving || since > moment);
  }
}
