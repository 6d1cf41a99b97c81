// Verifies posts with npm's standardwebhooks, and answers what is in them, or why they are not good.
import { Webhook } from "standardwebhooks";
import { answer, asked } from "./say.mjs";

const { secret, posts } = asked();
const webhook = new Webhook(secret);
answer(
  posts.map(({ headers, body }) => {
    try {
      return webhook.verify(body, headers);
    } catch (error) {
      return { error: `${error.name}: ${error.message}` };
    }
  }),
);
