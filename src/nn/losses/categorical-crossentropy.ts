import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul, neg } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, sameRows } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { classesLast, logProbabilities, smoothTargets } from "./probabilities.ts";

const options = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** Share of the target that is spread evenly over all classes, 0 … 1. Default 0. */
  labelSmoothing: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Axis of the classes, other than the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type CategoricalCrossentropyOptions = GivenOptions<typeof options>;

/**
 * -Σ yTrue · ln yPred over the classes; targets are one-hot (or any distribution). Outputs of a softmax are judged by its logits;
 * other probabilities are normalised and clipped to [1e-7, 1 - 1e-7], with gradient 0 beyond the clip.
 * K: `losses/losses.py`, categorical_crossentropy.
 *
 * @example
 * ```ts
 * import { CategoricalCrossentropy } from "fovea/losses";
 * new CategoricalCrossentropy({ fromLogits: true });
 * ```
 */
export class CategoricalCrossentropy extends Loss<OptionsOf<typeof options>> {
  static override readonly className: string = "CategoricalCrossentropy";
  static override readonly options = options;

  constructor(given: CategoricalCrossentropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { fromLogits, labelSmoothing, axis } = this.options;
    const given = classesLast(this.name, alignTargets(this.name, yTrue, yPred.spec.shape), axis);
    const outputs = classesLast(this.name, yPred, axis);
    const targets = smoothTargets(given, labelSmoothing, 1 / outputs.spec.shape.at(-1)!);
    return neg(reduceSum(mul(targets, logProbabilities(outputs, fromLogits)), [-1]));
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    if (!sameRows(y.shape, outputShape)) throw notOneHot(this.name, y, outputShape);
  }
}

/** The error for targets that are no distributions over the output's classes. */
export function notOneHot(owner: string, y: Tensor, outputShape: BatchShape): ShapeError {
  const classes = outputShape.at(-1);
  const labels = y.rank === outputShape.length - 1 || (y.rank === outputShape.length && y.shape.at(-1) === 1);
  const hint = labels
    ? ` These look like class numbers: use toCategorical(y, ${classes}), or loss "sparse_categorical_crossentropy".`
    : "";
  return new ShapeError(
    `${owner}: y has shape ${formatShape(y.shape)}, but the model's output is ${formatShape(outputShape)}.${hint}`,
  );
}
