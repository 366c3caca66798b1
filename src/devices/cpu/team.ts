/** Emits code that shares work between the workers of a step and synchronizes them. Every worker runs it. */
import type { FunctionBuilder, Local } from "../../assembler/function.ts";
import { control } from "./control.ts";

/** Work in numbered parts that any worker may run, in any order. */
export interface Task {
  readonly parts: number;
  /** Emits the code of the part whose number is in the local; it may change the local. */
  run(part: Local): void;
}

/** Amount that a worker's first chunk adds to the counter of finished chunks, in addition to the 1 of every chunk. */
const FIRST_CHUNK = 2 ** 16;

/** Time after which a worker that waits for parts looks again, once it has polled for long. */
const PAUSE_NS = 50_000;

/** Address of a word of the control block. */
const word = (index: number) => 4 * index;

export class Team {
  readonly #f: FunctionBuilder;
  readonly #workers: number;
  readonly #spins: number;
  /** Number of the last claimed part over all tasks, and within its task. */
  readonly #claimed: Local;
  readonly #part: Local;

  /** @param spins polls at a barrier before a worker sleeps */
  constructor(f: FunctionBuilder, workers: number, spins: number) {
    this.#f = f;
    this.#workers = workers;
    this.#spins = spins;
    [this.#claimed, this.#part] = [f.local("i32"), f.local("i32")];
  }

  /**
   * Emits the tasks in order; idle workers claim the parts one by one. A worker that loses its core for a while computes fewer,
   * and delays the others by one part at most. A barrier must follow before the next `share`.
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
   * Emits parts of the next phase's work. A worker claims them while another still works on one of the `chunks` chunks of rows;
   * each worker's first chunk must have finished. After the barrier `pushBegun` gives the number of claimed parts.
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

  /**
   * Emits phases in order, without a barrier between them: a part waits until all parts of the phases before have finished, and not
   * for workers. A worker whose core another process has taken therefore holds the others up only with the part that it was
   * computing. A barrier must follow.
   */
  sequence(phases: readonly (readonly Task[])[]): void {
    const f = this.#f;
    if (this.#workers === 1) {
      for (const tasks of phases) this.share(tasks);
      return;
    }
    let before = 0;
    const counted = phases.flatMap((tasks) => {
      const needed = before;
      before += tasks.reduce((sum, { parts }) => sum + parts, 0);
      return tasks.map(
        ({ parts, run }): Task => ({
          parts,
          run: (part) => {
            if (needed > 0) this.#awaitParts(needed);
            run(part);
            f.i32(word(control.through)).i32(1).mem("i32.atomic.rmw.add").op("drop");
          },
        }),
      );
    });
    this.#takeParts(counted, () => this.#claim(control.claimed));
  }

  /** Waits until `needed` parts have finished. Who finishes one wakes nobody: a wait ends by itself. */
  #awaitParts(needed: number): void {
    const f = this.#f;
    const [spins, through] = [f.local("i32"), f.local("i32")];
    f.i32(0).set(spins);
    f.block((ready) => {
      f.loop((again) => {
        f.i32(word(control.through)).mem("i32.atomic.load").tee(through).i32(needed).op("i32.ge_s").brIf(ready);
        f.get(spins).i32(1).op("i32.add").tee(spins).i32(this.#spins).op("i32.le_s").brIf(again);
        f.i32(word(control.through)).get(through).i64(PAUSE_NS).mem("memory.atomic.wait32").op("drop");
        f.br(again);
      });
    });
  }

  /** Counts a finished chunk of rows. */
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

  /** Pushes the number of parts that `fill` started in the previous phase, or a larger number. */
  pushBegun(): void {
    this.#f.i32(word(control.begun)).mem("i32.atomic.load");
  }

  /** Runs claimed parts until `claim` returns a number (over all tasks) beyond the last task. */
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
   * Waits until all workers have arrived. The last one clears the claims and starts the next generation. The others poll for it,
   * which takes a fraction of a microsecond, and sleep only if another process holds a core.
   *
   * @param keepsBegun whether the next phase reads the number of its started parts
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
          f.forLoop(spins, this.#spins, 1, () => {
            changed().brIf(through);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.add").op("drop");
          f.loop((again) => {
            // Timeout of -1 nanoseconds: none.
            f.i32(word(control.generation)).get(generation).i64(-1).mem("memory.atomic.wait32").op("drop");
            changed().op("i32.eqz").brIf(again);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.sub").op("drop");
        });
      },
    );
  }
}
