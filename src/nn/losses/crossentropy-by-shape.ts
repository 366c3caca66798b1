import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { BinaryCrossentropy } from "./binary-crossentropy.ts";
import { CategoricalCrossentropy } from "./categorical-crossentropy.ts";
import { Loss } from "./loss.ts";
import { SparseCategoricalCrossentropy } from "./sparse-categorical-crossentropy.ts";

/** Which of three kinds of targets the shapes mean. */
export type TargetKind = "binary" | "sparse" | "categorical";

/**
 * Decided by the shapes, not by the loss: outputs of one value → binary; targets with fewer axes, or with one value per row where
 * outputs have several → sparse; else categorical. K: `trainers/compile_utils.py`, is_binary_or_sparse_categorical.
 */
export function targetKind(yShape: BatchShape, outputShape: BatchShape): TargetKind {
  if (outputShape.at(-1) === 1) return "binary";
  return yShape.length < outputShape.length || yShape.at(-1) === 1 ? "sparse" : "categorical";
}

/** Keras's "crossentropy": the cross-entropy that the shapes of targets and outputs mean. */
export class CrossentropyByShape extends Loss {
  readonly #losses: Readonly<Record<TargetKind, Loss>>;

  constructor(name: string) {
    super({ name });
    this.#losses = {
      binary: new BinaryCrossentropy({ name }),
      sparse: new SparseCategoricalCrossentropy({ name }),
      categorical: new CategoricalCrossentropy({ name }),
    };
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    return this.#losses[targetKind(yTrue.spec.shape, yPred.spec.shape)].call(yTrue, yPred);
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    this.#losses[targetKind(y.shape, outputShape)].checkTargets(y, outputShape);
  }
}
