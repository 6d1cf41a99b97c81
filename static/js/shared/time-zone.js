import { query } from "app/shared/dom";
import { post } from "app/shared/requests";

// The first page somebody opens says where they are; from then on every date is in their time.
const { url = "" } = query(document, "meta[name=time-zone]", HTMLMetaElement).dataset;
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
// What fails is tried again by the next page.
if (zone) post(url, { zone }, { keepalive: true }).catch(() => {});
