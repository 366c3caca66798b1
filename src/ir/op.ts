/**
 * The contract of an op: shape rule, gradient rule and plain float64 meaning, together. Shared code never asks which op it
 * meets; it asks for the properties stated here.
 */
import { InternalError } from "../base/errors.ts";
import type { Expr } from "./expr.ts";
import type { Spec, Sym } from "./graph.ts";

/** One call of an op with everything that was fixed before the numbers came. */
export interface OpCall<A extends object = object> {
  readonly attrs: A;
  /** Specs with the batch axis set to the rows that are live. */
  readonly inputs: readonly Spec[];
  readonly outputs: readonly Spec[];
  /** Index in the batch of the first row that this call sees. */
  readonly firstRow: number;
}

export interface GradientContext<A extends object> {
  readonly inputs: readonly Sym[];
  readonly outputs: readonly Sym[];
  readonly attrs: A;
  /** Gradient of the loss by each output; null where the loss does not depend on it. */
  readonly gradients: readonly (Sym | null)[];
  /** Whether the gradient by input i is wanted; others may be left null. */
  wanted(input: number): boolean;
}

/** A rule as a bivariant method, so that Op<ConvAttrs> is usable as Op<object>. */
type GradientRule<A extends object> = {
  rule(context: GradientContext<A>): readonly (Sym | null)[];
}["rule"];

export interface Op<A extends object = object> {
  readonly name: string;
  /** Output specs for input specs; throws a ShapeError or ArgumentError that a user can read. */
  infer(inputs: readonly Spec[], attrs: A): readonly Spec[];
  /** Gradients by each input, as new nodes; null: not differentiable (its gradient is zero or undefined). */
  readonly gradient: GradientRule<A> | null;
  /** The plain meaning. Outputs arrive zero-filled. */
  reference(inputs: readonly Float64Array[], outputs: readonly Float64Array[], call: OpCall<A>): void;
  /** Elementwise ops: the outputs as expressions of the inputs. Inputs repeat along axes where they have size 1. */
  elementwise?(arity: readonly Expr[], attrs: A): readonly Expr[];
  /** Composite ops: the same meaning in smaller ops, for devices without an own kernel. */
  decompose?(inputs: readonly Sym[], attrs: A): readonly Sym[];
  /** The single output is the single input's bytes under another shape. */
  readonly view?: true;
  /** A sum over rows that workers can share by cutting its output, each reading all rows. */
  readonly sharesOutput?: true;
  /** Its rows are large and quickly made: a phase that reads them makes them anew instead of having them kept for the whole batch. */
  readonly recompute?: true;
  /** Floating-point operations of one call. */
  flops?(call: OpCall<A>): number;
}

/** Emits a node with one output and returns it. */
export function emitOne<A extends object>(op: Op<A>, inputs: readonly Sym[], attrs: A): Sym {
  const first = inputs[0];
  if (first === undefined) throw new InternalError(`"${op.name}" needs an input to know its graph.`);
  const [output] = first.builder.emit(op, inputs, attrs);
  return output!;
}
