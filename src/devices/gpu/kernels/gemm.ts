/**
 * The contract of matrix products C[m, n] = Σ A[m, k] · B[k, n]: matMul and, with operands that gather their values from images,
 * the convolutions.
 */
import { type JoinedCall, productSpec } from "../../epilogue.ts";
import { epilogueFunctions, printStore } from "../epilogue.ts";
import type { Bindings, GpuKernel, Shader } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";

/** The length of an axis, whole or for each row of the batch. */
export interface Extent {
  readonly size: number;
  readonly batched: boolean;
  /** Rows that the batch can have; 1 where it is not batched. */
  readonly capacity: number;
}

/**
 * How the threads fetch the values of A[m, k] or B[k, n]. The axis that is not k is the outer one. A place on either axis is made
 * ready apart, as a vec4i whose w is not negative, since many values share it.
 */
export interface Loader {
  /** Values in one fetch: 4 where so many lie side by side, aligned and never cut by the end of the axis. */
  readonly width: 1 | 4;
  /** The axis along which the four lie. */
  readonly along: "outer" | "depth";
  /** WGSL expression (vec4i) of `at: u32`, a place on the outer axis of the group's matrix. */
  readonly outer: string;
  /** WGSL expression (vec4i) of `at: u32`, a place on k. */
  readonly depth: string;
  /** Whether the value at two places is the one at the sum of their x. */
  readonly sums: boolean;
  /** Within a run of `length` places on k (undefined: all of them) each is the one before plus `step` (vec4i). */
  readonly run: { readonly length: number | undefined; readonly step: string };
  /** WGSL statements that return the value at `o: vec4i` and `d: vec4i` (f32 or vec4f) from the array `source`. */
  value(source: string): string;
}

export interface Gemm {
  readonly label: string;
  /** Products side by side, whose columns lie next to each other in C; WGSL reads the present one's number as `GROUP`. */
  readonly groups: number;
  readonly m: Extent;
  /** Columns of one group. */
  readonly n: number;
  readonly k: Extent;
  readonly a: Loader;
  readonly b: Loader;
}

export const mostOf = ({ size, capacity }: Extent) => size * capacity;
export const liveExtent = ({ size, batched }: Extent) => (batched ? `step.rows * ${size}u` : `${size}u`);
export const extentAt = ({ size, batched }: Extent, rows: number) => (batched ? rows * size : size);

export const times = <T>(count: number, each: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => each(i));

const SUM_THREADS = 64;

/**
 * A product whose sums `splits` workgroups share: where they are several, they leave their parts in scratch 0, one output of
 * `size` after the other, and a second dispatch adds them up: `along` threads for each value, that meet in a fixed order.
 */
export function withSplitSum(call: JoinedCall, product: Shader, splits: number, size: Extent, along: 1 | 4): GpuKernel {
  if (splits === 1) return { shaders: [product] };
  const across = SUM_THREADS / along;
  const sum: Shader = {
    label: `${product.label}, splits`,
    code: (bindings) => printSplitSum(call, bindings, splits, size, along),
    workgroups: (rows) => foldWorkgroups(Math.ceil(extentAt(size, rows) / across)),
  };
  return { shaders: [product, sum], scratch: [splits * mostOf(size)] };
}

function printSplitSum(call: JoinedCall, bindings: Bindings, splits: number, size: Extent, along: 1 | 4): string {
  const across = SUM_THREADS / along;
  const source = bindings.scratch(0);
  const store = printStore(call, bindings, 1, "sum", "at", `(at % ${productSpec(call).shape.at(-1)}u)`);
  const meet = `  parts[thread] = total;
  workgroupBarrier();
  if (inside && thread < ${across}u) {
    let sum = ${times(along, (i) => `parts[column + ${i * across}u]`).join(" + ")};
    ${store}
  }`;
  return `${epilogueFunctions(call, 1)}
${along === 1 ? "" : `var<workgroup> parts: array<f32, ${SUM_THREADS}>;`}

@compute @workgroup_size(${SUM_THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let column = thread % ${across}u;
  let at = (${foldedGroup}) * ${across}u + column;
  let inside = at < ${liveExtent(size)};
  var total = 0.0;
  if (inside) {
    for (var split = thread / ${across}u; split < ${splits}u; split += ${along}u) {
      total += ${source}[split * ${mostOf(size)}u + at];
    }
  }
${along === 1 ? `  if (inside) {\n    let sum = total;\n    ${store}\n  }` : meet}
}`;
}
