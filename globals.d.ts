// What the scripts find beside their modules.

/** The page's sentences in another language than that of the sources; one with a plural has a text for each form. */
interface Catalog {
  messages: Record<string, string | string[]>;
  plural(count: number): number;
}

declare var catalog: Catalog | undefined;

declare var htmx: { process(element: Element): void } | undefined;

/** What an event of htmx says, as far as it is asked: https://htmx.org/events/ */
interface HtmxDetail {
  xhr: XMLHttpRequest;
  formData: FormData;
  requestConfig: { elt: Element; verb: string; path: string; formData: FormData };
  shouldSwap: boolean;
}

interface HtmxEvent extends CustomEvent<HtmxDetail> {
  readonly target: HTMLElement;
}

interface DocumentEventMap {
  "htmx:afterOnLoad": HtmxEvent;
  "htmx:afterSettle": HtmxEvent;
  "htmx:beforeSwap": HtmxEvent;
  "htmx:configRequest": HtmxEvent;
  "htmx:responseError": HtmxEvent;
  "htmx:sendError": HtmxEvent;
}
