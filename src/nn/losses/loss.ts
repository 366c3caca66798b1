/** The base of losses: a value for each place of each row, weighed and reduced. K: `losses/loss.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { convert } from "../../ir/precision.ts";
import { add, div, mul } from "../../ops/elementwise.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { Configurable } from "../configurable.ts";
import { checkOneShape, guard, takesSyms } from "../doors.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, type Option, text } from "../option-kinds.ts";
import { snakeCaseName } from "../process-state.ts";
import { allAxes, sameRows, spreadWeights } from "../rows.ts";
import { EPSILON } from "./probabilities.ts";

export const reductions = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"] as const;

/**
 * How the values of a batch become one number: the mean over all places, weighted or not ("sum_over_batch_size", "mean"); their
 * sum; the mean by the weights, Σ w·v / Σ w; or not at all ("none"), for steps of one's own.
 */
export type Reduction = (typeof reductions)[number];

const options = {
  name: /* @__PURE__ */ text({ default: null }),
  reduction: /* @__PURE__ */ choice(reductions, { default: "sum_over_batch_size" }),
};

/** Options of every loss. */
export interface LossOptions {
  /** Default "sum_over_batch_size": the mean over all places. */
  readonly reduction?: Reduction | undefined;
  /** Default: the class's name in snake_case. */
  readonly name?: string | undefined;
}

/**
 * The base of losses. An own loss overrides `call`, which gives a value for each place: yTrue, yPred [n, …, classes] → [n, …].
 *
 * @typeParam O the loss's own options
 * @example
 * ```ts
 * import { Loss } from "fovea/losses";
 * import { mean, square, subtract, type Sym } from "fovea/ops";
 * class HalfSquare extends Loss {
 *   override call(yTrue: Sym, yPred: Sym) {
 *     return mean(square(subtract(yTrue, yPred)), -1);
 *   }
 * }
 * new HalfSquare().name; // "half_square"
 * ```
 */
export abstract class Loss<O extends object = object> extends Configurable<O & { reduction: Reduction }> {
  static override readonly module: string = "keras.losses";
  static override readonly options: Readonly<Record<string, Option>> = options;

  /** Default: the class's name in snake_case. */
  readonly name: string;

  constructor(given: object & LossOptions = {}) {
    super(given);
    this.name = given.name ?? snakeCaseName(this.className);
    for (const method of ["call", "reduce"]) takesSyms(this, this.name, method, ["yTrue", "yPred"]);
    takesSyms(this, this.name, "countedPlaces", ["yTrue", "values"]);
    guard(this, "checkTargets", (y, outputShape) => {
      if (!(y instanceof Tensor))
        throw new ArgumentError(`${this.name}.checkTargets: y is ${formatValue(y)}, expected a tensor.`);
      checkOneShape(`${this.name}.checkTargets`, outputShape);
    });
  }

  /** yTrue, yPred [n, …] → one loss for each place [n, …], or one for the whole batch, before weights and reduction. */
  abstract call(yTrue: Sym, yPred: Sym): Sym;

  /** Which places count: 1 or 0 for each value of `call`. Default undefined: all. */
  countedPlaces(_yTrue: Sym, _values: Sym): Sym | undefined {
    return undefined;
  }

  /** Throws an error that teaches when targets cannot belong to outputs of this shape. Default: targets have the output's shape. */
  checkTargets(y: Tensor, outputShape: BatchShape): void {
    const squeezed = outputShape.at(-1) === 1 && sameRows(y.shape, outputShape.slice(0, -1));
    if (!squeezed && !sameRows(y.shape, outputShape))
      throw new ShapeError(
        `${this.name}: y has shape ${formatShape(y.shape)}, but the model's output is ${formatShape(outputShape)}.`,
      );
  }

  /**
   * The loss of a batch as it is trained and logged: `call`, weighed and reduced.
   *
   * @param weights [n], or as many axes as the values have, of their sizes or of size 1
   * @param mask which places count, 1 or 0 each; means are taken over these. Shapes as those of weights
   * @returns a scalar; with reduction "none" the weighed values
   * @throws ShapeError for weights that do not fit
   */
  reduce(yTrue: Sym, yPred: Sym, weights?: Sym, mask?: Sym): Sym {
    const values = this.call(yTrue, convert(yPred, "float32"));
    const { shape, batched } = values.spec;
    const masks = [this.countedPlaces(yTrue, values), mask].filter((each) => each !== undefined);
    if (!batched) return this.#whole(values, weights !== undefined || masks.length > 0);
    const [spread, ...factors] = [weights, ...masks].flatMap((each) =>
      each === undefined ? [] : [spreadWeights(this.name, each, values)],
    );
    const weighing = spread === undefined ? undefined : factors.reduce((product, each) => mul(product, each), spread);
    const weighed = weighing === undefined ? values : mul(values, weighing);
    const { reduction } = this.options;
    if (reduction === "none") return weighed;
    const axes = allAxes(values);
    const sum = reduceSum(weighed, axes);
    if (reduction === "sum") return sum;
    const { builder } = values;
    if (reduction === "mean_with_sample_weight" && weighing !== undefined) {
      // As in Keras, a weight that is repeated counts once.
      const mean = div(sum, add(reduceSum(weighing, allAxes(weighing)), EPSILON));
      // The part of the batch that this process has a mean of.
      return mul(mean, div(builder.localRows(), builder.meanOver()));
    }
    const perRow = sizeOf(shape.slice(1));
    const places = (rows: Sym) => (perRow === 1 ? rows : mul(rows, perRow));
    const mean = div(sum, places(builder.meanOver()));
    if (masks.length === 0) return mean;
    // K: apply_mask: the mean is over the places that count, all / counted times the mean over all.
    const counted = masks
      .map((each) => spreadWeights(this.name, each, values))
      .reduce((product, each) => mul(product, each));
    const share = add(reduceSum(broadcastTo(counted, values.spec), axes), EPSILON);
    return mul(mean, div(places(builder.localRows()), share));
  }

  #whole(value: Sym, isWeighed: boolean): Sym {
    if (isWeighed)
      throw new ArgumentError(
        `${this.name} gives one value for the whole batch, which has no rows to weigh; leave sample weights and masks out.`,
      );
    return value;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), name: this.name };
  }
}
