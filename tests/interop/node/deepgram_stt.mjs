// Transcribes sound with Deepgram's client for Node.js: `way` is `live` or `file`.
import { createReadStream, readFileSync } from "node:fs";
import { DeepgramClient } from "@deepgram/sdk";
import { answer, asked } from "./say.mjs";

const ask = asked();
const socket = ask.url.replace("http", "ws");
const environment = { base: ask.url, production: socket, agent: socket, agentRest: ask.url };
const client = new DeepgramClient({ apiKey: ask.token, environment });

const listen = async () => {
  const messages = [];
  const connection = await client.listen.v1.connect({ ...ask.options, reconnectAttempts: 0 });
  connection.on("message", (message) => messages.push(message));
  connection.on("error", (error) => messages.push({ type: "error", text: String(error.message) }));
  const closed = new Promise((resolve) => connection.on("close", resolve));
  connection.connect();
  await Promise.race([connection.waitForOpen(), closed]);
  const sound = readFileSync(ask.sound);
  for (let start = 0; start < sound.length; start += 3200) connection.sendMedia(sound.subarray(start, start + 3200));
  connection.sendCloseStream({ type: "CloseStream" });
  const { code } = await closed;
  return { messages, code };
};

const file = async () => {
  const result = await client.listen.v1.media.transcribeFile(createReadStream(ask.sound), ask.options);
  return { result };
};

try {
  answer(await (ask.way === "live" ? listen() : file()));
} catch (error) {
  answer({ error: { status: error.statusCode ?? null, message: String(error.message) } });
}
