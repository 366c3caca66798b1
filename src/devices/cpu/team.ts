/** What the workers of a step do together: share out work, and wait for each other. Code that each of them runs. */
import type { FunctionBuilder, Local } from "./assembler/function.ts";
import { barrierSpins, control } from "./control.ts";

/** Work in numbered parts, which may be done by whomever and in any order. */
export interface Task {
  readonly parts: number;
  /** Emits what does the part of the number in the local, which it may change. */
  run(part: Local): void;
}

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
    if (this.#workers > 1) this.#claim();
    else f.i32(0).set(this.#claimed);
    let first = 0;
    for (const { parts, run } of tasks) {
      const before = first;
      f.block((through) => {
        f.loop((next) => {
          f.get(this.#claimed).i32(before).op("i32.sub").tee(this.#part);
          f.i32(parts).op("i32.ge_u").brIf(through);
          run(this.#part);
          this.#claim();
          f.br(next);
        });
      });
      first += parts;
    }
  }

  #claim(): void {
    const f = this.#f;
    if (this.#workers > 1) f.i32(word(control.claimed)).i32(1).mem("i32.atomic.rmw.add").set(this.#claimed);
    else f.get(this.#claimed).i32(1).op("i32.add").set(this.#claimed);
  }

  /**
   * Waits until all workers are here. The last one to arrive clears the claims and starts the next generation; the others poll
   * for it, which takes a fraction of a microsecond, and sleep only when a neighbour has taken the core.
   */
  barrier(): void {
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
        f.i32(word(control.claimed)).i32(0).mem("i32.atomic.store");
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
