import type { Shape } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { equal, mul, neg, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { alignTargets } from "../rows.ts";
import { checkLabels, oneHotLabels } from "./labels.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { classesLast, logProbabilities, moveLast } from "./probabilities.ts";

const options = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** A label whose places count neither in the sum nor in the number that it is divided by. Default none. */
  ignoreClass: /* @__PURE__ */ integer({ default: null }),
  /** Axis of the classes, other than the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type SparseCategoricalCrossentropyOptions = GivenOptions<typeof options>;

/**
 * Cross-entropy with class numbers [n, …] (or with an axis of size 1 in the place of the classes) as targets: -ln yPred[label];
 * outputs as in CategoricalCrossentropy.
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
    const outputs = classesLast(this.name, yPred, this.options.axis);
    const hits = oneHotLabels(this.name, this.#labels(yTrue, yPred.spec.shape.length), outputs);
    const losses = neg(reduceSum(mul(hits, logProbabilities(outputs, this.options.fromLogits)), [-1]));
    const counted = this.countedPlaces(yTrue, losses);
    return counted === undefined ? losses : mul(losses, counted);
  }

  /** Class numbers of outputs of this rank; an axis of size 1 in the place of the classes comes last. */
  #labels(yTrue: Sym, rank: number): Sym {
    return yTrue.spec.shape.length === rank ? classesLast(this.name, yTrue, this.options.axis) : yTrue;
  }

  override countedPlaces(yTrue: Sym, values: Sym): Sym | undefined {
    const { ignoreClass } = this.options;
    if (ignoreClass === null) return undefined;
    return sub(
      1,
      equal(alignTargets(this.name, this.#labels(yTrue, values.spec.shape.length + 1), values.spec.shape), ignoreClass),
    );
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    const { axis, ignoreClass } = this.options;
    const at = axis < 0 ? axis + outputShape.length : axis;
    const moved = (shape: BatchShape) => (shape.length === outputShape.length ? moveLast(shape, at) : shape);
    checkLabels(this.name, y, moved(y.shape) as Shape, moved(outputShape), ignoreClass);
  }

  override getConfig(): Record<string, unknown> {
    // Keras's config lacks the axis, and so an axis of one's own; its constructor takes it.
    const { axis, ...config } = super.getConfig();
    return axis === -1 ? config : { ...config, axis };
  }
}
