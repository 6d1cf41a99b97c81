import { query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

/**
 * What went wrong with a request, in a sentence for the person who waits. `status` is the answer's, 0 where there was
 * none; `data` is the JSON in it, or null.
 */
export class RequestError extends Error {
  /**
   * @param {string} sentence
   * @param {number} [status]
   * @param {any} [data]
   */
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
 * What went wrong, in the words of what was thrown.
 * @param {unknown} thrown
 */
export function sentenceOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * Whether somebody did not want an answer any more.
 * @param {unknown} thrown
 */
export function isAbort(thrown) {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/**
 * Form fields as an address or a body has them.
 * @param {Iterable<[string, unknown]>} fields
 */
export function encoded(fields) {
  return new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
}

/**
 * Posts form fields; returns the JSON of the answer, or null when it has none. Throws RequestError. With `keepalive`
 * a small request outlives the page.
 * @param {string} url
 * @param {Record<string, unknown>} fields
 * @param {{keepalive?: boolean}} [options]
 */
export function post(url, fields, { keepalive = false } = {}) {
  return ask(url, { method: "POST", body: encoded(Object.entries(fields)), keepalive });
}

/**
 * The same for whatever else changes something. An AbortError of its `signal` is thrown as it is.
 * @param {string} url
 * @param {RequestInit & {headers?: Record<string, string>}} options
 */
export async function ask(url, { headers, ...options }) {
  const token = query(document, "meta[name=csrf-token]", HTMLMetaElement).content;
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

/**
 * The JSON of an answer. Throws RequestError, or an AbortError of the signal.
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
export async function getJson(url, signal) {
  const response = await send(url, { headers: { Accept: "application/json" }, signal });
  if (!response.ok || !isJson(response)) throw new RequestError(AWAY);
  return response.json();
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function send(url, options) {
  try {
    return await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new RequestError(AWAY);
  }
}

/**
 * @param {number} status
 * @param {any} data
 */
function sentence(status, data) {
  if (status === 403) return gettext("This page has expired. Reload it.");
  if (typeof data?.message === "string") return data.message;
  if (status === 404) return gettext("This no longer exists. Reload the page.");
  return FAILED;
}

/** @param {Response} response */
function isJson(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
}
