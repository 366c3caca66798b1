/** What the workers of a step do together: share out work, and wait for each other. Code that each of them runs. */
import type { FunctionBuilder, Local } from "./assembler/function.ts";
import { barrierSpins, control } from "./control.ts";

/** Work in numbered parts, which may be done by whomever and in any order. */
export interface Task {
  readonly parts: number;
  /** Emits what does the part of the number in the local, which it may change. */
  run(part: Local): void;
}

/** What a worker's first chunk of rows counts beside the 1 of any chunk. */
const FIRST_CHUNK = 2 ** 16;

/** Address of a word of the control block. */
const word = (index: number) => 4 * index;

export class Team {
  readonly #f: FunctionBuilder;
  readonly #workers: number;
  /** The part that the worker has claimed last, counted through all tasks, and its number within its task. */
  readonly #claimed: Local;
  readonly #part: Local;

  constructor(f: FunctionBuilder, workers: number) {
    this.#f = f;
    this.#workers = workers;
    [this.#claimed, this.#part] = [f.local("i32"), f.local("i32")];
  }

  /**
   * Task after task, part after part, each taken by whichever worker is free: one whose core a neighbour borrows for a while does
   * less, and holds the others up no longer than a part takes. A barrier must follow before more is shared.
   */
  share(tasks: readonly Task[]): void {
    const f = this.#f;
    if (this.#workers > 1) this.#takeParts(tasks, () => this.#claim(control.claimed));
    else {
      f.i32(-1).set(this.#claimed);
      this.#takeParts(tasks, () => f.get(this.#claimed).i32(1).op("i32.add").set(this.#claimed));
    }
  }

  /**
   * Parts of work that could wait for the next phase, taken as long as another worker is at one of the `chunks` chunks of rows, of
   * which each worker's first must be through. How many were taken, `pushBegun` tells after the barrier.
   */
  fill(tasks: readonly Task[], chunks: number): void {
    const f = this.#f;
    const through = f.local("i32");
    this.#takeParts(tasks, () => {
      f.i32(-1).set(this.#claimed);
      f.i32(word(control.through)).mem("i32.atomic.load").tee(through);
      f.i32(FIRST_CHUNK).op("i32.div_u").i32(this.#workers).op("i32.eq");
      f.get(through)
        .i32(FIRST_CHUNK - 1)
        .op("i32.and")
        .i32(chunks)
        .op("i32.ne");
      f.op("i32.and").if(() => this.#claim(control.begun));
    });
  }

  /** Counts a chunk of rows that is through. */
  countChunk(chunk: Local): void {
    const f = this.#f;
    f.i32(word(control.through));
    f.i32(FIRST_CHUNK + 1)
      .i32(1)
      .get(chunk)
      .i32(this.#workers)
      .op("i32.lt_u")
      .op("select");
    f.mem("i32.atomic.rmw.add").op("drop");
  }

  /** Pushes the number of parts that `fill` took in the phase before, or a larger one. */
  pushBegun(): void {
    this.#f.i32(word(control.begun)).mem("i32.atomic.load");
  }

  /** Does parts until `claim` gives one, counted through all tasks, that no task has. */
  #takeParts(tasks: readonly Task[], claim: () => void): void {
    const f = this.#f;
    claim();
    let first = 0;
    for (const { parts, run } of tasks) {
      const before = first;
      f.block((through) => {
        f.loop((next) => {
          f.get(this.#claimed).i32(before).op("i32.sub").tee(this.#part);
          f.i32(parts).op("i32.ge_u").brIf(through);
          run(this.#part);
          claim();
          f.br(next);
        });
      });
      first += parts;
    }
  }

  #claim(counter: number): void {
    this.#f.i32(word(counter)).i32(1).mem("i32.atomic.rmw.add").set(this.#claimed);
  }

  /**
   * Waits until all workers are here. The last one to arrive clears the claims and starts the next generation; the others poll
   * for it, which takes a fraction of a microsecond, and sleep only when a neighbour has taken the core.
   *
   * @param keepsBegun whether the next phase wants to know what was begun of it
   */
  barrier(keepsBegun = false): void {
    if (this.#workers === 1) return;
    const f = this.#f;
    const [generation, spins] = [f.local("i32"), f.local("i32")];
    f.i32(word(control.generation)).mem("i32.atomic.load").set(generation);
    f.i32(word(control.arrived))
      .i32(1)
      .mem("i32.atomic.rmw.add")
      .i32(this.#workers - 1)
      .op("i32.eq");
    f.if(
      () => {
        f.i32(word(control.arrived)).i32(0).mem("i32.atomic.store");
        for (const counter of [control.claimed, control.through, ...(keepsBegun ? [] : [control.begun])])
          f.i32(word(counter)).i32(0).mem("i32.atomic.store");
        f.i32(word(control.generation)).i32(1).mem("i32.atomic.rmw.add").op("drop");
        f.i32(word(control.asleep)).mem("i32.atomic.load");
        f.if(() => {
          f.i32(word(control.generation)).i32(this.#workers).mem("memory.atomic.notify").op("drop");
        });
      },
      () => {
        const changed = () => f.i32(word(control.generation)).mem("i32.atomic.load").get(generation).op("i32.ne");
        f.block((through) => {
          f.i32(0).set(spins);
          f.forLoop(spins, barrierSpins, 1, () => {
            changed().brIf(through);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.add").op("drop");
          f.loop((again) => {
            // A time-out of -1 nanoseconds: none.
            f.i32(word(control.generation)).get(generation).i64(-1).mem("memory.atomic.wait32").op("drop");
            changed().op("i32.eqz").brIf(again);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.sub").op("drop");
        });
      },
    );
  }
}
