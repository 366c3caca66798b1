/** The contract of a device: programs in, numbers out. */
import type { DType, TypedArray } from "../base/dtype.ts";
import type { Shape } from "../base/shape.ts";
import { firstRowInput, meanOverInput, rowsInput } from "./graph.ts";
import type { Group } from "./group.ts";
import type { Program, Traits } from "./program.ts";

/** Values of one step's inputs, by name. Batched inputs hold at least `rows` rows; the device itself feeds `rows` and `meanOver`. */
export type Feeds = Readonly<Record<string, TypedArray>>;

/** Host copies of a step's outputs; batched ones hold the live rows only. */
export type Outputs = Readonly<Record<string, TypedArray>>;

/** The place of this process's rows in a batch that several processes compute together. */
export interface BatchShare {
  /** Number in the batch of this process's first row. */
  readonly firstRow: number;
  /** Rows of the whole batch. */
  readonly batchRows: number;
}

/** The value of an input that the device feeds by itself; undefined for the others. */
export function ownInput(name: string, rows: number, share?: BatchShare): number | undefined {
  if (name === rowsInput) return rows;
  if (name === firstRowInput) return share?.firstRow ?? 0;
  return name === meanOverInput ? (share?.batchRows ?? rows) : undefined;
}

/** A program that is ready to run. */
export interface Executable {
  /**
   * Runs one step with the first `rows` rows of the feeds; of a program that is shared with other processes, 0 or more. Feeds are copied before the call returns. Steps run in call order; up
   * to `stepsInFlight` may be pending. Rejects if the device fails.
   *
   * @param share where other processes compute other rows of the batch; means of losses are divided by the rows of all
   */
  run(feeds: Feeds, rows: number, share?: BatchShare): Promise<Outputs>;
  /** Maximum pending steps. */
  readonly stepsInFlight: number;
  /** Bytes of this program on the device, by region. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Frees the program's memory; the executable must not be used afterwards. */
  release(): void;
}

export interface Device {
  /** "cpu", "gpu" or "reference". */
  readonly name: string;
  /** The processes among which each batch is divided; undefined where this one computes all of it. */
  readonly group?: Group | undefined;
  /** Display text: threads, instruction set, adapter. */
  readonly description: string;
  /** Whether steps run on the calling thread, which then does nothing else. */
  readonly onCallingThread?: boolean;
  /** What the user did not ask for and should know of how it runs here. */
  readonly notice?: string | undefined;
  /** The GPU is a software renderer on the CPU. */
  readonly isSoftware?: boolean;
  readonly traits: Traits;
  /** Why nothing runs on it any more; undefined while it works. Variables can still be read. */
  readonly failure?: Error | undefined;
  /** Allocates a variable, filled with zeros; a second call with the same name does nothing. @param dtype default float32 */
  addVariable(name: string, shape: Shape, dtype?: DType): void;
  /** Sets a variable between steps; `values` are of its dtype. */
  write(name: string, values: TypedArray): Promise<void>;
  /** A copy of a variable's values after all started steps. */
  read(name: string): Promise<TypedArray>;
  /** The same at once; undefined while steps are in flight. Devices whose memory is out of the host's reach lack it. */
  readNow?(name: string): TypedArray | undefined;
  load(program: Program): Promise<Executable>;
  /** Stops workers and frees memory. Steps in flight reject. */
  dispose(): void;
}
