/**
 * What the compiler hands to a device: buffers with places, and phases of calls. The only meeting point of compile/ and devices/.
 *
 * In a phase of kind "rows" the batch's rows are cut into chunks, and a worker carries `sliceRows` or fewer of its chunk at a time
 * through ALL calls of the phase, so that activations stay in its cache; what a call sums over rows goes into the chunk's own
 * partial buffer. In a phase of kind "whole" the workers share each call (a device splits it over its output). Phases are separated by
 * barriers, and no call of a whole phase reads what another call of the same phase writes. Where one worker takes the whole batch
 * at once (`Traits.wholeBatch`), calls of mode `whole` stand in the rows phase among the others.
 */
import type { TypedArray } from "../base/dtype.ts";
import { type Graph, type Node, type Origin, type Spec, type Sym, withRows } from "./graph.ts";
import type { Op } from "./op.ts";

/**
 * Where a buffer lives:
 * - `variable`: on the device between steps, placed by the device, known by name;
 * - `input`, `output`: in the step's slot, so that the next batch can be written while this one is computed;
 * - `constant`: filled once when the program is loaded;
 * - `shared`: once per program; batched values at full capacity, whole values;
 * - `slice`: once per worker, room for `sliceRows` rows, alive within one rows phase;
 * - `partial`: once per chunk of rows, the chunk's share of a sum over rows.
 */
export type BufferKind = "variable" | "input" | "output" | "constant" | "shared" | "slice" | "partial";

export interface Buffer {
  readonly id: number;
  readonly kind: BufferKind;
  readonly spec: Spec;
  /** Bytes from the start of its kind's region (`regions`). */
  readonly offset: number;
  readonly bytes: number;
  /** Name of a variable, an input or an output. */
  readonly name?: string;
  /** Content of a constant. */
  readonly data?: TypedArray;
}

/** A buffer as one call sees it: a view may read the same bytes under another shape. */
export interface Operand {
  readonly buffer: Buffer;
  readonly spec: Spec;
}

/**
 * - `map`: rows in, the same rows out (rows phase);
 * - `accumulate`: adds this slice's sum over rows to its chunk's partial (rows phase);
 * - `whole`: reads and writes complete buffers (whole phase); batched inputs hold all live rows;
 * - `combine`: sums the chunks' partials of its input, in their order (whole phase).
 */
export type CallMode = "map" | "accumulate" | "whole" | "combine";

export interface Call {
  readonly op: Op;
  readonly attrs: object;
  readonly mode: CallMode;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /** A whole call that sums over rows and may be begun in the rows phase before its own: nobody else needs the place of its output then. */
  readonly early?: true;
  /** What it was written for; of what was fused, the first. */
  readonly origin?: Origin | undefined;
}

export interface Phase {
  readonly kind: "rows" | "whole";
  readonly calls: readonly Call[];
}

/** Regions whose size the plan decides; `slice` is per worker, `partial` per chunk of rows, `slot` per step in flight. */
export interface Regions {
  readonly slot: number;
  readonly constant: number;
  readonly shared: number;
  readonly slice: number;
  readonly partial: number;
}

export interface Program {
  /** The most rows that a step can carry. */
  readonly capacity: number;
  readonly sliceRows: number;
  readonly buffers: readonly Buffer[];
  readonly phases: readonly Phase[];
  /**
   * How many phases at the start compute from variables alone, in a program that changes none: what they make stays in its place,
   * and need not be made again before a variable gets another value.
   */
  readonly prepared: number;
  readonly regions: Regions;
}

/** A node of a graph said in other ops, ones of the device's own among them; undefined: as it is. The inputs are the new graph's. */
export type Lower = (node: Node, inputs: readonly Sym[], graph: Graph) => readonly Sym[] | undefined;

/** What the compiler must know of a device. */
export interface Traits {
  /** Rows that a worker carries through a phase at most at a time; Infinity: the whole batch is one slice. */
  readonly sliceRows: number;
  /** Rows are halved while the buffers of a slice take more than this. Default: never. */
  readonly sliceBytes?: number;
  /**
   * One worker runs every call over the whole batch, one after the other: then a sum over rows is complete at once, and all calls
   * form one rows phase, in which values live from their first to their last use.
   */
  readonly wholeBatch?: true;
  /** Ops with an own kernel, among those that could be decomposed. */
  readonly kernels: ReadonlySet<string>;
  /** Faster ways that the device has for some shapes; asked once for every node, before composite ops are taken apart. */
  readonly lower?: Lower;
  /** The most inputs and outputs that a call has into which chains of elementwise ops are merged; 0: they are not. */
  readonly fusedOperands: number;
  /** Every buffer starts at a multiple of this many bytes. */
  readonly alignment: number;
  /** Bytes that kernels may read beyond the end of a buffer. */
  readonly slack: number;
  /** No buffer lies across a multiple of so many bytes of its region, unless it is larger. Default: a region is one stretch. */
  readonly page?: number;
}

/** Floating-point operations of one call over `rows` rows; 0 where the op does not say. */
export function callFlops(call: Call, rows: number): number {
  const specs = (operands: readonly Operand[]) => operands.map(({ spec }) => withRows(spec, rows));
  const { op, attrs } = call;
  return op.flops?.({ attrs, inputs: specs(call.inputs), outputs: specs(call.outputs), firstRow: 0 }) ?? 0;
}
