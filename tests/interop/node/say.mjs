// The question on standard input, the answer on standard output: both are JSON.
import { readFileSync } from "node:fs";

export const asked = () => JSON.parse(readFileSync(0, "utf8"));

export const answer = (value) => {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0));
};

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
