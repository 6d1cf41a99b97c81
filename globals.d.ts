// Globals that the modules use.

/** The translated texts of the page; a text with plural forms has one entry per form. */
interface Catalog {
  messages: Record<string, string | string[]>;
  plural(count: number): number;
}

declare var catalog: Catalog | undefined;

declare var htmx: { process(element: Element): void } | undefined;

/** The details of htmx's events that the modules use: https://htmx.org/events/ */
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

/** What runs in the thread of the sound: https://www.w3.org/TR/webaudio/#AudioWorkletGlobalScope */
declare var sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new (options: any) => AudioWorkletProcessor): void;

/** Swagger UI, of the API's page. */
declare function SwaggerUIBundle(options: Record<string, unknown>): void;
