/** The worker's side of the protocol: takes calls, gives answers, and sends no more frames than the page paints. */
import {
  buffersIn,
  type CallName,
  type FromEngine,
  type InputOf,
  type OutputOf,
  type RunFrame,
  type ToEngine,
} from "./protocol.ts";

export interface CallContext {
  /** Aborted when the page no longer wants the answer. */
  readonly signal: AbortSignal;
  /** Tells the page of a partial result. */
  progress(value: unknown): void;
}

export type Handlers = {
  readonly [N in CallName]: (input: InputOf<N>, context: CallContext) => OutputOf<N> | Promise<OutputOf<N>>;
};

/** What the server needs of a worker's global scope. */
export interface Port {
  postMessage(message: FromEngine, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToEngine>) => void) | null;
}

export class EngineServer {
  readonly #port: Port;
  readonly #handlers: Handlers;
  readonly #running = new Map<number, AbortController>();
  #isPainted = true;
  #waiting: RunFrame | undefined;

  constructor(port: Port, handlers: Handlers) {
    this.#port = port;
    this.#handlers = handlers;
    port.onmessage = ({ data }) => this.#take(data);
  }

  /** Sends news of the run when the page has painted the last ones; until then they are gathered. */
  sendFrame(frame: RunFrame): void {
    const before = this.#waiting;
    this.#waiting =
      before === undefined || before.run !== frame.run
        ? frame
        : { ...frame, steps: [...before.steps, ...frame.steps], tests: [...before.tests, ...frame.tests] };
    this.#flush();
  }

  #flush(): void {
    if (!this.#isPainted || this.#waiting === undefined) return;
    this.#port.postMessage({ type: "frame", frame: this.#waiting }, []);
    this.#waiting = undefined;
    this.#isPainted = false;
  }

  #take(message: ToEngine): void {
    if (message.type === "painted") {
      this.#isPainted = true;
      this.#flush();
    } else if (message.type === "abort") {
      this.#running.get(message.id)?.abort();
    } else {
      void this.#answer(message.id, message.name, message.input);
    }
  }

  async #answer(id: number, name: CallName, input: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const context: CallContext = {
      signal: controller.signal,
      progress: (value) => this.#port.postMessage({ type: "progress", id, value }, buffersIn(value)),
    };
    try {
      const handler = this.#handlers[name] as (input: unknown, context: CallContext) => unknown;
      const output = await handler(input, context);
      controller.signal.throwIfAborted();
      this.#port.postMessage({ type: "done", id, output }, buffersIn(output));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#port.postMessage({ type: "failed", id, error: { name, message } }, []);
    } finally {
      this.#running.delete(id);
    }
  }
}
