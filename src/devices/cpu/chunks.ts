/**
 * How workers share the rows of a phase: in chunks that become smaller and smaller, each taken by whichever worker is free. A
 * worker whose core a neighbour borrows takes fewer, and at the barrier nobody waits longer than about the smallest chunk takes
 * (guided self-scheduling, Polychronopoulos and Kuck 1987; the first chunks take three quarters, as in factoring with a larger
 * factor, Hummel, Schonberg and Flynn 1992, since each chunk costs partial sums of its own).
 *
 * The chunks depend on the number of rows and of workers alone, and each has partial sums of its own, which are added up in the
 * order of the chunks: who took which makes no difference to a run's numbers.
 */
import type { FunctionBuilder, Local } from "./assembler/function.ts";

/** Rows of the smallest chunks of a full step, or more: a slice of a single row reads the weights for itself alone. */
const LEAST_ROWS = 2;

/** Parts that a worker's share of the rows is cut into at most; the smallest chunk is one. */
const MOST_PARTS = 32;

export class Chunks {
  readonly count: number;
  readonly #workers: number;
  /** The parts of a worker's share before each level of chunks, and at the end all of them. A level is a chunk for each worker. */
  readonly #starts: readonly number[];

  /**
   * A level takes three quarters of the rows that are left, and at least a part. With 2 workers and a capacity of 32 rows: chunks of
   * 12, 12, 2, 2, 2 and 2 rows.
   *
   * @param capacity the most rows of a step
   */
  constructor(workers: number, capacity: number) {
    const halvings = Math.floor(Math.log2(Math.max(1, capacity / workers / LEAST_ROWS)));
    const parts = workers === 1 ? 1 : Math.min(MOST_PARTS, 2 ** halvings);
    const starts = [0];
    for (let start = 0; start < parts; ) {
      start += Math.max(1, Math.floor((3 / 4) * (parts - start)));
      starts.push(start);
    }
    this.count = workers * (starts.length - 1);
    this.#workers = workers;
    this.#starts = starts;
  }

  /** Pushes the first row of a chunk among the live rows; for the number `count`, how many rows there are. */
  pushStart(f: FunctionBuilder, chunk: Local, rows: Local): void {
    const level = f.local("i32");
    f.get(chunk).i32(this.#workers).op("i32.div_u").set(level);
    const starts = this.#starts;
    const parts = starts.at(-1)!;
    // Of what the levels before took and what the chunks before take of this level, in parts of all workers' shares.
    this.#pushOfLevel(f, level, starts);
    f.i32(this.#workers).op("i32.mul");
    f.get(chunk).i32(this.#workers).op("i32.rem_u");
    this.#pushOfLevel(f, level, [...starts.slice(1).map((end, i) => end - starts[i]!), 0]);
    f.op("i32.mul").op("i32.add");
    f.get(rows).op("i32.mul");
    f.i32(this.#workers * parts).op("i32.div_u");
  }

  /** Pushes the value of a level. */
  #pushOfLevel(f: FunctionBuilder, level: Local, values: readonly number[]): void {
    f.i32(values.at(-1)!);
    for (let other = values.length - 2; other >= 0; other--)
      f.i32(values[other]!).get(level).i32(other).op("i32.gt_u").op("select");
  }
}
