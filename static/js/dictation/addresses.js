/** The addresses that the page was given, in which `any_id` stands for the id of a session. */
export class Addresses {
  #urls;
  #anyId;

  constructor({ urls, any_id }) {
    this.#urls = urls;
    this.#anyId = any_id;
    this.create = urls.create;
    this.status = urls.status;
    this.page = urls.page;
  }

  transcript(id) {
    return this.#urls.transcript.replace(this.#anyId, id);
  }

  secondPass(id) {
    return this.#urls.second_pass.replace(this.#anyId, id);
  }

  rename(id) {
    return this.#urls.rename.replace(this.#anyId, id);
  }

  dictation(id) {
    return `${this.#urls.page}?session=${id}`;
  }

  socket(id) {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    return `${scheme}//${window.location.host}${this.#urls.socket.replace(this.#anyId, id)}`;
  }
}
