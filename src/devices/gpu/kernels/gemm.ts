/**
 * The contract of matrix products C[m, n] = Σ A[m, k] · B[k, n]: matMul and, with operands that gather their values from images,
 * the convolutions.
 */
import { type JoinedCall, productSpec } from "../../epilogue.ts";
import { epilogueFunctions, printStore } from "../epilogue.ts";
import type { Bindings, GpuKernel, Shader, StorageArray } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";

/** The length of an axis, whole or for each row of the batch. */
export interface Extent {
  readonly size: number;
  readonly batched: boolean;
  /** Rows that the batch can have; 1 where it is not batched. */
  readonly capacity: number;
}

/**
 * How threads fetch the values of A[m, k] or B[k, n]. The axis other than k is the outer one. The position on each axis is
 * computed separately, as a vec4i with w ≥ 0, because many values share it.
 */
export interface Loader {
  /** Values per fetch: 4 where four values are adjacent, aligned and never cut by the end of the axis. */
  readonly width: 1 | 4;
  /** The axis along which the four values are adjacent. */
  readonly along: "outer" | "depth";
  /** WGSL expression (vec4i) of the position `at: u32` on the outer axis of the group's matrix. */
  readonly outer: string;
  /** WGSL expression (vec4i) of the position `at: u32` on k. */
  readonly depth: string;
  /** Whether the index of a value is the sum of the x of its two positions. */
  readonly sums: boolean;
  /** Within a run of `length` positions on k (undefined: all), each is the previous one plus `step` (vec4i). */
  readonly run: { readonly length: number | undefined; readonly step: string };
  /** WGSL statements that return the value (f32 or vec4f) at `o: vec4i` and `d: vec4i` from the array `source`. */
  value(source: StorageArray): string;
}

export interface Gemm {
  readonly label: string;
  /** Number of products whose columns are adjacent in C; WGSL reads the current one's number as `GROUP`. */
  readonly groups: number;
  /**
   * Products one after the other in C [stack, m, n], whose `m` and `k` do not follow the batch; WGSL reads the present one's number as
   * `MATRIX`. Default: there is one.
   */
  readonly stack?: Extent;
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

/** Products one after the other, with so many live rows. */
export const stackAt = ({ stack = oneMatrix }: Gemm, rows: number) => extentAt(stack, rows);

/** The values of C. */
export function resultExtent({ stack = oneMatrix, m, n, groups }: Gemm): Extent {
  const rows = stack.batched ? { ...stack, size: stack.size * m.size } : { ...m, size: stack.size * m.size };
  return { ...rows, size: rows.size * n * groups };
}

const oneMatrix: Extent = { size: 1, batched: false, capacity: 1 };

/** WGSL before the functions of an entry point: what loaders may read. */
export const loaderVariables = "var<private> GROUP: i32;\nvar<private> MATRIX: i32;";

/** WGSL that declares `number`, that of a workgroup among those of its matrix, and sets `MATRIX`; ends workgroups beyond the last. */
export function declareNumber({ stack }: Gemm, number: string, groupsOfMatrix: number): string {
  if (stack === undefined) return `  let number = ${number};`;
  return `  let matrix = (${number}) / ${groupsOfMatrix}u;
  if (matrix >= ${liveExtent(stack)}) { return; }
  MATRIX = i32(matrix);
  let number = (${number}) % ${groupsOfMatrix}u;`;
}

/** WGSL of the place in C where the product of this `MATRIX` and `GROUP` begins. */
export const resultStart = ({ stack, m, n, groups }: Gemm): string =>
  `${stack === undefined ? "" : `u32(MATRIX) * ${mostOf(m) * n * groups}u + `}u32(GROUP) * ${n}u`;

const SUM_THREADS = 64;

/**
 * A product whose sums `splits` workgroups share. If there are several, they store their parts in scratch 0, one output of `size`
 * after the other. A second dispatch adds the parts: `along` threads per value, whose sums are combined in a fixed order.
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
      total += ${source.load(`split * ${mostOf(size)}u + at`)};
    }
  }
${along === 1 ? `  if (inside) {\n    let sum = total;\n    ${store}\n  }` : meet}
}`;
}
