import { query } from "app/shared/dom";
import { ask } from "app/shared/requests";

/** @import { TapeAddresses } from "app/dictation/tape/addresses" */

/**
 * The name of the key of the account that is logged in now. The page's requests have its token from then on: a page that was
 * opened without the server has none, and one that is old may have that of another login. Throws RequestError.
 * @param {TapeAddresses} addresses
 */
export async function askLogin({ login }) {
  /** @type {{account: string, csrf: string}} */
  const { account, csrf } = await ask(login, { method: "GET" });
  query(document, "meta[name=csrf-token]", HTMLMetaElement).content = csrf;
  return account;
}
