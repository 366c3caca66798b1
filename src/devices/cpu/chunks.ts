/**
 * How workers share the rows of a phase: in chunks that become smaller and smaller, each taken by whichever worker is free. A
 * worker whose core a neighbour borrows takes fewer, and at the barrier nobody waits longer than about the smallest chunk takes
 * (guided self-scheduling, Polychronopoulos and Kuck 1987).
 *
 * The chunks depend on the number of rows and of workers alone, and each has partial sums of its own, which are added up in the
 * order of the chunks: who took which makes no difference to a run's numbers.
 */
import type { FunctionBuilder, Local } from "./assembler/function.ts";

/** With five levels the smallest chunk is a 16th of a worker's share; more would only cost partial sums. */
const MOST_LEVELS = 5;

export class Chunks {
  readonly count: number;
  readonly #workers: number;
  /** Parts that a worker's share is cut into, of which the smallest chunk is one. */
  readonly #parts: number;

  /**
   * A level is a chunk for each worker; it takes half of the rows that are left, the last level all of them. With 2 workers and a
   * capacity of 32 rows: chunks of 8, 8, 4, 4, 2, 2, 1, 1, 1 and 1 row.
   *
   * @param capacity the most rows of a step; there are as many levels as leave each chunk of a full step a row
   */
  constructor(workers: number, capacity: number) {
    const halvings = Math.floor(Math.log2(Math.max(1, capacity / workers)));
    const levels = workers === 1 ? 1 : Math.min(MOST_LEVELS, 1 + halvings);
    this.count = workers * levels;
    this.#workers = workers;
    this.#parts = 1 << (levels - 1);
  }

  /** Pushes the first row of a chunk among the live rows; for the number `count`, how many rows there are. */
  pushStart(f: FunctionBuilder, chunk: Local, rows: Local): void {
    const level = f.local("i32");
    f.get(chunk).i32(this.#workers).op("i32.div_u").set(level);
    /** Pushes the parts of a worker's share that so many levels leave; 0 after the last one, which shifts out the last bit. */
    const pushLeft = (more: number) => {
      f.i32(this.#parts).get(level).i32(more).op("i32.add").op("i32.shr_u");
    };
    // What the levels before took of all shares …
    f.i32(this.#parts);
    pushLeft(0);
    f.op("i32.sub").i32(this.#workers).op("i32.mul");
    // … and what the chunks before take of this level.
    f.get(chunk).i32(this.#workers).op("i32.rem_u");
    pushLeft(0);
    pushLeft(1);
    f.op("i32.sub").op("i32.mul").op("i32.add");
    f.get(rows).op("i32.mul");
    f.i32(this.#workers * this.#parts).op("i32.div_u");
  }
}
