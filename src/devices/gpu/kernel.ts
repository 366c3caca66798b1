/** The contract of a GPU kernel: one call of a program in, WGSL shaders and their workgroup counts out. */
import type { JoinedCall } from "../epilogue.ts";

/** What kernels are chosen by. */
export interface Features {
  readonly subgroups: boolean;
  /** The processor plays GPU: threads are lanes of its vectors, and there are few cores. */
  readonly software: boolean;
}

/** How a shader sees the float32 values of a buffer. `vec4f` needs a row length that is a multiple of 4. */
export type ElementType = "f32" | "vec4f";

/**
 * Names the storage arrays of one shader. Asking for one declares it: `var<storage, read_write> NAME: array<ELEMENT>`; int32
 * buffers are `array<i32>`, uint8 buffers `array<u32>` of four packed bytes, whatever is asked. Two operands that are the same
 * buffer get the same name, since WebGPU forbids to bind a writable range twice; they must be asked for as the same type.
 */
export interface Bindings {
  input(index: number, type?: ElementType): string;
  output(index: number, type?: ElementType): string;
  /** Scratch that only the dispatches of this call see, by its index in `GpuKernel.scratch`. */
  scratch(index: number, type?: ElementType): string;
}

/** One dispatch. */
export interface Shader {
  /** Shown in errors, captures and profiles, e.g. `conv2d 26x26x64`. */
  readonly label: string;
  /**
   * Module-level WGSL with an entry point `main`. The device puts the bindings before it, and
   * `struct Step { rows: u32 }  var<uniform> step: Step;` with the rows that are live.
   */
  code(bindings: Bindings): string;
  /** Whether the code uses subgroup operations. */
  readonly subgroups?: boolean;
  /** Workgroups for so many live rows; each at most 65535. */
  workgroups(rows: number): readonly [x: number, y: number, z: number];
}

export interface GpuKernel {
  readonly shaders: readonly Shader[];
  /** Float32 elements of each scratch buffer that the shaders share. */
  readonly scratch?: readonly number[];
}

/** Batched operands hold `capacity` rows (axis 0 of their spec); those from `step.rows` on are garbage and must not be summed. */
export type EmitKernel = (call: JoinedCall, features: Features) => GpuKernel;
