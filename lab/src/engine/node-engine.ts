/** The page's end of an engine that runs in the process which serves the page: `fovea lab --run`. */
import type { EngineWorker } from "./client.ts";
import type { FromEngine, ToEngine } from "./protocol.ts";
import { encodeMessage, MessageReader } from "./wire.ts";

/** Where the server has an engine: it writes that into the page. Undefined where the page has its own. */
export function engineAddress(): string | undefined {
  const path = globalThis.document?.documentElement.dataset.engine;
  return path === undefined ? undefined : new URL(path, document.baseURI).href;
}

/** The header in which the server tells the engine's number. */
const ENGINE = "fovea-engine";

/** Reads what the engine says from one long answer, and posts what it is told, in order. */
export class NodeEngine implements EngineWorker {
  onmessage: EngineWorker["onmessage"] = null;
  onerror: EngineWorker["onerror"] = null;
  readonly #address: string;
  readonly #ended = new AbortController();
  #sent: Promise<unknown>;
  #own = "";

  constructor(address: string) {
    this.#address = address;
    this.#sent = this.#open().catch((error: unknown) => this.#fail(error));
  }

  postMessage(message: ToEngine): void {
    const body = encodeMessage(message);
    this.#sent = this.#sent
      .then(() => this.#request(this.#own, { method: "POST", body }))
      .catch((error: unknown) => this.#fail(error));
  }

  terminate(): void {
    this.#ended.abort();
  }

  async #open(): Promise<void> {
    const { body, headers } = await this.#request(this.#address, {});
    this.#own = `${this.#address}/${headers.get(ENGINE)}`;
    void this.#listen(body!).catch((error: unknown) => this.#fail(error));
  }

  async #listen(body: ReadableStream<Uint8Array>): Promise<never> {
    const reader = body.getReader();
    const messages = new MessageReader();
    while (true) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the process that served it has ended it");
      for (const data of messages.read(value)) this.onmessage?.({ data } as MessageEvent<FromEngine>);
    }
  }

  async #request(address: string, options: RequestInit): Promise<Response> {
    const response = await fetch(address, { ...options, cache: "no-store", signal: this.#ended.signal });
    if (!response.ok) throw new Error((await response.text()).trim());
    return response;
  }

  #fail(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.onerror?.({ message: error instanceof Error ? error.message : String(error) } as ErrorEvent);
  }
}
