import { gettext } from "app/shared/i18n";

/**
 * What went wrong with a request, in a sentence for the person who waits. `status` is the answer's, 0 where there was
 * none; `data` is the JSON in it, or null.
 */
export class RequestError extends Error {
  constructor(sentence, status = 0, data = null) {
    super(sentence);
    this.status = status;
    this.data = data;
  }
}

export const AWAY = gettext("The server cannot be reached. Try again when the connection is back.");
export const FAILED = gettext("The server could not do this. Try again in a minute.");
export const LOGGED_OUT = gettext("You are logged out. Log in again.");

/**
 * Posts form fields; returns the JSON of the answer, or null when it has none. Throws RequestError. With `keepalive`
 * a small request outlives the page.
 */
export function post(url, fields, { keepalive = false } = {}) {
  return ask(url, { method: "POST", body: new URLSearchParams(fields), keepalive });
}

/** The same for whatever else changes something. An AbortError of its `signal` is thrown as it is. */
export async function ask(url, { headers, ...options }) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const response = await send(url, {
    headers: { "X-CSRFToken": token, Accept: "application/json", ...headers },
    ...options,
  });
  if (response.redirected && new URL(response.url).pathname.startsWith("/accounts/")) {
    throw new RequestError(LOGGED_OUT, 401);
  }
  const data = isJson(response) ? await response.json() : null;
  if (!response.ok) throw new RequestError(sentence(response.status, data), response.status, data);
  return data;
}

/** Throws RequestError. */
export async function getJson(url, signal) {
  const response = await send(url, { headers: { Accept: "application/json" }, signal });
  if (!response.ok || !isJson(response)) throw new RequestError(AWAY);
  return response.json();
}

async function send(url, options) {
  try {
    return await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new RequestError(AWAY);
  }
}

function sentence(status, data) {
  if (status === 403) return gettext("This page is too old. Load it again.");
  if (typeof data?.message === "string") return data.message;
  if (status === 404) return gettext("This is no longer there. Load the page again.");
  return FAILED;
}

function isJson(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
}
