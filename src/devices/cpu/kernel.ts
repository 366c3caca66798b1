/** The contract of a CPU kernel: given a call whose shapes are known, it emits WebAssembly functions that do it. */
import type { JoinedCall } from "../epilogue.ts";
import type { FunctionRef, ModuleBuilder } from "./assembler/module.ts";

/** What kernels may use of the instruction set. */
export interface Features {
  /** `f32x4.relaxed_madd`: one rounding and one instruction where plain SIMD has two of each. */
  readonly relaxed: boolean;
  /**
   * V8 joins two vectors to one of 256 bits where the same is done to both and they lie side by side in memory: kernels then
   * take their vectors in pairs, whose loads all come before their stores, so that V8 sees that they belong together.
   */
  readonly wide: boolean;
}

/** Vectors that a kernel takes at a time where there are so many of them: a pair where the host joins pairs. */
export const vectorsAtOnce = ({ wide }: Features, vectors: number): number => (wide && vectors % 2 === 0 ? 2 : 1);

/**
 * An emitted kernel. Its function takes only i32: `(begin, end, rows, scratch, ...inputs, ...outputs)`, pointers in bytes.
 * - mode `map` and `accumulate`: `begin … end-1` are the batch's row numbers of this slice; pointers of batched operands stand
 *   at row `begin`. `accumulate` ADDS to its output, which the driver clears at the start of each chunk of rows.
 * - mode `whole`: `begin … end-1` is this worker's part of `0 … extent-1`; pointers stand at the start of the buffers;
 *   batched operands hold `rows` live rows.
 * `scratch` points at `scratchBytes` bytes of this worker's own, whose content is undefined.
 */
export interface EmittedKernel {
  readonly run: FunctionRef;
  /** Mode `accumulate`, for large outputs: SETS its output. The driver calls it for a chunk's first rows, and clears nothing. */
  readonly set?: FunctionRef;
  /** Mode `whole`, sums over rows: ADDS `rows` more rows, from where the pointers stand, to what `run` made of the rows before. */
  readonly add?: FunctionRef;
  readonly scratchBytes: number;
  /** Mode `whole`: length of the axis along which workers share the call. 1: one worker does it all. */
  readonly extent: number;
}

/** A call may have an epilogue only where `epilogue-options.ts` says that its kernel takes one. */
export type EmitKernel = (module: ModuleBuilder, call: JoinedCall, features: Features) => EmittedKernel;
