// Transcribes a file of 24 kHz samples over openai's Realtime connection, which is always TLS in Node.js.
import { readFileSync } from "node:fs";
import OpenAI from "openai";
import { OpenAIRealtimeWS as Beta } from "openai/beta/realtime/ws";
import { OpenAIRealtimeWS as Current } from "openai/realtime/ws";
import { answer, asked, pause } from "./say.mjs";

const PIECE = 4800;
const MOST_SECONDS = 150;
const SAID = "conversation.item.input_audio_transcription.";

const ask = asked();
const client = new OpenAI({ baseURL: ask.base_url, apiKey: ask.token });
const Connection = ask.dialect === "beta" ? Beta : Current;
const connection = new Connection(ask.connect, client);
const events = [];
const errors = [];
connection.on("event", (event) => events.push(event));
connection.on("error", (error) => errors.push(String(error.message)));

const count = (kind) => events.filter((event) => event.type === kind).length;
const isAnswered = () => {
  const committed = count("input_audio_buffer.committed");
  return committed > 0 && committed === count(`${SAID}completed`) + count(`${SAID}failed`);
};

const opened = await new Promise((resolve) => {
  connection.socket.on("open", () => resolve(true));
  connection.socket.on("error", () => resolve(false));
});
if (opened) {
  const update = ask.dialect === "beta" ? "transcription_session.update" : "session.update";
  connection.send({ type: update, session: ask.session });
  const sound = readFileSync(ask.sound);
  for (let start = 0; start < sound.length; start += PIECE) {
    const audio = sound.subarray(start, start + PIECE).toString("base64");
    connection.send({ type: "input_audio_buffer.append", audio });
  }
  connection.send({ type: "input_audio_buffer.commit" });
  for (let waited = 0; waited < MOST_SECONDS && !isAnswered() && !errors.length; waited += 0.1) await pause(0.1);
  await pause(1);
  connection.close();
}
answer({ events, errors });
