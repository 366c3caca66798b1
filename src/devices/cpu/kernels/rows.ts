/** Iteration over a kernel's rows, the same in all modes. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import { rowShape, type Spec } from "../../../ir/graph.ts";
import type { Call } from "../../../ir/program.ts";

/** The parameters of every kernel; see EmittedKernel. */
export interface KernelParams {
  readonly begin: Local;
  readonly end: Local;
  readonly rows: Local;
  readonly scratch: Local;
  /** Inputs, then outputs. */
  readonly pointers: readonly Local[];
}

export const kernelParams = ({ inputs, outputs }: Call): "i32"[] =>
  new Array<"i32">(4 + inputs.length + outputs.length).fill("i32");

export function namedParams([begin, end, rows, scratch, ...pointers]: readonly Local[]): KernelParams {
  return { begin: begin!, end: end!, rows: rows!, scratch: scratch!, pointers };
}

/** Bytes of one row (of axis 0, batched or not). */
export function leadingRowBytes({ shape }: Spec): number {
  return 4 * sizeOf(shape.slice(1));
}

/**
 * Runs `body` for each of the kernel's images, with pointers at the image: rows of the batch in rows phases, axis 0 in whole
 * phases. `moved` lists the operands with one row per image, and the bytes of a row.
 */
export function forEachRow(
  f: FunctionBuilder,
  call: Call,
  { begin, end }: KernelParams,
  moved: readonly { readonly pointer: Local; readonly bytes: number }[],
  body: () => void,
): void {
  if (call.mode === "whole")
    for (const { pointer, bytes } of moved)
      f.get(pointer).get(begin).i32(bytes).op("i32.mul").op("i32.add").set(pointer);
  const at = f.local("i32");
  f.get(begin).set(at);
  f.forLoop(at, end, 1, () => {
    body();
    for (const { pointer, bytes } of moved) f.get(pointer).i32(bytes).op("i32.add").set(pointer);
  });
}

/** Lines of an image, first … end−1: each a number, or known at run time only. */
export interface LineRange {
  readonly first: Local | number;
  readonly end: Local | number;
}

/** Whether `begin … end-1` are lines of the only image, and not images: a single image is shared by its lines. */
export function sharesLines({ mode, outputs }: Call): boolean {
  return mode === "whole" && outputs[0]!.spec.shape[0] === 1;
}

/** Length of the axis that workers share: images, or the lines of the only one. */
export function imageExtent(call: Call, lines: number): number {
  return sharesLines(call) ? lines : call.outputs[0]!.spec.shape[0]!;
}

/** As `forEachRow`; the body computes a range of the image's `lines` lines, all of them where workers share images. */
export function forEachImage(
  f: FunctionBuilder,
  call: Call,
  params: KernelParams,
  lines: number,
  moved: readonly { readonly pointer: Local; readonly bytes: number }[],
  body: (range: LineRange) => void,
): void {
  if (sharesLines(call)) body({ first: params.begin, end: params.end });
  else forEachRow(f, call, params, moved, () => body({ first: 0, end: lines }));
}

/** Which lines windows read: window i reads `extent` of them from i · step − before on. */
export interface Reach {
  readonly step: number;
  readonly before: number;
  readonly extent: number;
}

/** The lines of an image of `height` lines that a range of windows reads. */
export function linesUnder(f: FunctionBuilder, range: LineRange, height: number, reach: Reach): LineRange {
  const { step, before, extent } = reach;
  const { first, end } = range;
  if (typeof first === "number" || typeof end === "number") return { first: 0, end: height };
  const [from, to] = [f.local("i32"), f.local("i32")];
  f.get(first).i32(step).op("i32.mul").i32(before).op("i32.sub").tee(from);
  f.i32(0).get(from).i32(0).op("i32.gt_s").op("select").set(from);
  f.get(end).i32(1).op("i32.sub").i32(step).op("i32.mul");
  f.i32(extent - before)
    .op("i32.add")
    .tee(to);
  f.i32(height).get(to).i32(height).op("i32.lt_s").op("select").set(to);
  return { first: from, end: to };
}

/** Pushes a number that is known now or at run time. */
export function pushNumber(f: FunctionBuilder, value: Local | number): FunctionBuilder {
  return typeof value === "number" ? f.i32(value) : f.get(value);
}

/** Pushes base + line · bytes. */
export function pushLine(f: FunctionBuilder, base: Local, line: Local | number, bytes: number): void {
  f.get(base);
  if (line !== 0) pushNumber(f, line).i32(bytes).op("i32.mul").op("i32.add");
}

/** Elements of one row of a batched value, or of all of any other value. */
export function rowSize(spec: Spec): number {
  return sizeOf(rowShape(spec));
}
