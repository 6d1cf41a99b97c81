import { query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

/**
 * A request that failed; the message is a sentence for the user. `status` is that of the answer, or 0 without one;
 * `data` is its JSON, or null.
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
 * The message of an error that was thrown.
 * @param {unknown} thrown
 */
export function sentenceOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

// Without an answer, or with one of a proxy.
const AWAY_STATUS = [0, 502, 503, 504];

/**
 * Whether a request failed because the server is away.
 * @param {unknown} thrown
 */
export function isAway(thrown) {
  return thrown instanceof RequestError && AWAY_STATUS.includes(thrown.status);
}

/**
 * Whether a request was aborted on purpose.
 * @param {unknown} thrown
 */
export function isAbort(thrown) {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/**
 * Encodes form fields for an address or a request body.
 * @param {Iterable<[string, unknown]>} fields
 */
export function encoded(fields) {
  return new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
}

/**
 * Posts form fields; returns the JSON of the answer, or null if it has none. Throws RequestError. With `keepalive`, a
 * small request continues after the page is left.
 * @param {string} url
 * @param {Record<string, unknown>} fields
 * @param {{keepalive?: boolean}} [options]
 */
export function post(url, fields, { keepalive = false } = {}) {
  return ask(url, { method: "POST", body: encoded(Object.entries(fields)), keepalive });
}

/**
 * The same for other requests that change something. Throws the AbortError of its `signal` unchanged.
 * @param {string} url
 * @param {RequestInit & {headers?: Record<string, string>}} options
 */
export async function ask(url, { headers, ...options }) {
  const token = query(document, "meta[name=csrf-token]", HTMLMetaElement).content;
  const response = await send(url, {
    headers: { "X-CSRFToken": token, Accept: "application/json", ...headers },
    ...options,
  });
  if (response.redirected && isAccountPage(response.url)) {
    throw new RequestError(LOGGED_OUT, 401);
  }
  const data = isJson(response) ? await response.json() : null;
  if (!response.ok) throw new RequestError(sentence(response.status, data), response.status, data);
  return data;
}

/**
 * Whether an answer came from the pages of accounts, of which one asks for the login.
 * @param {string} url
 */
export function isAccountPage(url) {
  const login = query(document, "meta[name=login]", HTMLMetaElement).content;
  return new URL(url).pathname.startsWith(new URL("..", new URL(login, location.href)).pathname);
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
