/**
 * Joins a matrix product with the elementwise call that alone reads it (bias and activation; backward, the
 * activation's mask): the product's values then never travel through memory.
 */
import { sizeOf } from "../../base/shape.ts";
import { e, linearize, type Tape } from "../../ir/expr.ts";
import type { Spec } from "../../ir/graph.ts";
import type { Buffer, Call, Operand } from "../../ir/program.ts";
import { samePlace } from "./bindings.ts";
import type { Bindings } from "./kernel.ts";
import { type Lanes, mathFunctions, printTape } from "./kernels/print-expr.ts";

/** Products whose values are stored by one row of C after the other. */
const products: ReadonlySet<string> = new Set(["matMul", "conv2d", "conv2dGradInput", "conv2dGradKernel"]);

/** Longer expressions are calls of their own: a thread prints them for each of its values. */
const MOST_INSTRUCTIONS = 16;

/** How an input of the elementwise call lies beside C: one value; one for each column; one for each value; or it is C itself. */
type Source =
  | { readonly kind: "product" }
  | { readonly kind: "single" | "column" | "full" /** Input of the joined call. */; readonly input: number };

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
}

/** The product that a call makes: its output, or what is there before the epilogue. */
export function productSpec({ epilogue, outputs }: JoinedCall): Spec {
  return epilogue?.made ?? outputs[0]!.spec;
}

/** The calls of a program, in order, products joined with what follows them where that is possible. */
export function joinEpilogues(calls: readonly Call[], mostOperands: number): JoinedCall[] {
  const readers = new Map<Buffer, number>();
  for (const { buffer } of calls.flatMap(({ inputs }) => inputs)) readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  const joined: JoinedCall[] = [];
  const done = new Set<Call>();
  for (const [i, call] of calls.entries()) {
    if (done.has(call)) continue;
    const both = products.has(call.op.name) ? join(calls, i, readers) : undefined;
    if (both !== undefined && both.inputs.length + both.outputs.length <= mostOperands) {
      joined.push(both);
      done.add(both.reader);
    } else joined.push(call);
  }
  return joined;
}

/** The product at `at` and the one call that reads it, which would run earlier than it does now. */
function join(
  calls: readonly Call[],
  at: number,
  readers: ReadonlyMap<Buffer, number>,
): (JoinedCall & { readonly reader: Call }) | undefined {
  const product = calls[at]!;
  const made = product.outputs[0]!;
  const isMade = ({ buffer }: Operand) => buffer === made.buffer;
  if (made.buffer.kind !== "slice" && made.buffer.kind !== "shared") return undefined;
  const place = calls.findIndex((call, i) => i > at && call.inputs.some(isMade));
  const next = calls[place];
  if (next?.op.elementwise === undefined || next.inputs.filter(isMade).length !== readers.get(made.buffer))
    return undefined;
  const target = next.outputs[0]!.spec;
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
      if (kind === undefined) return undefined;
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
  if (tape.code.length > MOST_INSTRUCTIONS) return undefined;
  return { ...product, inputs, outputs: next.outputs, epilogue: { made: made.spec, tape, sources }, reader: next };
}

function kindOf(
  { spec }: Operand,
  target: Spec,
  columns: number | undefined,
): "single" | "column" | "full" | undefined {
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

/** What `printStore` calls. */
export function epilogueFunctions({ epilogue }: JoinedCall, lanes: Lanes): string {
  return epilogue === undefined ? "" : mathFunctions(lanes);
}

/**
 * WGSL that stores a value of C.
 *
 * @param value WGSL of the value, or of four that lie side by side
 * @param at WGSL of its number in C, row after row
 * @param column WGSL of its column in C
 */
export function printStore(
  { epilogue }: JoinedCall,
  bindings: Bindings,
  lanes: Lanes,
  value: string,
  at: string,
  column: string,
): string {
  const type = lanes === 4 ? "vec4f" : "f32";
  const element = (index: string) => (lanes === 4 ? `(${index}) / 4u` : index);
  if (epilogue === undefined) return `${bindings.output(0, type)}[${element(at)}] = ${value};`;
  const { tape, sources } = epilogue;
  const load = (k: number) => {
    const source = sources[k]!;
    switch (source.kind) {
      case "product":
        return value;
      case "single": {
        const single = `${bindings.input(source.input)}[0]`;
        return lanes === 4 ? `vec4f(${single})` : single;
      }
      case "column":
        return `${bindings.input(source.input, type)}[${element(column)}]`;
      case "full":
        return `${bindings.input(source.input, type)}[${element(at)}]`;
    }
  };
  const stores = tape.results.map((result, i) => `${bindings.output(i, type)}[${element(at)}] = v${result};`);
  return [printTape(tape, lanes, load), ...stores].join("\n");
}
