/**
 * Elementwise calls: any expressions over any number of broadcast inputs, in one pass over memory. Values that are constant along
 * the inner loop (a bias-corrected learning rate, a row's maximum) are computed outside it.
 */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { DType } from "../../../base/dtype.ts";
import { bytesPerElement } from "../../../base/dtype.ts";
import { InternalError } from "../../../base/errors.ts";
import { e } from "../../../ir/expr.ts";
import type { Call } from "../../../ir/program.ts";
import { type PrintedInstruction, type PrintedTape, printedTape } from "../../approximations.ts";
import { type LoopAxis, loopAxes, operandStrides } from "../../loop-axes.ts";
import { type EmitKernel, type Features, vectorsAtOnce } from "../kernel.ts";
import {
  addKernelFunction,
  advance,
  advanceBy,
  countDown,
  type OperandParams,
  repeat,
  storeLanes,
  storeSomeLanes,
} from "./kernel-function.ts";
import { TapePrinter } from "./print-expr.ts";

/** Vectors per iteration of the inner loop, if one vector takes few instructions: short bodies are bound by loop overhead. */
const UNROLL = 4;
const UNROLLED_WEIGHT = 16;

/**
 * An innermost axis of three (the channels of colour images) fills no vector. It and the axis around it become one loop, in which four
 * places with their three entries are three vectors: `lanes[i]` says which of four neighbours of an operand the lanes of vector i hold.
 */
const PACKED = 3;
type Lanes = readonly (readonly [number, number, number, number])[];
/** An operand with a value for each place. */
const lanesOfPlaces: Lanes = [
  [0, 0, 0, 1],
  [1, 1, 2, 2],
  [2, 3, 3, 3],
];
/** An operand whose three entries are those of every place. */
const lanesOfEntries: Lanes = [
  [0, 1, 2, 0],
  [1, 2, 0, 1],
  [2, 0, 1, 2],
];

/** The smallest float32 that is not subnormal, 2⁻¹²⁶. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Elementwise kernel. Mode `map` runs over the rows `begin … end-1`. Mode `whole` shares the outermost loop, which covers all
 * elements if every input has the output's shape or is a scalar.
 */
export const emitElementwise: EmitKernel = (module, call, features) => {
  const plan = planLoops(call);
  const run = addKernelFunction(module, call.inputs.length, call.outputs.length, (f, params) =>
    new ElementwisePrinter(f, params, plan, features).print(),
  );
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? plan.axes[0]!.size : 1 };
};

interface Plan {
  readonly axes: readonly LoopAxis[];
  readonly tape: PrintedTape;
  /** Number of loops around each instruction of the tape. */
  readonly levels: readonly number[];
  readonly dtypes: readonly DType[];
  /** Whether an output is a variable. */
  readonly kept: readonly boolean[];
  /** Where the innermost loop goes over places with three entries each: the lanes of each input, undefined for neighbours in memory and for one value. */
  readonly packed: readonly (Lanes | undefined)[] | undefined;
}

function planLoops({ op, attrs, mode, inputs, outputs }: Call): Plan {
  if (op.elementwise === undefined) throw new InternalError(`"${op.name}" is not elementwise.`);
  const target = outputs[0]!.spec;
  if ((mode === "map") !== target.batched)
    throw new InternalError(
      `Elementwise "${op.name}" in mode ${mode} has a ${target.batched ? "" : "not "}batched output.`,
    );
  const leaves = inputs.map((_, i) => e.input(i));
  const tape = printedTape(op.elementwise(leaves, attrs));
  const strides = [...inputs.map(({ spec }) => spec), target].map((spec) => operandStrides(spec, target.shape));
  const nest = loopAxes(target.shape, strides, target.batched);
  const loops =
    nest.length > 0 ? nest : [{ size: 1, dynamic: false, strides: strides.map((_, k) => +(k === inputs.length)) }];
  const packed = packedLanes(loops, inputs.length);
  // The outer one of the two counts places, and every operand moves by places.
  const axes = packed === undefined ? loops : loops.slice(0, -1);
  return {
    axes,
    tape,
    packed,
    levels: levelsOf(tape, axes, packed),
    dtypes: inputs.map(({ spec }) => spec.dtype),
    kept: outputs.map(({ buffer }) => buffer.kind === "variable"),
  };
}

