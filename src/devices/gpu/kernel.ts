/** The contract of a GPU kernel: one call of a program in, WGSL shaders and their workgroup counts out. */
import type { JoinedCall } from "../epilogue.ts";

/** Features that decide between kernels. */
export interface Features {
  readonly subgroups: boolean;
  /** The GPU is a software renderer: threads are vector lanes of the CPU, and there are few cores. */
  readonly software: boolean;
}

/** How a shader sees the float32 values of a buffer. `vec4f` needs a row length that is a multiple of 4. */
export type ElementType = "f32" | "vec4f";

/** A storage array of a shader. Kernels compute in float32 whatever the array holds: what they load and store is converted. */
export interface StorageArray {
  readonly name: string;
  /** WGSL of the element at an index: a float32 or vec4f, an i32, or a u32 of four bytes. */
  load(index: string): string;
  /** WGSL statement that sets the element. */
  store(index: string, value: string): string;
}

/**
 * The storage arrays of one shader. Requesting one declares it: `var<storage, read_write> NAME: array<ELEMENT>`. int32 buffers are
 * always `array<i32>`, uint8 buffers `array<u32>` of four packed bytes, halves `array<f16>`. Two operands in the same buffer are one
 * array, because WebGPU does not allow to bind a writable range twice; they must be requested with the same type.
 */
export interface Bindings {
  input(index: number, type?: ElementType): StorageArray;
  output(index: number, type?: ElementType): StorageArray;
  /** Scratch shared only by the dispatches of this call, by its index in `GpuKernel.scratch`. */
  scratch(index: number, type?: ElementType): StorageArray;
}

/** One dispatch. */
export interface Shader {
  /** Shown in errors, captures and profiles, e.g. `conv2d 26x26x64`. */
  readonly label: string;
  /**
   * Module-level WGSL with an entry point `main`. The device prepends the bindings and `struct Step { rows: u32 }  var<uniform>
   * step: Step;`, which holds the number of live rows.
   */
  code(bindings: Bindings): string;
  /** Whether the code uses subgroup operations. */
  readonly subgroups?: boolean;
  /** Workgroups for a number of live rows; at most 65535 per axis. */
  workgroups(rows: number): readonly [x: number, y: number, z: number];
}

export interface GpuKernel {
  readonly shaders: readonly Shader[];
  /** Float32 elements of each scratch buffer that the shaders share. */
  readonly scratch?: readonly number[];
}

/**
 * Batched operands hold `capacity` rows (axis 0 of their spec). Rows from `step.rows` on are undefined and must not be summed.
 */
export type EmitKernel = (call: JoinedCall, features: Features) => GpuKernel;
