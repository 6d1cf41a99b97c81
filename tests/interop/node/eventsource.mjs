// Reads captions with npm's eventsource until they end, or until `most` events have come, and answers what came.
import { EventSource } from "eventsource";
import { answer, asked } from "./say.mjs";

const KINDS = ["state", "partial", "final", "change", "end"];

const ask = asked();
const found = [];
const errors = [];
const headers = [];
const source = new EventSource(ask.url, {
  fetch: (input, init) => {
    const sent = { ...init.headers, ...(ask.token ? { Authorization: `Bearer ${ask.token}` } : {}) };
    headers.push(sent["Last-Event-ID"] ?? "");
    return fetch(input, { ...init, headers: sent });
  },
});

const finish = () => {
  source.close();
  answer({ events: found, errors, resumed: headers });
};
for (const kind of KINDS) {
  source.addEventListener(kind, (event) => {
    found.push({ kind, id: event.lastEventId, data: event.data });
    if (found.length === ask.most) finish();
  });
}
// A stream that was closed for good says so with an error; one that comes back is not over.
source.addEventListener("error", (event) => {
  errors.push({ code: event.code ?? null, message: event.message ?? "" });
  if (source.readyState === EventSource.CLOSED) finish();
});
setTimeout(finish, (ask.seconds ?? 60) * 1000);