/** How the two innermost loops become one; undefined where they do not. */
function packedLanes(axes: readonly LoopAxis[], inputs: number): Plan["packed"] {
  const [places, entries] = axes.slice(-2);
  if (entries === undefined || entries.dynamic || entries.size !== PACKED || places!.strides[inputs] !== PACKED)
    return undefined;
  const kinds = entries.strides.slice(0, inputs).map((stride, k) => `${places!.strides[k]} ${stride}`);
  if (!kinds.every((kind) => ["3 1", "0 0", "1 0", "0 1"].includes(kind))) return undefined;
  return kinds.map((kind) => (kind === "1 0" ? lanesOfPlaces : kind === "0 1" ? lanesOfEntries : undefined));
}

function levelsOf(tape: PrintedTape, axes: readonly LoopAxis[], packed: Plan["packed"]): number[] {
  const levels: number[] = [];
  for (const step of tape.code) {
    const level = (): number => {
      switch (step.kind) {
        case "input":
          if (packed?.[step.index] !== undefined) return axes.length;
          return 1 + axes.findLastIndex(({ strides }) => strides[step.index] !== 0);
        case "constant":
          return 0;
        case "unary":
          return levels[step.a]!;
        case "binary":
          return Math.max(levels[step.a]!, levels[step.b]!);
        case "select":
          return Math.max(...[step.a, step.b, step.yes, step.no].map((operand) => levels[operand]!));
      }
    };
    levels.push(level());
  }
  return levels;
}

/** Machine instructions that a step takes, roughly. */
function weightOf(step: PrintedInstruction): number {
  if (step.kind === "input" || step.kind === "constant") return 0;
  return step.kind === "unary" && (step.op === "exp" || step.op === "log" || step.op === "tanh") ? 25 : 1;
}

/** Emits the loop nest. Each pointer advances with it to the current iteration's element. */
class ElementwisePrinter {
  readonly #f: FunctionBuilder;
  readonly #params: OperandParams;
  readonly #plan: Plan;
  readonly #features: Features;
  readonly #printer: TapePrinter;
  /** Inputs, then outputs: pointer and bytes per element. */
  readonly #operands: readonly { readonly pointer: Local; readonly bytes: number }[];

