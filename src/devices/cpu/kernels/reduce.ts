/**
 * Sums and maxima over axes. Neighbouring axes that are both kept or both reduced merge into one. The result is a nest of kept
 * loops around a nest of reduced ones. Vectors run across the last axis if it is kept (bias gradients), and along it if it is
 * reduced; their lanes are then combined at the end.
 */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { InternalError } from "../../../base/errors.ts";
import type { Call } from "../../../ir/program.ts";
import type { ReduceAttrs } from "../../../ops/reduce.ts";
import { type LoopAxis, loopAxes, operandStrides } from "../../loop-axes.ts";
import type { EmitKernel, EmittedKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy, type OperandParams, repeat, storeLanes } from "./kernel-function.ts";
import { Accumulators, type Reducer } from "./reduce-run.ts";

const sum: Reducer = { identity: 0, combine: "f32x4.add", exact: false };
/** f32x4.max gives NaN when either operand is one. */
const max: Reducer = { identity: Number.NEGATIVE_INFINITY, combine: "f32x4.max", exact: true };

/** Accumulators that fit in registers with the loaded vectors. */
const MOST_ACCUMULATORS = 8;
const BLOCK_LANES = 4 * MOST_ACCUMULATORS;

/** y = Σ x over `axes`; mode `accumulate` adds to y. */
export const emitReduceSum: EmitKernel = (module, call) => emitReduce(module, call, sum);

/** y = max x over `axes`; NaN wins. */
export const emitReduceMax: EmitKernel = (module, call) => emitReduce(module, call, max);

function emitReduce(module: ModuleBuilder, call: Call, reducer: Reducer): EmittedKernel {
  const plan = planReduction(call);
  const run = addKernelFunction(module, 1, 1, (f, params) => new ReducePrinter(f, params, call, plan, reducer).print());
  const split = plan.kept[0]?.size ?? Math.max(1, Math.ceil(plan.channels / BLOCK_LANES));
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? split : 1 };
}

/** A reduction's loops; their strides are [of x, of y]. */
interface Plan {
  readonly kept: readonly LoopAxis[];
  /** Outermost first; the last one is the run. */
  readonly reduced: readonly LoopAxis[];
  /** Size of the kept last axis; 0 where the last axis is reduced. */
  readonly channels: number;
}

function planReduction({ op, attrs, mode, inputs }: Call): Plan {
  const { axes } = attrs as ReduceAttrs;
  const x = inputs[0]!.spec;
  const y = {
    ...x,
    shape: x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    batched: x.batched && !axes.includes(0),
  };
  if (y.batched !== (mode === "map"))
    throw new InternalError(`"${op.name}" in mode ${mode} has a ${y.batched ? "" : "not "}batched output.`);
  const nest = loopAxes(
    x.shape,
    [x, y].map((spec) => operandStrides(spec, x.shape)),
    x.batched,
  );
  const isKept = (axis: LoopAxis) => axis.strides[1] !== 0;
  const last = nest.at(-1);
  const across = last !== undefined && isKept(last) && !last.dynamic;
  const reduced = nest.filter((axis) => !isKept(axis));
  return {
    kept: nest.filter((axis) => isKept(axis) && !(across && axis === last)),
    reduced: reduced.length > 0 ? reduced : [{ size: 1, dynamic: false, strides: [1, 0] }],
    channels: across ? last.size : 0,
  };
}

class ReducePrinter {
  readonly #f: FunctionBuilder;
  readonly #params: OperandParams;
  readonly #call: Call;
  readonly #plan: Plan;
  readonly #reducer: Reducer;
  readonly #x: Local;
  readonly #y: Local;
  /** Pointer into x that iterates over the elements of one result, while `x` stays. */
  readonly #walker: Local;
  readonly #value: Local;

  constructor(f: FunctionBuilder, params: OperandParams, call: Call, plan: Plan, reducer: Reducer) {
    this.#f = f;
    this.#params = params;
    this.#call = call;
    this.#plan = plan;
    this.#reducer = reducer;
    this.#x = params.inputs[0]!;
    this.#y = params.outputs[0]!;
    this.#walker = f.local("i32");
    this.#value = f.local("v128");
  }

