/**
 * Joins a product with the elementwise call that alone reads it (bias and activation; backward, the activation's mask): the
 * product's values then never travel through memory. Which products can take an epilogue, devices say.
 */
import { sizeOf } from "../base/shape.ts";
import { e, linearize, type Tape } from "../ir/expr.ts";
import type { Spec } from "../ir/graph.ts";
import type { Buffer, Call, Operand } from "../ir/program.ts";

/** How an input of the elementwise call lies beside the product: one value; one for each column; one for each value. */
export type OperandKind = "single" | "column" | "full";

/** An input of the elementwise call: another operand, by the joined call's input, or the product itself. */
export type Source =
  | { readonly kind: "product" }
  | { readonly kind: OperandKind /** Input of the joined call. */; readonly input: number };

/** What is done to each value of a product before it is stored. */
export interface Epilogue {
  /** The product's own output: the epilogue may see it under another shape. */
  readonly made: Spec;
  readonly tape: Tape;
  readonly sources: readonly Source[];
}

/** A product whose outputs are those of its epilogue, and whose inputs are its own and then the epilogue's. */
export interface JoinedCall extends Call {
  readonly epilogue?: Epilogue;
  /** The product as it was planned. */
  readonly product?: Call;
}

export interface EpilogueOptions {
  /** What an epilogue of this product may read besides it; undefined where it can have none. */
  operandKinds(product: Call): ReadonlySet<OperandKind> | undefined;
  /** Inputs and outputs of a joined call. */
  readonly mostOperands: number;
  readonly mostOutputs: number;
  /** Longer expressions stay calls of their own. */
  readonly mostInstructions: number;
}

/** The product that a call makes: its output, or what is there before the epilogue. */
export function productSpec({ epilogue, outputs }: JoinedCall): Spec {
  return epilogue?.made ?? outputs[0]!.spec;
}

/** How many inputs of the calls read each buffer. */
export function countReaders(calls: readonly Call[]): ReadonlyMap<Buffer, number> {
  const readers = new Map<Buffer, number>();
  for (const { buffer } of calls.flatMap(({ inputs }) => inputs)) readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  return readers;
}

/**
 * Calls, in order, products joined with what follows them where that is possible.
 *
 * @param readers of all calls of the program, if these are not all
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

/** The product at `at` and the one call that reads it, which would run earlier than it does now. */
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
  // A thread writes while others still read the product's inputs, and one buffer is bound as one type.
  const own = product.inputs.map(({ buffer }) => buffer);
  const others = [...inputs.slice(own.length), ...next.outputs];
  if (others.some(({ buffer }) => own.some((input) => overlap(buffer, input)))) return undefined;
  const full = sources.flatMap((source) => (source.kind === "full" ? [inputs[source.input]!.buffer] : []));
  // A value may be overwritten by the thread that has read it.
  for (const [k, { buffer }] of others.entries())
    for (const { buffer: other } of others.slice(k + 1))
      if (overlap(buffer, other) && !(full.includes(buffer) && samePlace(buffer, other))) return undefined;

  const leaves = next.inputs.map((_, k) => e.input(k));
  const tape = linearize(next.op.elementwise(leaves, next.attrs));
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

function overlap(a: Buffer, b: Buffer): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.kind === "variable") return false;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

/** Whether two operands read or write the same bytes: one value, or an output that overwrites an input. */
export function samePlace(a: Buffer, b: Buffer): boolean {
  if (a === b) return true;
  return a.kind === b.kind && a.kind !== "variable" && a.offset === b.offset;
}