  constructor(f: FunctionBuilder, params: OperandParams, plan: Plan, features: Features) {
    this.#f = f;
    this.#params = params;
    this.#plan = plan;
    this.#features = features;
    this.#printer = new TapePrinter(f, plan.tape, features);
    this.#operands = [
      ...params.inputs.map((pointer, k) => ({ pointer, bytes: bytesPerElement[plan.dtypes[k]!] })),
      ...params.outputs.map((pointer) => ({ pointer, bytes: 4 })),
    ];
  }

  print(): void {
    const f = this.#f;
    const [outer] = this.#plan.axes;
    const { begin, end } = this.#params;
    if (!outer!.dynamic)
      this.#eachPointer((pointer, bytes, k) => advance(f, pointer, begin, bytes * this.#stride(0, k)));
    const count = f.local("i32");
    f.get(end)
      .get(begin)
      .op("i32.sub")
      .i32(outer!.dynamic ? outer!.size : 1)
      .op("i32.mul")
      .set(count);
    this.#level(0, count);
  }

  #eachPointer(visit: (pointer: Local, bytes: number, operand: number) => void): void {
    this.#operands.forEach(({ pointer, bytes }, k) => {
      visit(pointer, bytes, k);
    });
  }

  /** Elements that an operand advances by per iteration of a loop; all outputs advance alike. */
  #stride(level: number, operand: number): number {
    return this.#plan.axes[level]!.strides[Math.min(operand, this.#params.inputs.length)]!;
  }

  #level(level: number, count: Local | number): void {
    const { axes } = this.#plan;
    this.#steps(level, 0);
    if (level === axes.length - 1) {
      if (this.#plan.packed !== undefined) this.#packedRun(count);
      else if (typeof count === "number") this.#staticRun(count);
      else this.#dynamicRun(count);
      return;
    }
    const inner = axes[level + 1]!.size;
    repeat(this.#f, count, () => {
      this.#level(level + 1, inner);
      this.#eachPointer((pointer, bytes, k) =>
        advanceBy(this.#f, pointer, bytes * (this.#stride(level, k) - this.#stride(level + 1, k) * inner)),
      );
    });
  }

  /** Emits the instructions that belong to this depth; `offset` counts elements from the pointers. */
  #steps(level: number, offset: number): void {
    this.#plan.levels.forEach((own, at) => {
      if (own === level) this.#printer.step(at, (input) => this.#load(input, offset));
    });
  }

  /** Pushes four neighbouring elements, or one element in all lanes where the input repeats along the inner loop. */
  #load(input: number, offset: number): void {
    const lanes = this.#plan.packed?.[input];
    const repeats = lanes === undefined && this.#stride(this.#plan.axes.length - 1, input) === 0;
    this.#loadNeighbours(input, lanes === undefined ? offset : 0, repeats);
    const chosen = lanes?.[offset / 4];
    if (chosen === undefined) return;
    const four = this.#f.local("v128");
    const bytes = chosen.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
    this.#f.tee(four).get(four).shuffle(bytes);
  }

  #loadNeighbours(input: number, offset: number, repeats: boolean): void {
    const f = this.#f;
    const { pointer, bytes } = this.#operands[input]!;
    const dtype = this.#plan.dtypes[input]!;
    f.get(pointer);
    if (dtype !== "uint8") f.mem(repeats ? "v128.load32_splat" : "v128.load", offset * bytes);
    else if (repeats) f.mem("i32.load8_u", offset).op("i32x4.splat");
    else f.mem("v128.load32_zero", offset).op("i16x8.extend_low_i8x16_u").op("i32x4.extend_low_i16x8_u");
    if (dtype !== "float32") f.op("f32x4.convert_i32x4_s");
  }

  /** Computes all outputs at `offset` elements from the pointers. */
  #compute(offset: number): Local[] {
    this.#steps(this.#plan.axes.length, offset);
    return this.#plan.kept.map((kept, i) => {
      const value = this.#printer.result(i);
      return kept ? this.#flush(value) : value;
    });
  }

  /**
   * Replaces subnormal numbers by zeros. A moment without gradients decays to the smallest subnormal numbers and stays there,
   * since 0.9 times such a number is rounded up again. Each operation with one takes x64 about a hundred cycles. NaN is kept.
   */
  #flush(value: Local): Local {
    const f = this.#f;
    const flushed = f.local("v128");
    f.get(value).get(value).op("f32x4.abs").get(f.constant(SMALLEST_NORMAL)).op("f32x4.lt");
    f.op("v128.andnot").set(flushed);
    return flushed;
  }

  /** All inputs of a vector or pair are read before an output is written, because outputs may overwrite inputs. */
  #vectors(count: number, lanesOfLast = 4): void {
    const together = vectorsAtOnce(this.#features, count);
    for (let first = 0; first < count; first += together) {
      const numbers = Array.from({ length: together }, (_, k) => first + k);
      const values = numbers.map((i) => this.#compute(4 * i));
      this.#params.outputs.forEach((output, at) => {
        for (const [k, i] of numbers.entries())
          storeLanes(this.#f, output, 16 * i, values[k]![at]!, i === count - 1 ? lanesOfLast : 4);
      });
    }
  }

  /** Three vectors for four places, then the places that are left one by one. */
  #packedRun(count: Local | number): void {
    const fours = () => {
      this.#vectors(PACKED);
      this.#advanceRun(4);
    };
    const one = () => {
      this.#vectors(1, PACKED);
      this.#advanceRun(1);
    };
    if (typeof count === "number") {
      repeat(this.#f, Math.floor(count / 4), fours);
      repeat(this.#f, count % 4, one);
      return;
    }
    countDown(this.#f, count, 4, fours);
    countDown(this.#f, count, 1, one);
  }

  /** Elements of the inner loop; where that goes over places, places. */
  #advanceRun(elements: number): void {
    const inner = this.#plan.axes.length - 1;
    this.#eachPointer((pointer, bytes, k) => advanceBy(this.#f, pointer, bytes * elements * this.#stride(inner, k)));
  }

  get #unroll(): number {
    const { tape, levels, axes } = this.#plan;
    const weights = tape.code.map((step, at) => (levels[at] === axes.length ? weightOf(step) : 0));
    const short = weights.reduce((sum, weight) => sum + weight, 0) <= UNROLLED_WEIGHT;
    return short ? UNROLL : vectorsAtOnce(this.#features, 2);
  }

  #staticRun(length: number): void {
    const full = Math.floor(length / 4);
    const unroll = this.#unroll;
    const turns = full > unroll ? Math.floor(full / unroll) : 0;
    repeat(this.#f, turns, () => {
      this.#vectors(unroll);
      this.#advanceRun(4 * unroll);
    });
    const left = length - turns * 4 * unroll;
    this.#vectors(Math.ceil(left / 4), left % 4 || 4);
    this.#advanceRun(left);
  }

  #dynamicRun(left: Local): void {
    for (const unroll of new Set([this.#unroll, 1]))
      countDown(this.#f, left, 4 * unroll, () => {
        this.#vectors(unroll);
        this.#advanceRun(4 * unroll);
      });
    this.#f
      .get(left)
      .i32(0)
      .op("i32.gt_s")
      .if(() => {
        const values = this.#compute(0);
        this.#params.outputs.forEach((output, at) => {
          storeSomeLanes(this.#f, output, values[at]!, left);
        });
      });
  }
}
