/**
 * Splits the rows of a phase into chunks of decreasing size. An idle worker claims the next chunk. A worker that loses its core
 * to another process claims fewer, and at the barrier no worker waits longer than about the time of the smallest chunk (guided
 * self-scheduling, Polychronopoulos and Kuck 1987; the first chunks take three quarters, as in factoring with a larger factor,
 * Hummel, Schonberg and Flynn 1992, because each chunk has its own partial sums).
 *
 * The chunks depend only on the number of rows and workers. Each chunk has its own partial sums, which are added in chunk order.
 * The numbers of a run therefore do not depend on which worker computes a chunk.
 */
import type { FunctionBuilder, Local } from "../../assembler/function.ts";

/** Minimum rows of the smallest chunks of a full step. A one-row slice would read all weights for a single row. */
const LEAST_ROWS = 2;

/** Maximum parts of a worker's share of the rows; the smallest chunk is one part. */
const MOST_PARTS = 32;

export class Chunks {
  readonly count: number;
  readonly #workers: number;
  /**
   * First part of each level within a worker's share; the last entry is the total number of parts. A level has one chunk per
   * worker.
   */
  readonly #starts: readonly number[];

  /**
   * A level takes three quarters of the remaining rows, and at least one part. With 2 workers and a capacity of 32 rows: chunks
   * of 12, 12, 2, 2, 2 and 2 rows.
   *
   * @param capacity maximum rows of a step
   * @param least rows of the smallest chunks of a full step
   */
  constructor(workers: number, capacity: number, least: number = LEAST_ROWS) {
    const halvings = Math.floor(Math.log2(Math.max(1, capacity / workers / least)));
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

  /** Pushes the first row of a chunk among the live rows; for chunk number `count`, the number of live rows. */
  pushStart(f: FunctionBuilder, chunk: Local, rows: Local): void {
    const level = f.local("i32");
    f.get(chunk).i32(this.#workers).op("i32.div_u").set(level);
    const starts = this.#starts;
    const parts = starts.at(-1)!;
    // Parts of the previous levels plus parts of the previous chunks of this level, over all workers' shares.
    this.#pushOfLevel(f, level, starts);
    f.i32(this.#workers).op("i32.mul");
    f.get(chunk).i32(this.#workers).op("i32.rem_u");
    this.#pushOfLevel(f, level, [...starts.slice(1).map((end, i) => end - starts[i]!), 0]);
    f.op("i32.mul").op("i32.add");
    f.get(rows).op("i32.mul");
    f.i32(this.#workers * parts).op("i32.div_u");
  }

  /** Pushes `values[level]`. */
  #pushOfLevel(f: FunctionBuilder, level: Local, values: readonly number[]): void {
    f.i32(values.at(-1)!);
    for (let other = values.length - 2; other >= 0; other--)
      f.i32(values[other]!).get(level).i32(other).op("i32.gt_u").op("select");
  }
}
