/** Calls that move elements and compute nothing: transposition, padding, cropping, concatenation, turned convolution kernels. */
import { InternalError } from "../../../base/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../../../base/shape.ts";
import type { Call, Operand } from "../../../ir/program.ts";
import type { RotateKernelAttrs } from "../../../ops/conv2d.ts";
import type { TransposeAttrs } from "../../../ops/mat-mul.ts";
import { type ConcatenateAttrs, type CropAttrs, offsetsAlong, type PadAttrs } from "../../../ops/pad.ts";
import type { Bindings, EmitKernel, Shader } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";

/** y = x with its axes in another order. */
export const emitTranspose: EmitKernel = (call) => {
  const { permutation } = call.attrs as TransposeAttrs;
  const strides = stridesOf(call.inputs[0]!.spec.shape);
  const y = call.outputs[0]!;
  const from = sumOf(permutation.map((axis, i) => `c${i} * ${strides[axis]}u`));
  return { shaders: [eachElement(call, y, (b) => `${b.output(0)}[id] = ${b.input(0)}[${from}];`)] };
};

/** y = x with zeros around it. */
export const emitPad: EmitKernel = (call) => {
  const { pads } = call.attrs as PadAttrs;
  const [x, y] = [call.inputs[0]!, call.outputs[0]!];
  const strides = stridesOf(x.spec.shape);
  // Unsigned: what lies before the block wraps to a large number.
  const places = pads.map(([before], axis) => (before === 0 ? `c${axis}` : `(c${axis} - ${asUnsigned(before)})`));
  const inside = places.flatMap((place, axis) => {
    const [before, after] = pads[axis]!;
    return before === 0 && after === 0 ? [] : [`${place} < ${x.spec.shape[axis]}u`];
  });
  const from = sumOf(places.map((place, axis) => `${place} * ${strides[axis]}u`));
  const body = (b: Bindings) => {
    const [input, output] = [b.input(0), b.output(0)];
    return `if (${inside.join(" && ") || "true"}) { ${output}[id] = ${input}[${from}]; } else { ${output}[id] = ${zeroOf(y)}; }`;
  };
  return { shaders: [eachElement(call, y, body)] };
};

/** y = the part of x that begins at `start`. */
export const emitCrop: EmitKernel = (call) => {
  const { start } = call.attrs as CropAttrs;
  const strides = stridesOf(call.inputs[0]!.spec.shape);
  const from = sumOf(start.map((before, axis) => `(c${axis} + ${before}u) * ${strides[axis]}u`));
  return { shaders: [eachElement(call, call.outputs[0]!, (b) => `${b.output(0)}[id] = ${b.input(0)}[${from}];`)] };
};

/** y = the inputs one after the other along an axis: a dispatch for each. */
export const emitConcatenate: EmitKernel = (call) => {
  const { axis } = call.attrs as ConcatenateAttrs;
  const specs = call.inputs.map(({ spec }) => spec);
  const strides = stridesOf(call.outputs[0]!.spec.shape);
  return {
    shaders: offsetsAlong(specs, axis).map((offset, k) => {
      const to = sumOf(strides.map((stride, i) => `(c${i} + ${i === axis ? offset : 0}u) * ${stride}u`));
      return eachElement(call, call.inputs[k]!, (b) => `${b.output(0)}[${to}] = ${b.input(k)}[id];`);
    }),
  };
};

/** w [kh,kw,cin/g,cout] → r [kh,kw,cout/g,cin] with r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j]. */
export const emitRotateKernel: EmitKernel = (call) => {
  const { groups } = call.attrs as RotateKernelAttrs;
  const [kh, kw, depth, cout] = call.inputs[0]!.spec.shape as [number, number, number, number];
  const tap = `((${kh - 1}u - c0) * ${kw}u + ${kw - 1}u - c1)`;
  const from = `(${tap} * ${depth}u + c3 % ${depth}u) * ${cout}u + (c3 / ${depth}u) * ${cout / groups}u + c2`;
  return { shaders: [eachElement(call, call.outputs[0]!, (b) => `${b.output(0)}[id] = ${b.input(0)}[${from}];`)] };
};

/** A thread for each element of an operand; `c0`, `c1`, … are its coordinates. */
function eachElement(call: Call, { spec }: Operand, body: (bindings: Bindings) => string): Shader {
  const { shape, batched } = spec;
  if (call.outputs[0]!.spec.dtype === "uint8")
    throw new InternalError(`"${call.op.name}" of uint8: four threads would write one word.`);
  const elements = sizeOf(batched ? shape.slice(1) : shape);
  return {
    label: `${call.op.name} [${shape.join(", ")}]`,
    code: (bindings) => flatMain(liveCount(batched, elements), `${coordinates(shape)}\n  ${body(bindings)}`),
    workgroups: (rows) => flatWorkgroups(batched ? rows * elements : elements),
  };
}

function coordinates(shape: Shape): string {
  const strides = stridesOf(shape);
  return shape
    .map((size, axis) => `  let c${axis} = (id / ${strides[axis]}u)${axis === 0 ? "" : ` % ${size}u`};`)
    .join("\n");
}

const sumOf = (terms: readonly string[]) => terms.join(" + ") || "0u";
const zeroOf = ({ spec }: Operand) => (spec.dtype === "int32" ? "0i" : "0.0");
const asUnsigned = (value: number) => `${value >>> 0}u`;
