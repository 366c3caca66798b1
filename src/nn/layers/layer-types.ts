/** What is known of a layer's applications, and the types that follow ranks and structures through `apply`. */
import type { Mapped, Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import type { KerasTensor } from "../keras-tensor.ts";

/** One application of a layer: its inputs and outputs in the structure that the layer takes and gives. */
export interface LayerNode {
  readonly args: Nested<KerasTensor>;
  /** What it reads: `args` as a list, then the symbolic tensors of `options`. */
  readonly inputs: readonly KerasTensor[];
  /** `result` as a list. */
  readonly outputs: readonly KerasTensor[];
  readonly result: Nested<KerasTensor>;
  readonly options: NodeOptions;
}

/** What a layer was applied with besides its inputs. */
export interface NodeOptions {
  readonly training?: boolean | undefined;
  /** Symbolic tensors, lists of them, and constants. */
  readonly [argument: string]: unknown;
}

type Constant = boolean | number | string | null | undefined;

/** The options of a layer's `call` with symbolic tensors in the place of a step's values: what `apply` takes. */
export type SymbolicOptions<Call> = Call extends (inputs: never, options?: infer C) => unknown
  ? { readonly [K in keyof C]?: C[K] extends Constant ? C[K] : Nested<KerasTensor | null | undefined> | undefined }
  : never;

/**
 * What a layer is applied to, and the rank of its output, for the type checker alone. `in`: the rank of its one input, batch axis
 * included; "list": a list of inputs; "any": as its `call` takes them. `out`: a rank; "same": that of the input.
 */
export interface Ranks {
  readonly in: number | "list" | "any";
  readonly out: number | "same";
}

type RankOf<X> = X extends KerasTensor<infer R> ? R : number;

/** Refuses, at compile time, a tensor whose known rank is another than the layer's, and a structure that it does not take. */
export type FitsRank<X, In extends Ranks["in"]> = "any" extends In
  ? unknown
  : In extends "list"
    ? readonly KerasTensor[]
    : X extends readonly [KerasTensor]
      ? unknown
      : X extends KerasTensor<infer R>
        ? number extends R
          ? unknown
          : R extends In
            ? unknown
            : { readonly rank: In }
        : KerasTensor;

export type OutputRank<X, Out> = Out extends number ? Out : RankOf<X>;

/** The symbolic tensors that stand for a layer's output. */
export type Symbolic<Y, R extends number = number> = Y extends Sym ? KerasTensor<R> : Mapped<Y, Sym, KerasTensor>;
