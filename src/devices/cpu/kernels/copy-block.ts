/** Copies of blocks between values of different shapes: padding, cropping, concatenation. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { type Shape, sizeOf, stridesOf } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import {
  type BlockPlace,
  type ConcatenateAttrs,
  type CropAttrs,
  cropPlace,
  offsetsAlong,
  type PadAttrs,
  padPlace,
} from "../../../ops/pad.ts";
import type { EmitKernel, EmittedKernel } from "../kernel.ts";
import { emitClear } from "./image.ts";
import { advanceBy, repeat, storeLanes } from "./kernel-function.ts";
import { forEachRow, kernelParams, leadingRowBytes, namedParams } from "./rows.ts";

/** A block, and its position in its source and its target; shapes and positions without the leading axis. */
interface Block {
  readonly shape: Shape;
  readonly source: Place;
  readonly target: Place;
}

interface Place extends BlockPlace {
  readonly shape: Shape;
}

const placeFrom = (shape: Shape, start: readonly number[]): Place => ({ shape, start, strides: shape.map(() => 1) });
const origin = (shape: Shape): Place =>
  placeFrom(
    shape,
    shape.map(() => 0),
  );
/** A place in a value, its leading axis left out. */
const placeInRow = (shape: Shape, { start, strides }: BlockPlace): Place => ({
  shape,
  start: start.slice(1),
  strides: strides.slice(1),
});
const offsetOf = ({ shape, start }: Place) => {
  const strides = stridesOf(shape);
  return start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
};

export const emitPad: EmitKernel = (module, call) => {
  const [x, y] = [rowOf(call, "inputs", 0), rowOf(call, "outputs", 0)];
  const target = placeInRow(y, padPlace(call.attrs as PadAttrs, call.inputs[0]!.spec.shape));
  return emitCopies(module, call, [{ shape: x, source: origin(x), target }], true);
};

export const emitCrop: EmitKernel = (module, call) => {
  const [x, y] = [rowOf(call, "inputs", 0), rowOf(call, "outputs", 0)];
  const source = placeInRow(x, cropPlace(call.attrs as CropAttrs));
  return emitCopies(module, call, [{ shape: y, source, target: origin(y) }], false);
};

export const emitConcatenate: EmitKernel = (module, call) => {
  const { axis } = call.attrs as ConcatenateAttrs;
  const offsets = offsetsAlong(
    call.inputs.map(({ spec }) => spec),
    axis,
  );
  const y = rowOf(call, "outputs", 0);
  const blocks = call.inputs.map((_, k): Block => {
    const shape = rowOf(call, "inputs", k);
    const start = shape.map((_, i) => (i === axis - 1 ? offsets[k]! : 0));
    return { shape, source: origin(shape), target: placeFrom(y, start) };
  });
  return emitCopies(module, call, blocks, false);
};

/** A value's shape without its leading axis. */
const rowOf = (call: Call, side: "inputs" | "outputs", at: number): Shape => call[side][at]!.spec.shape.slice(1);

/** One block per input; `clear` first fills the output's row with zeros. */
function emitCopies(module: ModuleBuilder, call: Call, blocks: readonly Block[], clear: boolean): EmittedKernel {
  const output = call.outputs[0]!.spec;
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const target = params.pointers.at(-1)!;
    const operands = [...call.inputs, ...call.outputs];
    const moved = operands.map(({ spec }, i) => ({ pointer: params.pointers[i]!, bytes: leadingRowBytes(spec) }));
    forEachRow(f, call, params, moved, () => {
      if (clear) emitClear(f, target, leadingRowBytes(output));
      blocks.forEach((block, i) => {
        emitBlock(f, block, params.pointers[i]!, target);
      });
    });
  });
  return { run, scratchBytes: 0, extent: output.shape[0]! };
}

/** Values that each axis moves by per step. */
const stepsOf = ({ shape, strides }: Place) => stridesOf(shape).map((stride, axis) => stride * strides[axis]!);

/** Loops over the outer axes around copies of what is adjacent on both sides. */
function emitBlock(f: FunctionBuilder, { shape, source, target }: Block, from: Local, to: Local): void {
  const [fromSteps, toSteps] = [stepsOf(source), stepsOf(target)];
  const isWhole = (axis: number) => shape[axis] === source.shape[axis] && shape[axis] === target.shape[axis];
  const isDense = (axis: number) => source.strides[axis] === 1 && target.strides[axis] === 1;
  // Inner axes that are whole on both sides are one run with the axis before them, unless that is taken in steps.
  let axis = shape.length - 1;
  while (axis > 0 && isWhole(axis) && isDense(axis)) axis--;
  if (axis >= 0 && !isDense(axis)) axis++;
  const run = sizeOf(shape.slice(Math.max(axis, 0)));
  const [reading, writing] = [f.local("i32"), f.local("i32")];
  f.get(from)
    .i32(4 * offsetOf(source))
    .op("i32.add")
    .set(reading);
  f.get(to)
    .i32(4 * offsetOf(target))
    .op("i32.add")
    .set(writing);
  const walk = (level: number): void => {
    if (level >= axis) {
      emitRun(f, reading, writing, run);
      return;
    }
    repeat(f, shape[level]!, () => {
      walk(level + 1);
      advanceBy(f, reading, 4 * fromSteps[level]!);
      advanceBy(f, writing, 4 * toSteps[level]!);
    });
    // Back to where this level began, for the level around it.
    advanceBy(f, reading, -4 * shape[level]! * fromSteps[level]!);
    advanceBy(f, writing, -4 * shape[level]! * toSteps[level]!);
  };
  walk(0);
}

/** Longer runs use the native memory copy (`memory.copy`). */
const SHORT_RUN = 64;

/** Copies `length` adjacent values. */
export function emitRun(f: FunctionBuilder, from: Local, to: Local, length: number): void {
  if (length > SHORT_RUN) {
    f.get(to)
      .get(from)
      .i32(4 * length)
      .memoryCopy();
    return;
  }
  const value = f.local("v128");
  for (let at = 0; at < length; at += 4) {
    f.get(from)
      .mem("v128.load", 4 * at)
      .set(value);
    storeLanes(f, to, 4 * at, value, Math.min(4, length - at));
  }
}
