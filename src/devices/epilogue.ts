/**
 * Joins a product with the elementwise call that is its only reader (bias and activation; backward, the activation's mask), so
 * that the product's values need not go through memory. Devices decide which products can have an epilogue.
 */
import { sizeOf } from "../base/shape.ts";
import { e } from "../ir/expr.ts";
import type { Spec } from "../ir/graph.ts";
import type { Buffer, Call, Operand } from "../ir/program.ts";
import { type PrintedTape, printedTape } from "./approximations.ts";

/**
 * How an operand of the elementwise call relates to the product: one value, one value per column, or one per value of the
 * product.
 */
export type OperandKind = "single" | "column" | "full";

/** An input of the elementwise call: an operand, given by the joined call's input, or the product itself. */
export type Source =
  | { readonly kind: "product" }
  | { readonly kind: OperandKind /** Input of the joined call. */; readonly input: number };

/** An expression that is applied to each value of a product before it is stored. */
export interface Epilogue {
  /** Spec of the product's own output; the epilogue may use another shape. */
  readonly made: Spec;
  readonly tape: PrintedTape;
  readonly sources: readonly Source[];
}

/**
 * A product with an optional epilogue. Its outputs are then the epilogue's; its inputs are the product's, followed by the
 * epilogue's.
 */
export interface JoinedCall extends Call {
  readonly epilogue?: Epilogue;
  /** The planned product, without the epilogue. */
  readonly product?: Call;
}

export interface EpilogueOptions {
  /**
   * Kinds of operands that an epilogue of this product may read in addition to the product; undefined if it can have no epilogue.
   */
  operandKinds(product: Call): ReadonlySet<OperandKind> | undefined;
  /** Maximum inputs and outputs of a joined call. */
  readonly mostOperands: number;
  readonly mostOutputs: number;
  /** Longer expressions remain separate calls. */
  readonly mostInstructions: number;
}

/** The spec of the product itself, before an epilogue. */
export function productSpec({ epilogue, outputs }: JoinedCall): Spec {
  return epilogue?.made ?? outputs[0]!.spec;
}

/** Number of inputs of the calls that read each buffer. */
export function countReaders(calls: readonly Call[]): ReadonlyMap<Buffer, number> {
  const readers = new Map<Buffer, number>();
  for (const { buffer } of calls.flatMap(({ inputs }) => inputs)) readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  return readers;
}

/**
 * The calls in order, with products joined to the elementwise call that follows them where possible.
 *
 * @param readers the readers of all calls of the program, if `calls` is only a part
 */
export function joinEpilogues(
  calls: readonly Call[],
  options: EpilogueOptions,
  readers = countReaders(calls),
): JoinedCall[] {
  const joined: JoinedCall[] = [];
  const done = new Set<Call>();
  for (const [i, call] of calls.entries()) {
    if (done.has(call)) continue;
    const both = join(calls, i, readers, options);
    if (both === undefined) joined.push(call);
    else {
      joined.push(both.call);
      done.add(both.reader);
    }
  }
  return joined;
}

/** Joins the product at `at` with its only reader, which then runs earlier than planned. */
function join(
  calls: readonly Call[],
  at: number,
  readers: ReadonlyMap<Buffer, number>,
  { operandKinds, mostOperands, mostOutputs, mostInstructions }: EpilogueOptions,
): { readonly call: JoinedCall; readonly reader: Call } | undefined {
  const product = calls[at]!;
  const kinds = operandKinds(product);
  if (kinds === undefined) return undefined;
  const made = product.outputs[0]!;
  const isMade = ({ buffer }: Operand) => buffer === made.buffer;
  if (made.buffer.kind !== "slice" && made.buffer.kind !== "shared") return undefined;
  const place = calls.findIndex((call, i) => i > at && call.inputs.some(isMade));
  const next = calls[place];
  if (next?.op.elementwise === undefined || next.inputs.filter(isMade).length !== readers.get(made.buffer))
    return undefined;
  const target = next.outputs[0]!.spec;
  if (next.outputs.length > mostOutputs) return undefined;
  if (sizeOf(target.shape) !== sizeOf(made.spec.shape) || target.batched !== made.spec.batched) return undefined;
  for (const between of calls.slice(at + 1, place)) {
    if (between.outputs.some(({ buffer }) => next.inputs.some((input) => overlap(buffer, input.buffer))))
      return undefined;
    const touched = [...between.inputs, ...between.outputs];
    if (touched.some(({ buffer }) => next.outputs.some((output) => overlap(buffer, output.buffer)))) return undefined;
  }

  const inputs = [...product.inputs];
  const sources: Source[] = [];
  for (const operand of next.inputs) {
    if (operand.buffer === made.buffer) sources.push({ kind: "product" });
    else {
      const kind = kindOf(operand, target, made.spec.shape.at(-1));
      if (kind === undefined || !kinds.has(kind)) return undefined;
      sources.push({ kind, input: inputs.push(operand) - 1 });
    }
  }
  // A thread writes outputs while others still read the product's inputs. One buffer can be bound as one type only.
  const own = product.inputs.map(({ buffer }) => buffer);
  const others = [...inputs.slice(own.length), ...next.outputs];
  if (others.some(({ buffer }) => own.some((input) => overlap(buffer, input)))) return undefined;
  const full = sources.flatMap((source) => (source.kind === "full" ? [inputs[source.input]!.buffer] : []));
  // A thread may overwrite a value that only it reads.
  for (const [k, { buffer }] of others.entries())
    for (const { buffer: other } of others.slice(k + 1))
      if (overlap(buffer, other) && !(full.includes(buffer) && samePlace(buffer, other))) return undefined;

  const leaves = next.inputs.map((_, k) => e.input(k));
  const tape = printedTape(next.op.elementwise(leaves, next.attrs));
  if (tape.code.length > mostInstructions) return undefined;
  if (inputs.length + next.outputs.length > mostOperands) return undefined;
  const epilogue = { made: made.spec, tape, sources };
  return { call: { ...product, inputs, outputs: next.outputs, epilogue, product }, reader: next };
}

function kindOf({ spec }: Operand, target: Spec, columns: number | undefined): OperandKind | undefined {
  const size = sizeOf(spec.shape);
  if (spec.dtype !== "float32") return undefined;
  if (spec.batched === target.batched && size === sizeOf(target.shape)) return "full";
  if (spec.batched) return undefined;
  if (size === 1) return "single";
  return size === columns && size === spec.shape.at(-1) && size === target.shape.at(-1) ? "column" : undefined;
}

export function overlap(a: Buffer, b: Buffer): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.kind === "variable") return false;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

/** Whether two operands use the same bytes: the same value, or an output that overwrites an input. */
export function samePlace(a: Buffer, b: Buffer): boolean {
  if (a === b) return true;
  return a.kind === b.kind && a.kind !== "variable" && a.offset === b.offset;
}
