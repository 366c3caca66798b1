/**
 * The compiler's output for a device: buffers with offsets, and phases of calls. It is the only interface between compile/ and
 * devices/.
 *
 * In a phase of kind "rows" the batch's rows are cut into chunks. A worker carries at most `sliceRows` rows of its chunk at a
 * time through ALL calls of the phase, so that activations stay in its cache. Sums over rows are added to the chunk's own partial
 * buffer. In a phase of kind "whole" the workers share each call (a device splits it over its output). Barriers separate the
 * phases, and no call of a whole phase reads what another call of the same phase writes. If one worker runs the whole batch at
 * once (`Traits.wholeBatch`), calls of mode `whole` are in the rows phase too.
 */
import { bytesPerElement, type TypedArray } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import { type Graph, type Node, type Origin, type Spec, type Sym, withRows } from "./graph.ts";
import type { Op } from "./op.ts";

/**
 * Where a buffer lives:
 * - `variable`: on the device between steps, placed by the device, identified by name;
 * - `input`, `output`: in the step's slot, so that the next batch can be written while this one is computed;
 * - `constant`: filled once when the program is loaded;
 * - `shared`: once per program; batched values at full capacity, whole values;
 * - `slice`: once per worker, room for `sliceRows` rows, live within one rows phase;
 * - `partial`: once per chunk of rows, the chunk's share of a sum over rows.
 */
export type BufferKind = "variable" | "input" | "output" | "constant" | "shared" | "slice" | "partial";

export interface Buffer {
  readonly id: number;
  readonly kind: BufferKind;
  readonly spec: Spec;
  /** Bytes from the start of the region of its kind (`regions`). */
  readonly offset: number;
  readonly bytes: number;
  /** Its float32 values are stored as float16, in two bytes each. */
  readonly half?: true;
  /** Name of a variable, an input or an output. */
  readonly name?: string;
  /** Content of a constant. */
  readonly data?: TypedArray;
}

/** Bytes of a float16. */
export const HALF_BYTES = 2;

/** A buffer as one call uses it: a view may read the same bytes under another shape. */
export interface Operand {
  readonly buffer: Buffer;
  readonly spec: Spec;
}

/**
 * - `map`: rows in, the same rows out (rows phase);
 * - `accumulate`: adds this slice's sum over rows to its chunk's partial (rows phase);
 * - `whole`: reads and writes complete buffers (whole phase); batched inputs hold all live rows;
 * - `combine`: sums the chunks' partials of its input, in chunk order (whole phase);
 * - `exchange`: its operands, which lie side by side, become their sums over all processes, in place (whole phase).
 */
export type CallMode = "map" | "accumulate" | "whole" | "combine" | "exchange";

export interface Call {
  readonly op: Op;
  readonly attrs: object;
  readonly mode: CallMode;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /**
   * A whole call that sums over rows. May start during the preceding rows phase, because its output buffer is not used by anyone
   * else there.
   */
  readonly early?: true;
  /** The part of the model that emitted it; the first one for a fused call. */
  readonly origin?: Origin | undefined;
}

export interface Phase {
  readonly kind: "rows" | "whole";
  /** Kind rows: maximum rows of a slice. */
  readonly sliceRows?: number;
  readonly calls: readonly Call[];
}

/** Region sizes that the plan decides; `slice` is per worker, `partial` per chunk of rows, `slot` per step in flight. */
export interface Regions {
  readonly slot: number;
  readonly constant: number;
  readonly shared: number;
  readonly slice: number;
  readonly partial: number;
}

export interface Program {
  /** Maximum rows of a step. */
  readonly capacity: number;
  readonly buffers: readonly Buffer[];
  readonly phases: readonly Phase[];
  /**
   * The number of first phases that compute from variables alone, in a program that changes none. Their results are kept and
   * recomputed only after a variable has changed.
   */
  readonly prepared: number;
  readonly regions: Regions;
}

/** Rewrites a node in other ops, including the device's own; undefined: keep it. `inputs` belong to the new graph. */
export type Lower = (node: Node, inputs: readonly Sym[], graph: Graph) => readonly Sym[] | undefined;

/** The properties of a device that the compiler uses. */
export interface Traits {
  /** Maximum rows of a worker's slice; Infinity: the whole batch is one slice. */
  readonly sliceRows: number;
  /** The rows of a slice are halved while its buffers take more bytes than this. Default: never. */
  readonly sliceBytes?: number;
  /**
   * Bytes of a slice's buffers that stay in a worker's cache. In predictions, layers whose weights are larger than their images may
   * then have slices of more rows than those before them. Default: all have the same.
   */
  readonly cachedBytes?: number;
  /**
   * One worker runs every call over the whole batch in sequence. A sum over rows is then complete at once, and all calls form one
   * rows phase, in which values are live from their first to their last use.
   */
  readonly wholeBatch?: true;
  /** The decomposable ops for which the device has a kernel. */
  readonly kernels: ReadonlySet<string>;
  /** The device's faster forms of a node for some shapes; called once for every node, before composite ops are decomposed. */
  readonly lower?: Lower;
  /** Maximum inputs and outputs of a call that fuses several elementwise ops; 0: no fusion. */
  readonly fusedOperands: number;
  /** Alignment of every buffer in bytes. */
  readonly alignment: number;
  /** Values of this precision are stored as float16. Default: they stay float32. */
  readonly float16?: boolean;
  /** Bytes that kernels may read beyond the end of a buffer. */
  readonly slack: number;
  /** No buffer crosses a multiple of this many bytes of its region, unless it is larger. Default: regions have no pages. */
  readonly page?: number;
}

/** Whether a program exchanges numbers with other processes. */
export function exchanges({ phases }: Program): boolean {
  return phases.some(({ calls }) => calls.some(({ mode }) => mode === "exchange"));
}

/** Whether a step writes a variable. */
export function setsVariables({ phases }: Program): boolean {
  return phases.some(({ calls }) =>
    calls.some(({ outputs }) => outputs.some(({ buffer }) => buffer.kind === "variable")),
  );
}

/** Floating-point operations of one call over `rows` rows; 0 if the op does not state them. */
export function callFlops(call: Call, rows: number): number {
  const specs = (operands: readonly Operand[]) => operands.map(({ spec }) => withRows(spec, rows));
  const { op, attrs } = call;
  return op.flops?.({ attrs, inputs: specs(call.inputs), outputs: specs(call.outputs), firstRow: 0 }) ?? 0;
}

/** Bytes that one call over `rows` rows reads and writes, each value once. */
export function callBytes({ op, inputs, outputs }: Call, rows: number): number {
  const total = (operands: readonly Operand[]) =>
    [...new Map(operands.map((operand) => [operand.buffer, operand])).values()].reduce(
      (sum, { buffer, spec }) =>
        sum + (buffer.half ? HALF_BYTES : bytesPerElement[spec.dtype]) * sizeOf(withRows(spec, rows).shape),
      0,
    );
  const [first, ...others] = inputs;
  const read = total(inputs);
  if (!op.picks || first === undefined) return read + total(outputs);
  return Math.min(read, total(outputs) + total(others)) + total(outputs);
}

/** Name of an output of a program whose outputs are a list. */
export function outputName(index: number): string {
  return `y${index}`;
}

/** Specs of the outputs of such a program, in order. */
export function outputSpecs({ buffers }: Program): Spec[] {
  const named = new Map(buffers.filter(({ kind }) => kind === "output").map(({ name, spec }) => [name, spec]));
  return [...named.keys()].map((_, i) => named.get(outputName(i))!);
}
