/** Iteration over a kernel's rows, the same in all modes. */

import { sizeOf } from "../../../base/shape.ts";
import { rowShape, type Spec } from "../../../ir/graph.ts";
import type { Call } from "../../../ir/program.ts";
import type { FunctionBuilder, Local } from "../assembler/function.ts";

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

/** Elements of one row of a batched value, or of all of any other value. */
export function rowSize(spec: Spec): number {
  return sizeOf(rowShape(spec));
}
