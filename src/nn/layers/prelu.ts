import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul, neg, relu, sub } from "../../ops/elementwise.ts";
import type { CallOptions } from "../call-context.ts";
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const isAxis = (axis: unknown) => Number.isInteger(axis) && (axis as number) >= 1;

const options = {
  /** Default "zeros". */
  alphaInitializer: /* @__PURE__ */ initializer("zeros"),
  /** Penalty of `alpha`. Default none. */
  alphaRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to `alpha` after each update. Default none. */
  alphaConstraint: /* @__PURE__ */ constraint(),
  /** Axes whose entries have one slope in common, the batch being axis 0: [1, 2] for a slope per channel. Default null: none. */
  sharedAxes: /* @__PURE__ */ value<readonly number[], null, number | readonly number[]>(
    (given, owner, name) => {
      const axes = Array.isArray(given) ? given : [given];
      if (!axes.every(isAxis))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a list of axes of 1 or more; the batch has none of its own.`,
        );
      return axes;
    },
    { default: null },
  ),
};

export type PReLUOptions = GivenOptions<typeof options>;

/**
 * x for x > 0, else alpha · x with slopes that are trained (He et al. 2015, arXiv 1502.01852). Any shape.
 * K: `layers/activations/prelu.py`.
 *
 * Weight: `alpha`, the shape of a row with 1 for each of `sharedAxes`.
 *
 * @throws ShapeError for an input without one of `sharedAxes`
 * @example
 * ```ts
 * import { PReLU } from "fovea/layers";
 * const layer = new PReLU({ sharedAxes: [1, 2] });
 * layer.build([null, 28, 28, 8]);
 * layer.alpha.shape; // [1, 1, 8]
 * ```
 */
export class PReLU extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "PReLU";
  static override readonly options = options;
  alpha!: Variable;

  constructor(given: PReLUOptions & LayerOptions = {}) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const missing = this.options.sharedAxes?.find((axis) => axis >= inputShape.length);
    if (missing !== undefined)
      throw new ShapeError(
        `${this.title}: sharedAxes names axis ${missing} of an input ${formatShape(inputShape)}, expected 1 … ${inputShape.length - 1}.`,
      );
    return inputShape;
  }

  override build(inputShape: BatchShape): void {
    const { sharedAxes, alphaInitializer, alphaRegularizer, alphaConstraint } = this.options;
    this.alpha = this.addWeight({
      name: "alpha",
      shape: inputShape.slice(1).map((size, i) => (sharedAxes?.includes(i + 1) ? 1 : size)),
      initializer: alphaInitializer,
      regularizer: alphaRegularizer,
      constraint: alphaConstraint,
    });
  }

  /** Written as Keras does, so that the slope at 0 is 0. */
  override call(x: Sym, _options?: CallOptions): Sym {
    return sub(relu(x), mul(this.alpha.read(), relu(neg(x))));
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}
