/**
 * The contract of an op: shape rule, gradient rule and plain float64 meaning, together. Shared code depends on the properties
 * stated here and not on op names; the planner alone knows one by name, `literal`, whose values become constants.
 */
import { InternalError } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import type { Expr } from "./expr.ts";
import type { Spec, Sym } from "./graph.ts";
import type { Precision } from "./precision.ts";

/** One call of an op, with everything known before run time. */
export interface OpCall<A extends object = object> {
  readonly attrs: A;
  /** Specs with the batch axis set to the live rows. */
  readonly inputs: readonly Spec[];
  readonly outputs: readonly Spec[];
  /** Index in the batch of this call's first row. */
  readonly firstRow: number;
}

/** product(x, W · s) = product(x, W) · s for the s of this shape. */
export interface Columns {
  /** Index of the input that holds the weights W. */
  readonly input: number;
  /** As many entries as the output has columns, of a shape that repeats along W. */
  readonly shape: Shape;
}

export interface GradientContext<A extends object> {
  readonly inputs: readonly Sym[];
  readonly outputs: readonly Sym[];
  readonly attrs: A;
  /** Gradient of the loss by each output; null if the loss does not depend on it. */
  readonly gradients: readonly (Sym | null)[];
  /** Whether the gradient by input i is needed; others may be null. */
  wanted(input: number): boolean;
}

/** A rule as a bivariant method, so that Op<ConvAttrs> is usable as Op<object>. */
type GradientRule<A extends object> = {
  rule(context: GradientContext<A>): readonly (Sym | null)[];
}["rule"];

export interface Op<A extends object = object> {
  readonly name: string;
  /** Output specs for input specs; throws a ShapeError or ArgumentError with a message for users. */
  infer(inputs: readonly Spec[], attrs: A): readonly Spec[];
  /**
   * Gradients by each input, as new nodes (null: zero); "zero" where the derivative is zero everywhere or is taken as zero. An op
   * that states neither cannot be differentiated through.
   */
  readonly gradient?: GradientRule<A> | "zero";
  /** The plain meaning. Outputs arrive zero-filled. */
  reference(inputs: readonly Float64Array[], outputs: readonly Float64Array[], call: OpCall<A>): void;
  /** Elementwise ops: the outputs as expressions of the inputs. Inputs repeat along axes where they have size 1. */
  elementwise?(inputs: readonly Expr[], attrs: A): readonly Expr[];
  /** Composite ops: the same meaning in smaller ops, for devices without an own kernel. */
  decompose?(inputs: readonly Sym[], attrs: A): readonly Sym[];
  /** Of an op with one input and one output: a call of it on the result of another one, as one call; null where both undo each other. */
  join?(first: A, second: A): A | null;
  /** A call of it whose first input is the output of `before`, as a call on that one's first input; undefined where it cannot be one. */
  absorb?(attrs: A, before: { readonly op: Op; readonly attrs: object }): A | undefined;
  /** Of a product with weights: how a factor for each column (index of the output's last axis) is one of the weights instead. */
  columns?(inputs: readonly Spec[], attrs: A): Columns | undefined;
  /** The precisions of the outputs for those of the inputs. Default: the widest (`precisionsOf`). */
  precision?(inputs: readonly (Precision | undefined)[], attrs: A): readonly (Precision | undefined)[];
  /** The outputs are values of the first input, of which no others are read. */
  readonly picks?: true;
  /** The single output is the single input's bytes under another shape. */
  readonly view?: true;
  /** A sum over rows that workers can share by splitting its output; each worker reads all rows. */
  readonly sharesOutput?: true;
  /**
   * Its rows are large and cheap to compute: each phase that reads them recomputes them, so that they are not kept for the whole
   * batch.
   */
  readonly recompute?: true;
  /** Every process that shares the batch must run it, in the same order: it exchanges numbers between them. */
  readonly collective?: true;
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
