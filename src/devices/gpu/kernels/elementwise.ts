/**
 * Elementwise calls: any expressions over any number of broadcast inputs, in one pass over memory; four elements per thread where
 * shapes allow.
 */
import { InternalError } from "../../../base/errors.ts";
import { e } from "../../../ir/expr.ts";
import type { Call, Operand } from "../../../ir/program.ts";
import { printedTape } from "../../approximations.ts";
import { samePlace } from "../../epilogue.ts";
import { type LoopAxis, loopAxes, operandStrides } from "../../loop-axes.ts";
import type { Bindings, EmitKernel, StorageArray } from "../kernel.ts";
import { printByte } from "./copy.ts";
import { flatMain, flatWorkgroups } from "./flat.ts";
import { declareOffsets } from "./nest.ts";
import { type Lanes, mathFunctions, printTape } from "./print-expr.ts";

export const emitElementwise: EmitKernel = (call, { software }) => {
  const { op, attrs, inputs, outputs } = call;
  if (op.elementwise === undefined) throw new InternalError(`"${op.name}" is not elementwise.`);
  const target = outputs[0]!.spec;
  const tape = printedTape(
    op.elementwise(
      inputs.map((_, i) => e.input(i)),
      attrs,
    ),
  );
  const strides = [...inputs.map(({ spec }) => spec), target].map((spec) => operandStrides(spec, target.shape));
  const axes = loopAxes(target.shape, strides, target.batched);
  // A software renderer already packs four threads into one vector.
  const lanes = software ? 1 : lanesOf(call, axes);
  const size = axes.reduce((product, axis) => product * axis.size, 1);
  const dynamic = axes[0]?.dynamic === true;
  const code = (bindings: Bindings): string => {
    const loads = inputs.map((operand, i) => new InputReader(operand, i, axes, lanes, bindings));
    const stores = outputs.map((_, i) => bindings.output(i, lanes === 4 ? "vec4f" : "f32"));
    const threads = dynamic ? `(step.rows * ${size}u + ${lanes - 1}u) / ${lanes}u` : `${Math.ceil(size / lanes)}u`;
    const offsets = declareOffsets(
      axes,
      lanes === 4 ? "id * 4u" : "id",
      loads.map(({ name, strideOf }) => ({ name, strideOf })),
    );
    const body = [
      offsets,
      printTape(tape, lanes, (input) => loads[input]!.value),
      ...stores.map((array, i) => `  ${array.store("id", `v${tape.results[i]}`)}`),
    ];
    return mathFunctions(lanes) + flatMain(threads, body.join("\n"));
  };
  const label = `${op.name} [${target.shape.join(", ")}]`;
  const workgroups = (rows: number) => flatWorkgroups(Math.ceil((dynamic ? rows * size : size) / lanes));
  return { shaders: [{ label, code, workgroups }] };
};

const innerStride = (axes: readonly LoopAxis[], operand: number) => axes.at(-1)?.strides[operand] ?? 0;

/**
 * Four elements per thread, unless the nest's rows are not a multiple of four. A nest of one axis may have any length: elements
 * beyond its end lie in the padding of the buffers, or in rows that are not live.
 */
function lanesOf({ inputs, outputs }: Call, axes: readonly LoopAxis[]): Lanes {
  const inner = axes.at(-1);
  if (inner === undefined || inner.strides.some((stride) => stride > 1)) return 1;
  if (axes.length > 1 && inner.size % 4 !== 0) return 1;
  // Vector loads need rows that start at multiples of four.
  const uneven = axes.slice(0, -1).some(({ strides }) => strides.some((s, k) => inner.strides[k] === 1 && s % 4 !== 0));
  if (uneven) return 1;
  const vectors = [...inputs.filter((_, i) => inner.strides[i] === 1), ...outputs];
  const repeated = inputs.filter((_, i) => inner.strides[i] === 0);
  return repeated.some((a) => vectors.some((b) => samePlace(a.buffer, b.buffer))) ? 1 : 4;
}

/** Reads one input at the thread's position. */
class InputReader {
  readonly name: string;
  readonly value: string;
  readonly strideOf: (axis: LoopAxis) => number;

  constructor({ spec }: Operand, index: number, axes: readonly LoopAxis[], lanes: Lanes, bindings: Bindings) {
    const repeats = lanes === 1 || innerStride(axes, index) === 0;
    this.name = `p${index}`;
    this.strideOf = (axis) => axis.strides[index]!;
    const array = bindings.input(index, repeats ? "f32" : "vec4f");
    this.value = printLoad(spec.dtype, array, this.name, repeats, lanes);
  }
}

function printLoad(
  dtype: Operand["spec"]["dtype"],
  array: StorageArray,
  at: string,
  single: boolean,
  lanes: Lanes,
): string {
  if (dtype === "uint8") {
    if (!single) return `vec4f(unpack4xU8(${array.load(`${at} / 4u`)}))`;
    return spread(`f32(${printByte(array.name, at)})`, lanes);
  }
  if (dtype === "int32") {
    if (single) return spread(`f32(${array.load(at)})`, lanes);
    return `vec4f(${[0, 1, 2, 3].map((lane) => `f32(${array.load(`${at} + ${lane}u`)})`).join(", ")})`;
  }
  return single ? spread(array.load(at), lanes) : array.load(`${at} / 4u`);
}

const spread = (value: string, lanes: Lanes) => (lanes === 4 ? `vec4f(${value})` : value);
