import { query } from "app/shared/dom";
import { post } from "app/shared/requests";

// The first page that a user opens sends their time zone; from then on the server shows dates in it.
const { url = "" } = query(document, "meta[name=time-zone]", HTMLMetaElement).dataset;
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
// If this fails, the next page tries again.
if (zone) post(url, { zone }, { keepalive: true }).catch(() => {});