  print(): void {
    const { kept, channels } = this.#plan;
    const [outer] = kept;
    const { mode } = this.#call;
    if (mode === "accumulate") this.#kept(0, outer?.size ?? 1);
    else if (outer === undefined && channels > BLOCK_LANES) this.#sharedBlocks();
    else {
      if (outer !== undefined && mode === "whole") {
        advance(this.#f, this.#x, this.#params.begin, 4 * outer.strides[0]!);
        advance(this.#f, this.#y, this.#params.begin, 4 * outer.strides[1]!);
      }
      this.#kept(0, this.#span(outer?.dynamic ? outer.size : 1));
    }
  }

  /** Returns a new local with (end − begin) · factor. */
  #span(factor: number): Local {
    const { begin, end } = this.#params;
    const count = this.#f.local("i32");
    this.#f.get(end).get(begin).op("i32.sub").i32(factor).op("i32.mul").set(count);
    return count;
  }

  /** Emits the loops over kept axes. If there are none, `count` says whether this worker computes the result. */
  #kept(level: number, count: Local | number): void {
    const { kept, channels } = this.#plan;
    const [axis, inner] = [kept[level], kept[level + 1]];
    const core = () => (channels > 0 ? this.#across() : this.#along());
    repeat(this.#f, count, () => {
      if (inner === undefined) core();
      else this.#kept(level + 1, inner.size);
      const consumed = inner === undefined ? 0 : inner.strides[0]! * inner.size;
      if (axis !== undefined) advanceBy(this.#f, this.#x, 4 * (axis.strides[0]! - consumed));
    });
  }

  /** Emits one result: vectors along the last axis. */
  #along(): void {
    const { size, dynamic } = this.#plan.reduced.at(-1)!;
    const steps = dynamic ? Number.POSITIVE_INFINITY : Math.floor(size / 4);
    const unroll = steps >= 2 * MOST_ACCUMULATORS ? MOST_ACCUMULATORS : Math.max(1, Math.min(2, steps));
    const additions = this.#reducedCount() / (4 * unroll);
    const accumulators = new Accumulators(this.#f, this.#reducer, { vectors: 1, stride: 16, unroll, additions });
    this.#reduce(accumulators);
    accumulators.resultAcross();
    this.#finish(0, 1);
    advanceBy(this.#f, this.#y, 4);
  }

  /** Emits a result for every channel, a block of channels at a time. */
  #across(): void {
    const { channels } = this.#plan;
    const blocks = Math.floor(channels / BLOCK_LANES);
    if (blocks > 0) repeat(this.#f, blocks, () => this.#block(BLOCK_LANES));
    if (channels % BLOCK_LANES > 0) this.#block(channels % BLOCK_LANES);
    advanceBy(this.#f, this.#x, -4 * channels);
  }

  /** Mode `whole` where only channels can be shared: `begin … end-1` are blocks. */
  #sharedBlocks(): void {
    const f = this.#f;
    const { begin, end } = this.#params;
    const { channels } = this.#plan;
    const blocks = Math.floor(channels / BLOCK_LANES);
    advance(f, this.#x, begin, 4 * BLOCK_LANES);
    advance(f, this.#y, begin, 4 * BLOCK_LANES);
    const [block, stop] = [f.local("i32"), f.local("i32")];
    f.get(begin).set(block);
    f.get(end).i32(blocks).get(end).i32(blocks).op("i32.lt_s").op("select").set(stop);
    f.forLoop(block, stop, 1, () => this.#block(BLOCK_LANES));
    if (channels % BLOCK_LANES > 0)
      f.get(begin)
        .get(end)
        .op("i32.lt_s")
        .get(end)
        .i32(blocks)
        .op("i32.gt_s")
        .op("i32.and")
        .if(() => this.#block(channels % BLOCK_LANES));
  }

  #block(lanes: number): void {
    const { size, dynamic, strides } = this.#plan.reduced.at(-1)!;
    const vectors = Math.ceil(lanes / 4);
    const most = Math.max(1, Math.floor(MOST_ACCUMULATORS / vectors));
    const unroll = dynamic ? most : Math.min(most, size);
    const additions = this.#reducedCount() / unroll;
    const shape = { vectors, stride: 4 * strides[0]!, unroll, additions };
    const accumulators = new Accumulators(this.#f, this.#reducer, shape);
    this.#reduce(accumulators);
    for (let v = 0; v < vectors; v++) {
      accumulators.result(v);
      this.#finish(16 * v, Math.min(4, lanes - 4 * v));
    }
    advanceBy(this.#f, this.#x, 4 * lanes);
    advanceBy(this.#f, this.#y, 4 * lanes);
  }

  /** Number of elements per result. */
  #reducedCount(): number {
    return this.#plan.reduced.reduce(
      (count, { size, dynamic }) => count * (dynamic ? Number.POSITIVE_INFINITY : size),
      1,
    );
  }

  /** Stores the value on the stack to y + offset, or adds it. */
  #finish(offset: number, lanes: number): void {
    if (this.#call.mode === "accumulate") this.#f.get(this.#y).mem("v128.load", offset).op(this.#reducer.combine);
    this.#f.set(this.#value);
    storeLanes(this.#f, this.#y, offset, this.#value, lanes);
  }

  /** Emits the loops over reduced axes, starting at x. */
  #reduce(accumulators: Accumulators): void {
    const f = this.#f;
    accumulators.clear();
    f.get(this.#x).set(this.#walker);
    const [outer] = this.#plan.reduced;
    this.#reduced(0, outer!.dynamic ? this.#rowCount(outer!.size) : outer!.size, accumulators);
  }

  /** Rows of a reduced batch axis: this slice's, or all of them in mode `whole`. */
  #rowCount(factor: number): Local {
    if (this.#call.mode !== "whole") return this.#span(factor);
    const count = this.#f.local("i32");
    this.#f.get(this.#params.rows).i32(factor).op("i32.mul").set(count);
    return count;
  }

  #reduced(level: number, count: Local | number, accumulators: Accumulators): void {
    const [axis, inner] = [this.#plan.reduced[level]!, this.#plan.reduced[level + 1]];
    if (inner === undefined) this.#run(count, accumulators);
    else
      repeat(this.#f, count, () => {
        this.#reduced(level + 1, inner.size, accumulators);
        advanceBy(this.#f, this.#walker, 4 * (axis.strides[0]! - inner.strides[0]! * inner.size));
      });
  }

  #run(count: Local | number, accumulators: Accumulators): void {
    const f = this.#f;
    if (this.#plan.channels > 0) accumulators.run(this.#walker, count, 0);
    else if (typeof count === "number") {
      accumulators.run(this.#walker, Math.floor(count / 4), count % 4);
      advanceBy(f, this.#walker, 4 * (count % 4));
    } else {
      const [steps, tail] = [f.local("i32"), f.local("i32")];
      f.get(count).i32(2).op("i32.shr_s").set(steps);
      f.get(count).i32(3).op("i32.and").set(tail);
      accumulators.run(this.#walker, steps, tail);
    }
  }
}
