/** Types that follow from how a model was made: what its methods take and give. For the type checker alone. */

import type { Tensor, TensorLike } from "../base/tensor.ts";
import type { PyDataset } from "../data/py-dataset.ts";
import type { Sym } from "../ir/graph.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";

/** What a model may be made of: one symbolic tensor, a list or a record of them. */
export type Symbols = KerasTensor | readonly KerasTensor[] | { readonly [name: string]: KerasTensor };

type InPlaceOf<S, To> = S extends KerasTensor ? To : { readonly [K in keyof S]: To };

/** The structure with symbolic values of a step. */
export type SymsOf<S> = S extends KerasTensor
  ? Sym
  : S extends readonly unknown[]
    ? { readonly [K in keyof S]: Sym } & readonly Sym[]
    : { readonly [K in keyof S & string]: Sym };

/** The structure with numbers in the place of the symbolic tensors. */
export type NumbersOf<S> = InPlaceOf<S, Tensor>;

/** What may be given for the structure. */
export type DataOf<S> = S extends KerasTensor
  ? TensorLike | readonly [TensorLike] | { readonly [name: string]: TensorLike }
  : S extends readonly unknown[]
    ? { readonly [K in keyof S]: TensorLike } | { readonly [name: string]: TensorLike }
    : { readonly [K in keyof S]: TensorLike };

/** Data that comes in batches: [x, y, sampleWeight?] each, or x alone. Lists and typed arrays are data themselves. */
export type Batches = AsyncIterable<unknown> | (Iterable<unknown> & { readonly lastIndexOf?: never }) | PyDataset;

/** A value for each output: for a record, by its names; for a list, by place or by the layers' names. */
export type ForOutputs<S, T> = S extends KerasTensor
  ? T | readonly T[] | { readonly [name: string]: T }
  : S extends readonly unknown[]
    ? T | { readonly [K in keyof S]: T | null | undefined } | { readonly [name: string]: T | null | undefined }
    : T | { readonly [K in keyof S]?: T | null | undefined };

/** Targets: those of outputs without a loss may be left out. */
export type TargetsOf<S> = S extends KerasTensor
  ? TensorLike | readonly [TensorLike] | { readonly [name: string]: TensorLike }
  : S extends readonly unknown[]
    ? { readonly [K in keyof S]: TensorLike | null | undefined } | { readonly [name: string]: TensorLike }
    : { readonly [K in keyof S]?: TensorLike };
