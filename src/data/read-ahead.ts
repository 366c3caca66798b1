/** Reads an iterator ahead of its consumer: prefetching, and work on several elements at a time. */

/** Lets a task wait until another one changes something. */
class Signal {
  #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Reading ahead lets timers and messages (a device's answers) have their turn after so many milliseconds. */
const TURN_MS = 5;

function nextTurn(): Promise<void> {
  // A browser has no setImmediate; its timers wait up to 4 ms, which only delays what is read ahead.
  const schedule = (globalThis as { setImmediate?: (callback: () => void) => void }).setImmediate ?? setTimeout;
  return new Promise((resolve) => schedule(resolve));
}

export interface ReadAheadLimits {
  /** Elements that are worked on at a time. */
  readonly workers: number;
  /** Elements, finished or not, that wait for the consumer. */
  readonly queue: number;
}

/** Results in the order of the elements. Reading begins with the first `next`. */
export class ReadAhead<T, U> {
  readonly #upstream: AsyncIterator<T>;
  readonly #work: (element: T) => U | Promise<U>;
  readonly #limits: ReadAheadLimits;
  readonly #changed = new Signal();
  readonly #results: Promise<U>[] = [];
  #running = 0;
  #ended = false;
  #closed = false;
  #reading: Promise<void> | undefined;

  constructor(upstream: AsyncIterator<T>, work: (element: T) => U | Promise<U>, limits: ReadAheadLimits) {
    this.#upstream = upstream;
    this.#work = work;
    this.#limits = limits;
  }

  /** The next result; rejects with the error of the source or of the work on this element. */
  async next(): Promise<IteratorResult<U, undefined>> {
    this.#reading ??= this.#read();
    while (this.#results.length === 0) {
      if (this.#ended) return { done: true, value: undefined };
      await this.#changed.wait();
    }
    const result = this.#results.shift()!;
    this.#changed.notify();
    return { done: false, value: await result };
  }

  /** Stops reading, waits for the work in flight and closes the source. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#changed.notify();
    await this.#reading;
    await Promise.allSettled(this.#results);
    await this.#upstream.return?.();
  }

  async #read(): Promise<void> {
    const { workers, queue } = this.#limits;
    let turn = performance.now();
    try {
      while (!this.#closed) {
        if (this.#results.length >= queue || this.#running >= workers) {
          await this.#changed.wait();
          continue;
        }
        const { done, value } = await this.#upstream.next();
        if (done || this.#closed) break;
        this.#start(async () => this.#work(value));
        if (performance.now() - turn < TURN_MS) continue;
        await nextTurn();
        turn = performance.now();
      }
    } catch (error) {
      this.#start(() => Promise.reject(error));
    }
    this.#ended = true;
    this.#changed.notify();
  }

  #start(work: () => Promise<U>): void {
    this.#running++;
    const result = work();
    const settle = () => {
      this.#running--;
      this.#changed.notify();
    };
    // A failure is thrown when the consumer comes to it.
    result.then(settle, settle);
    this.#results.push(result);
    this.#changed.notify();
  }
}

/** `source` read ahead as an iterator that closes it. */
export async function* readAhead<T, U>(
  source: AsyncIterator<T>,
  work: (element: T) => U | Promise<U>,
  limits: ReadAheadLimits,
): AsyncGenerator<U, void, undefined> {
  const ahead = new ReadAhead(source, work, limits);
  try {
    for (;;) {
      const { done, value } = await ahead.next();
      if (done) return;
      yield value;
    }
  } finally {
    await ahead.close();
  }
}
