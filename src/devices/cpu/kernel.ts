/** The contract of a CPU kernel: it emits the WebAssembly functions that compute a call of known shapes. */

import type { FunctionRef, ModuleBuilder } from "../../assembler/module.ts";
import type { JoinedCall } from "../epilogue.ts";

/** Instruction set features that kernels may use. */
export interface Features {
  /** `f32x4.relaxed_madd`: one rounding and one instruction where plain SIMD has two of each. */
  readonly relaxed: boolean;
  /**
   * V8 joins two vectors to one of 256 bits where both get the same instruction and are adjacent in memory. Kernels then process
   * vectors in pairs, with all loads before the stores, so that V8 can match them.
   */
  readonly wide: boolean;
}

/** Vectors that a kernel processes at a time: a pair where the host joins pairs and there are at least two. */
export const vectorsAtOnce = ({ wide }: Features, vectors: number): number => (wide && vectors % 2 === 0 ? 2 : 1);

/**
 * An emitted kernel. Its function takes only i32: `(begin, end, rows, scratch, ...inputs, ...outputs)`, pointers in bytes.
 * - mode `map` and `accumulate`: `begin … end-1` are the batch's row numbers of this slice; pointers of batched operands point at
 *   row `begin`. `accumulate` ADDS to its output, which the driver clears at the start of each chunk of rows.
 * - mode `whole`: `begin … end-1` is this worker's part of `0 … extent-1`; pointers point at the start of the buffers; batched
 *   operands hold `rows` live rows. `scratch` points at `scratchBytes` bytes that belong to this worker; their content is
 *   undefined.
 */
export interface EmittedKernel {
  readonly run: FunctionRef;
  /**
   * Mode `accumulate`, for large outputs: SETS its output. The driver calls it for a chunk's first rows instead of clearing the
   * output.
   */
  readonly set?: FunctionRef;
  /**
   * Mode `whole`, sums over rows: ADDS `rows` more rows, which start at the pointers, to the result of `run` for the earlier
   * rows.
   */
  readonly add?: FunctionRef;
  readonly scratchBytes: number;
  /** Mode `whole`: length of the axis that workers share. 1: one worker computes the whole call. */
  readonly extent: number;
}

/** A call has an epilogue only if `epilogue-options.ts` allows it for its kernel. */
export type EmitKernel = (module: ModuleBuilder, call: JoinedCall, features: Features) => EmittedKernel;

/** Where a kernel comes from: at hand, or loaded when it is asked for. */
export type KernelSource = () => EmitKernel | Promise<EmitKernel>;
