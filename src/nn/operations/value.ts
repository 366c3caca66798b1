/** What the functions of "fovea/ops" take and give. */
import type { TypedArray } from "../../base/dtype.ts";
import type { NestedArray, Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import type { KerasTensor } from "../keras-tensor.ts";
import type { Variable } from "../variable.ts";

/** Numbers that a step holds as constants, and weights, which it reads. */
export type Constant = Variable | Tensor | NestedArray | TypedArray;

/** An operand: a value of the step that is written, a symbolic tensor of the functional API, or a constant. */
export type Value = Sym | KerasTensor | Constant;

/** What a function gives: a KerasTensor where an operand is one, else a value of the step. */
export type Made<A> = [Extract<A, KerasTensor>] extends [never]
  ? Sym
  : [Exclude<A, Constant>] extends [KerasTensor]
    ? KerasTensor
    : Sym | KerasTensor;

/** The same with the operand's number of axes. */
export type SameRank<A> = A extends KerasTensor<infer R> ? KerasTensor<R> : Sym;

/** One axis or several, counted from the end when negative; null: all. */
export type Axis = number | readonly number[] | null;

/** A value whose shape is known before a step is written. */
export type KnownShape = Sym | KerasTensor | Variable | Tensor;
