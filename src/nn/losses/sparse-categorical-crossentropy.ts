import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { equal, mul, neg, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { fixed, flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { alignTargets } from "../rows.ts";
import { checkLabels, oneHotLabels } from "./labels.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { logProbabilities } from "./probabilities.ts";

const options = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** A label whose places count neither in the sum nor in the number that it is divided by. Default none. */
  ignoreClass: /* @__PURE__ */ integer({ default: null }),
  /** Only -1: classes are the last axis. */
  axis: /* @__PURE__ */ fixed(-1 as const, "classes are the last axis, -1"),
};

export type SparseCategoricalCrossentropyOptions = GivenOptions<typeof options>;

/**
 * Cross-entropy with class numbers [n, …] (or [n, …, 1]) as targets: -ln yPred[label]; outputs as in CategoricalCrossentropy.
 * K: `losses/losses.py`, sparse_categorical_crossentropy.
 *
 * @example
 * ```ts
 * import { SparseCategoricalCrossentropy } from "fovea/losses";
 * new SparseCategoricalCrossentropy();
 * ```
 */
export class SparseCategoricalCrossentropy extends Loss<OptionsOf<typeof options>> {
  static override readonly className: string = "SparseCategoricalCrossentropy";
  static override readonly options = options;

  constructor(given: SparseCategoricalCrossentropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const hits = oneHotLabels(this.name, yTrue, yPred);
    const losses = neg(reduceSum(mul(hits, logProbabilities(yPred, this.options.fromLogits)), [-1]));
    const counted = this.countedPlaces(yTrue, losses);
    return counted === undefined ? losses : mul(losses, counted);
  }

  override countedPlaces(yTrue: Sym, values: Sym): Sym | undefined {
    const { ignoreClass } = this.options;
    if (ignoreClass === null) return undefined;
    return sub(1, equal(alignTargets(this.name, yTrue, values.spec.shape), ignoreClass));
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    checkLabels(this.name, y, outputShape, this.options.ignoreClass);
  }

  override getConfig(): Record<string, unknown> {
    // Keras's config lacks the axis.
    const { axis, ...config } = super.getConfig();
    return config;
  }
}
