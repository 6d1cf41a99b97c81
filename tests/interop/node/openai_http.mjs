// Calls openai's client for Node.js: `call` is `models`, `transcribe` or `stream`.
import { createReadStream } from "node:fs";
import OpenAI, { toFile } from "openai";
import { answer, asked } from "./say.mjs";

const ask = asked();
const client = new OpenAI({ baseURL: ask.base_url, apiKey: ask.token });

const file = async () => (ask.is_buffer ? toFile(createReadStream(ask.file), "speech") : createReadStream(ask.file));

const events = async (stream) => {
  const found = [];
  for await (const event of stream) found.push(event);
  return found;
};

try {
  if (ask.call === "models") {
    answer({ result: await events(client.models.list()) });
  } else {
    const request = { file: await file(), ...ask.arguments, stream: ask.call === "stream" };
    const result = await client.audio.transcriptions.create(request);
    answer(ask.call === "stream" ? { events: await events(result) } : { result, request: result._request_id });
  }
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  const { status, code, param, requestID } = error;
  answer({ error: { class: error.constructor.name, status, code, param, request: requestID } });
}
