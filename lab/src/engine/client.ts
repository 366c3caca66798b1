/** The page's side of the protocol. */
import type { CallName, Failure, FromEngine, InputOf, OutputOf, RunFrame, ToEngine } from "./protocol.ts";

/** An error of the engine, with the name and the words that it had there. */
export class EngineError extends Error {
  constructor({ name, message }: Failure) {
    super(message);
    this.name = name;
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: unknown) => void) | undefined;
}

/** What the client needs of a worker; tests pass their own. */
export interface EngineWorker {
  postMessage(message: ToEngine): void;
  onmessage: ((event: MessageEvent<FromEngine>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

interface Pending {
  readonly onProgress: ((value: unknown) => void) | undefined;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** A page in a hidden tab paints nothing; its frames are then taken after this time. */
const HIDDEN_MS = 250;

export class EngineClient {
  readonly #start: () => EngineWorker;
  readonly #pending = new Map<number, Pending>();
  readonly #onFrame: (frame: RunFrame) => void;
  readonly #onCrash: (error: EngineError) => void;
  #worker: EngineWorker | undefined;
  #lastId = 0;

  constructor(
    start: () => EngineWorker,
    listeners: { onFrame(frame: RunFrame): void; onCrash(error: EngineError): void },
  ) {
    this.#start = start;
    this.#onFrame = listeners.onFrame;
    this.#onCrash = listeners.onCrash;
  }

  /** Starts the engine if it is not running, before it is called. */
  start(): void {
    this.#require();
  }

  /**
   * Calls the engine, which is started if it is not running.
   *
   * @throws EngineError with the engine's words; the signal's reason when the call was aborted
   */
  call<N extends CallName>(name: N, input: InputOf<N>, { signal, onProgress }: CallOptions = {}): Promise<OutputOf<N>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const worker = this.#require();
    const id = ++this.#lastId;
    return new Promise<OutputOf<N>>((resolve, reject) => {
      const abort = () => {
        if (!this.#pending.delete(id)) return;
        worker.postMessage({ type: "abort", id });
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const settle = () => signal?.removeEventListener("abort", abort);
      this.#pending.set(id, {
        onProgress,
        resolve: (output) => {
          settle();
          resolve(output as OutputOf<N>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      worker.postMessage({ type: "call", id, name, input });
    });
  }

  /** Ends the worker; the next call starts another. Pending calls reject. */
  close(): void {
    this.#fail(new EngineError({ name: "EngineError", message: "The engine was closed." }));
  }

  #require(): EngineWorker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#start();
    worker.onmessage = ({ data }) => this.#take(worker, data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#crash(worker, event.message || "its script could not be loaded");
    };
    this.#worker = worker;
    return worker;
  }

  #crash(worker: EngineWorker, why: string): void {
    if (worker !== this.#worker) return;
    const error = new EngineError({ name: "EngineError", message: `The engine stopped: ${why}.` });
    this.#fail(error);
    this.#onCrash(error);
  }

  #fail(error: EngineError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }

  #take(worker: EngineWorker, message: FromEngine): void {
    if (message.type === "frame") {
      afterPaint(() => {
        if (worker === this.#worker) worker.postMessage({ type: "painted" });
      });
      this.#onFrame(message.frame);
      return;
    }
    if (message.type === "alive") {
      // A worker that the browser ends tells nobody; its lock is free then.
      void globalThis.navigator?.locks?.request(message.lock, () =>
        this.#crash(worker, "the browser ended its worker"),
      );
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.type === "progress") {
      pending.onProgress?.(message.value);
      return;
    }
    this.#pending.delete(message.id);
    if (message.type === "done") pending.resolve(message.output);
    else pending.reject(new EngineError(message.error));
  }
}

function afterPaint(then: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    then();
  };
  const timer = setTimeout(once, HIDDEN_MS);
  if (typeof requestAnimationFrame === "function") requestAnimationFrame(once);
}
