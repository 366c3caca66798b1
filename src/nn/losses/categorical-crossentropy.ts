import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul, neg } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, sameRows } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { logProbabilities, smoothTargets } from "./probabilities.ts";

const options = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** Share of the target that is spread evenly over all classes, 0 … 1. Default 0. */
  labelSmoothing: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Only -1: classes are the last axis. */
  axis: /* @__PURE__ */ fixed(-1 as const, "classes are the last axis, -1"),
};

export type CategoricalCrossentropyOptions = GivenOptions<typeof options>;

/**
 * -Σ yTrue · ln yPred over the last axis; targets are one-hot (or any distribution). Outputs of a softmax are judged by its logits;
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
    const { fromLogits, labelSmoothing } = this.options;
    const classes = yPred.spec.shape.at(-1)!;
    const targets = smoothTargets(alignTargets(this.name, yTrue, yPred.spec.shape), labelSmoothing, 1 / classes);
    return neg(reduceSum(mul(targets, logProbabilities(yPred, fromLogits)), [-1]));
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
