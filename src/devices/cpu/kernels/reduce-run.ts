/** The innermost loop of a reduction: accumulates vectors at equal distances in a few accumulators. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { PlainName } from "../../../assembler/opcodes.ts";
import { InternalError } from "../../../base/errors.ts";
import { advanceBy, countDown, repeat } from "./kernel-function.ts";

export interface Reducer {
  readonly identity: number;
  readonly combine: PlainName;
  /** The result does not depend on the order, so that long runs need no float64 totals. */
  readonly exact: boolean;
}

/**
 * Additions in float32 before an accumulator is added to a float64 total and cleared. n additions err by up to n · 2⁻²⁴ of the
 * sum, so sums of any length err by at most 4e-6 of their terms' magnitude, even if all roundings go one way.
 */
const CHUNK = 128;
const LANES = [0, 1, 2, 3] as const;
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7] as const;
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23] as const;
const NEIGHBOURS = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11] as const;

/** Positions of a run's vectors: `vectors` adjacent ones per step, steps `stride` bytes apart. */
export interface RunShape {
  readonly vectors: number;
  readonly stride: number;
  /** Steps per iteration, each with its own accumulators. */
  readonly unroll: number;
  /** Additions per accumulator; Infinity if only known at run time. */
  readonly additions: number;
}

export class Accumulators {
  readonly #f: FunctionBuilder;
  readonly #reducer: Reducer;
  readonly #shape: RunShape;
  /** By step, then by vector: in order of use, which saves the compiler moves. */
  readonly #partial: readonly (readonly Local[])[];
  /** float64 totals of the lower and upper two lanes of each vector; none for short or exact reductions. */
  readonly #totals: readonly (readonly [Local, Local])[];

  constructor(f: FunctionBuilder, reducer: Reducer, shape: RunShape) {
    this.#f = f;
    this.#reducer = reducer;
    this.#shape = shape;
    const each = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
    const vector = () => f.local("v128");
    this.#partial = each(shape.unroll, () => each(shape.vectors, vector));
    const long = !reducer.exact && shape.additions > CHUNK;
    this.#totals = long ? each(shape.vectors, () => [vector(), vector()] as const) : [];
  }

  get #long(): boolean {
    return this.#totals.length > 0;
  }

  /** Clears all accumulators; before the first run of a result. */
  clear(): void {
    for (const total of this.#totals.flat()) this.#f.f32x4(0).set(total);
    if (!this.#long) this.#clearPartial();
  }

  #clearPartial(): void {
    for (const partial of this.#partial.flat()) this.#f.f32x4(this.#reducer.identity).set(partial);
  }

  /** Accumulates `steps` steps and then the first `tail` lanes of one more. Leaves the pointer behind the last full step. */
  run(pointer: Local, steps: Local | number, tail: Local | number): void {
    if (this.#long) this.#longRun(pointer, steps);
    else if (typeof steps === "number") this.#shortRun(pointer, steps);
    else throw new InternalError("A maximum over a number of rows that is known only at run time.");
    if (tail !== 0) this.#tail(pointer, tail);
  }

  #steps(pointer: Local, count: number): void {
    const f = this.#f;
    const { vectors, stride } = this.#shape;
    for (let step = 0; step < count; step++)
      for (let v = 0; v < vectors; v++) {
        const partial = this.#partial[step]![v]!;
        f.get(partial)
          .get(pointer)
          .mem("v128.load", step * stride + 16 * v);
        f.op(this.#reducer.combine).set(partial);
      }
    advanceBy(f, pointer, count * stride);
  }

  #shortRun(pointer: Local, steps: number): void {
    const { unroll } = this.#shape;
    repeat(this.#f, Math.floor(steps / unroll), () => this.#steps(pointer, unroll));
    this.#steps(pointer, steps % unroll);
  }

  #longRun(pointer: Local, steps: Local | number): void {
    const f = this.#f;
    const { unroll } = this.#shape;
    const [left, chunk] = [f.local("i32"), f.local("i32")];
    if (typeof steps === "number") f.i32(steps);
    else f.get(steps);
    f.set(left);
    f.loop((again) => {
      this.#clearPartial();
      f.i32(CHUNK * unroll)
        .get(left)
        .get(left)
        .i32(CHUNK * unroll)
        .op("i32.gt_s")
        .op("select")
        .set(chunk);
      f.get(left).get(chunk).op("i32.sub").set(left);
      for (const count of new Set([unroll, 1])) countDown(f, chunk, count, () => this.#steps(pointer, count));
      this.#totals.forEach((_, v) => {
        this.#mergePartial(v);
        this.#addToTotal(v);
      });
      f.get(left).i32(0).op("i32.gt_s").brIf(again);
    });
  }

  /** Combines a vector's accumulators in the first of them. */
  #mergePartial(v: number): void {
    const f = this.#f;
    const [first, ...others] = this.#partial.map((step) => step[v]!);
    if (others.length === 0) return;
    f.get(first!);
    for (const other of others) f.get(other).op(this.#reducer.combine);
    f.set(first!);
  }

  #addToTotal(v: number): void {
    const f = this.#f;
    const partial = this.#partial[0]![v]!;
    const [low, high] = this.#totals[v]!;
    f.get(low).get(partial).op("f64x2.promote_low_f32x4").op("f64x2.add").set(low);
    f.get(high).get(partial).get(partial).shuffle(HIGH_HALF).op("f64x2.promote_low_f32x4");
    f.op("f64x2.add").set(high);
  }

  /** Lanes beyond the end may hold anything, including NaN: they are replaced, since a product with zero would keep NaN. */
  #tail(pointer: Local, tail: Local | number): void {
    const f = this.#f;
    const { identity, combine } = this.#reducer;
    const partial = this.#partial[0]![0]!;
    if (!this.#long) f.get(partial);
    f.get(pointer).mem("v128.load").f32x4(identity);
    if (typeof tail === "number") {
      const [a, b, c, d] = LANES.map((lane) => (lane < tail ? -1 : 0));
      f.i32x4(a!, b, c, d);
    } else
      f.i32x4(...LANES)
        .get(tail)
        .op("i32x4.splat")
        .op("i32x4.sub")
        .i32(31)
        .op("i32x4.shr_s");
    f.op("v128.bitselect");
    if (this.#long) {
      f.set(partial);
      this.#addToTotal(0);
    } else f.op(combine).set(partial);
  }

  /** Pushes the result of vector v, one value per lane. */
  result(v: number): void {
    const f = this.#f;
    if (this.#long) {
      const [low, high] = this.#totals[v]!;
      f.get(low).op("f32x4.demote_f64x2_zero").get(high).op("f32x4.demote_f64x2_zero").shuffle(LOW_HALVES);
    } else {
      this.#mergePartial(v);
      f.get(this.#partial[0]![v]!);
    }
  }

  /** Pushes the reduction of vector 0's four lanes, in all lanes. */
  resultAcross(): void {
    const f = this.#f;
    const value = this.#partial[0]![0]!;
    this.result(0);
    for (const swap of [HIGH_HALF, NEIGHBOURS]) {
      f.set(value);
      f.get(value).get(value).get(value).shuffle(swap).op(this.#reducer.combine);
    }
  }
}
