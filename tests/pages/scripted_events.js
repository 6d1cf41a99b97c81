// Stands in for EventSource, and for the answers to HEAD. A test lets the stream tell, break and be refused.
window.streams = [];
window.asked = 0;
window.answer = 200;

window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;

  constructor(url) {
    super();
    this.url = String(url);
    window.streams.push(this);
  }

  close() {
    this.readyState = 2;
  }
};

/** Tells the page an event. */
window.tell = (name, data, lastEventId = "") => {
  const stream = window.streams.at(-1);
  stream.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }));
};

/** Breaks the connection; `closed` for good, as after an answer that is none. */
window.breakOff = (closed) => {
  const stream = window.streams.at(-1);
  if (closed) stream.readyState = 2;
  stream.dispatchEvent(new Event("error"));
};

const fetched = window.fetch;
window.fetch = async (url, options) => {
  if (options?.method !== "HEAD") return fetched(url, options);
  window.asked += 1;
  return new Response(null, { status: window.answer });
};
