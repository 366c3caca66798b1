/**
 * Calls that only copy elements: transposition, padding, cropping, concatenation, rotation of convolution kernels. One thread per
 * element of the result; of bytes one thread per four, because they share a word.
 */
import { type Shape, sizeOf, stridesOf } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import type { RotateKernelAttrs } from "../../../ops/conv2d.ts";
import type { TransposeAttrs } from "../../../ops/mat-mul.ts";
import {
  type ConcatenateAttrs,
  type CropAttrs,
  cropPlace,
  offsetsAlong,
  type PadAttrs,
  padPlace,
} from "../../../ops/pad.ts";
import type { EmitKernel, GpuKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";

/** Reads one element of an input, as WGSL. */
type Fetch = (input: number, index: string) => string;

export const emitTranspose: EmitKernel = (call) => {
  const { permutation } = call.attrs as TransposeAttrs;
  const strides = stridesOf(call.inputs[0]!.spec.shape);
  const from = sumOf(permutation.map((axis, i) => `c${i} * ${strides[axis]}u`));
  return emitCopy(call, (fetch) => `return ${fetch(0, from)};`);
};

/** y = x with zeros around and between its entries. */
export const emitPad: EmitKernel = (call) => {
  const { shape } = call.inputs[0]!.spec;
  const { start, strides: steps } = padPlace(call.attrs as PadAttrs, shape);
  const strides = stridesOf(shape);
  // Unsigned: what lies before the first entry wraps to a large number.
  const distances = start.map((first, axis) =>
    steps[axis]! > 0 ? `(c${axis} - ${first}u)` : `(${first}u - c${axis})`,
  );
  const outside = distances.flatMap((distance, axis) => {
    const step = Math.abs(steps[axis]!);
    const beyond = `${distance} >= ${(shape[axis]! - 1) * step + 1}u`;
    return axis === 0 ? [] : step === 1 ? [beyond] : [beyond, `${distance} % ${step}u != 0u`];
  });
  const from = sumOf(
    distances.map((distance, axis) => {
      const step = Math.abs(steps[axis]!);
      return `${step === 1 ? distance : `(${distance} / ${step}u)`} * ${strides[axis]}u`;
    }),
  );
  return emitCopy(
    call,
    (fetch) => `if (${outside.join(" || ") || "false"}) { return 0; }\n  return ${fetch(0, from)};`,
  );
};

/** y = the entries of x from `start` on, `strides` apart. */
export const emitCrop: EmitKernel = (call) => {
  const { start, strides: steps } = cropPlace(call.attrs as CropAttrs);
  const strides = stridesOf(call.inputs[0]!.spec.shape);
  const place = (first: number, axis: number) => {
    const step = steps[axis]!;
    if (step < 0) return `(${first}u - c${axis} * ${-step}u)`;
    return `(c${axis}${step === 1 ? "" : ` * ${step}u`} + ${first}u)`;
  };
  const from = sumOf(start.map((first, axis) => `${place(first, axis)} * ${strides[axis]}u`));
  return emitCopy(call, (fetch) => `return ${fetch(0, from)};`);
};

export const emitConcatenate: EmitKernel = (call) => {
  const { axis } = call.attrs as ConcatenateAttrs;
  const specs = call.inputs.map(({ spec }) => spec);
  const offsets = offsetsAlong(specs, axis);
  return emitCopy(call, (fetch) =>
    specs
      .map(({ shape }, k) => {
        const place = (i: number) => (i === axis ? `(c${i} - ${offsets[k]}u)` : `c${i}`);
        const from = sumOf(stridesOf(shape).map((stride, i) => `${place(i)} * ${stride}u`));
        const fetched = `return ${fetch(k, from)};`;
        return k === specs.length - 1 ? fetched : `if (c${axis} < ${offsets[k + 1]}u) { ${fetched} }`;
      })
      .join("\n  "),
  );
};

/** w [kh,kw,cin/g,cout] → r [kh,kw,cout/g,cin] with r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j]. */
export const emitRotateKernel: EmitKernel = (call) => {
  const { groups } = call.attrs as RotateKernelAttrs;
  const [kh, kw, depth, cout] = call.inputs[0]!.spec.shape as [number, number, number, number];
  const tap = `((${kh - 1}u - c0) * ${kw}u + ${kw - 1}u - c1)`;
  const from = `(${tap} * ${depth}u + c3 % ${depth}u) * ${cout}u + (c3 / ${depth}u) * ${cout / groups}u + c2`;
  return emitCopy(call, (fetch) => `return ${fetch(0, from)};`);
};

/** @param body WGSL that returns the element at the coordinates `c0`, `c1`, … of the result */
function emitCopy(call: Call, body: (fetch: Fetch) => string): GpuKernel {
  const { shape, batched, dtype } = call.outputs[0]!.spec;
  const elements = sizeOf(batched ? shape.slice(1) : shape);
  const lanes = dtype === "uint8" ? 4 : 1;
  const count = liveCount(batched, elements);
  return {
    shaders: [
      {
        label: `${call.op.name} [${shape.join(", ")}]`,
        code: (bindings) => {
          const inputs = call.inputs.map((_, i) => bindings.input(i));
          const output = bindings.output(0);
          const fetch: Fetch = (input, index) =>
            lanes === 4 ? printByte(inputs[input]!.name, `(${index})`) : inputs[input]!.load(index);
          const type = { float32: "f32", int32: "i32", uint8: "u32" }[dtype];
          const element = `fn element(id: u32) -> ${type} {\n${coordinates(shape)}\n  ${body(fetch)}\n}`;
          const at = (lane: number) => `(element(id * 4u + ${lane}u) << ${8 * lane}u)`;
          const value = lanes === 4 ? [0, 1, 2, 3].map(at).join(" | ") : "element(id)";
          return element + flatMain(`(${count} + ${lanes - 1}u) / ${lanes}u`, `  ${output.store("id", value)}`);
        },
        workgroups: (rows) => flatWorkgroups(Math.ceil((batched ? rows * elements : elements) / lanes)),
      },
    ],
  };
}

/** One byte of an array of words. */
export function printByte(array: string, index: string): string {
  return `((${array}[${index} / 4u] >> (8u * (${index} % 4u))) & 255u)`;
}

function coordinates(shape: Shape): string {
  const strides = stridesOf(shape);
  return shape
    .map((size, axis) => `  let c${axis} = (id / ${strides[axis]}u)${axis === 0 ? "" : ` % ${size}u`};`)
    .join("\n");
}

const sumOf = (terms: readonly string[]) => terms.join(" + ") || "0u";
