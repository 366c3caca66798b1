/** The contract of a device: programs in, numbers out. */
import type { TypedArray } from "../base/dtype.ts";
import type { Shape } from "../base/shape.ts";
import type { Program, Traits } from "./program.ts";

/** Values fed to one step by input name. Batched inputs hold at least `rows` rows; `rows` itself is fed by the device. */
export type Feeds = Readonly<Record<string, TypedArray>>;

/** Host copies of a step's outputs; batched ones are cut to the live rows. */
export type Outputs = Readonly<Record<string, TypedArray>>;

/** A program that is ready to run. */
export interface Executable {
  /**
   * Runs one step with the first `rows` rows of the feeds. Feeds are copied before the call returns. Steps run in the order
   * of the calls; a caller may have `stepsInFlight` of them pending. Rejects when the device fails.
   */
  run(feeds: Feeds, rows: number): Promise<Outputs>;
  /** Steps that may be pending at a time. */
  readonly stepsInFlight: number;
  /** Bytes that this program holds on the device, by region. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Frees what the program holds; the executable must not be used afterwards. */
  release(): void;
}

export interface Device {
  /** "cpu", "gpu" or "reference". */
  readonly name: string;
  /** What it is, for people: threads, instruction set, adapter. */
  readonly description: string;
  /** A GPU that is a program on the CPU. */
  readonly isSoftware?: boolean;
  readonly traits: Traits;
  /** Makes room for a float32 variable, zero-filled; a second call with the same name does nothing. */
  addVariable(name: string, shape: Shape): void;
  /** Sets a variable between steps. */
  write(name: string, values: Float32Array): Promise<void>;
  /** A copy of a variable's values after all steps that were started. */
  read(name: string): Promise<Float32Array>;
  load(program: Program): Promise<Executable>;
  /** Stops workers and frees memory. Steps in flight are rejected. */
  dispose(): void;
}
