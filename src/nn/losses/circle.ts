import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { softplus } from "../../ops/activations.ts";
import { add, cast, equal, less, mul, relu, sub, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import { logSumExp } from "../../ops/reductions.ts";
import { reshape } from "../../ops/reshape.ts";
import { rowNumber, wholeBatch } from "../../ops/row-number.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, sameRows } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";

const options = {
  /** Scale of the similarities, which sets how sharply the hardest pairs count. Default 80. */
  gamma: /* @__PURE__ */ number({ default: 80 }),
  /** How far distances within a class, and 1 minus those between classes, are relaxed. Default 0.4. */
  margin: /* @__PURE__ */ number({ default: 0.4 }),
  /** Whether a row is not compared with itself. Default true. */
  removeDiagonal: /* @__PURE__ */ flag({ default: true }),
};

export type CircleOptions = GivenOptions<typeof options>;

/** Stands for -∞ where a row has no pair of a kind: its gradient is 0, where that of ln 0 is not. */
const NO_PAIR = -1e30;

/**
 * Circle loss of unit vectors, Sun et al. 2020 (arXiv 2002.10857): each row is compared with all rows of its batch, at the distance
 * d = max(1 - x·x', 0). yTrue [n], class numbers; yPred [n, k], vectors of length 1 (UnitNormalization) → [n],
 * softplus(ln Σ e^(-γ (m + d)(m - d)) over pairs of one class + ln Σ e^(γ [1 + m - d]₊ (1 - m - d)) over pairs of two classes). Rows
 * whose loss is 0, such as those without a pair of either kind, do not count in means. K: `losses/losses.py`, circle.
 *
 * @throws ShapeError for outputs that are not [n, k]
 * @example
 * ```ts
 * import { Circle } from "fovea/losses";
 * new Circle({ gamma: 64, margin: 0.25 });
 * ```
 */
export class Circle extends Loss<OptionsOf<typeof options>> {
  static override readonly className: string = "Circle";
  static override readonly options = options;

  constructor(given: CircleOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { gamma, margin, removeDiagonal } = this.options;
    const { shape } = yPred.spec;
    if (shape.length !== 2)
      throw new ShapeError(`${this.name}: Circle takes outputs [batch, size], got ${formatShape(shape, true)}.`);
    const rows = shape[0]!;
    const column = (x: Sym) => reshape(x, [rows, 1]);
    const numbers = rowNumber(yPred);
    const labels = cast(alignTargets(this.name, yTrue, [rows], "Targets are class numbers."));
    const live = wholeBatch(equal(numbers, numbers), numbers);
    const same = equal(column(labels), wholeBatch(labels, numbers));
    const self = equal(column(numbers), literal(yPred.builder, [...Array(rows).keys()], [rows]));
    const positive = mul(removeDiagonal ? mul(same, sub(1, self)) : same, live);
    const negative = mul(sub(1, same), live);
    const distance = relu(sub(1, matMul(yPred, transpose(wholeBatch(yPred, numbers), [1, 0]))));
    const near = mul(mul(relu(add(distance, margin)), sub(distance, margin)), gamma);
    const far = mul(mul(relu(sub(1 + margin, distance)), sub(1 - margin, distance)), gamma);
    const total = (pairs: Sym, values: Sym) => logSumExp(where(0, pairs, values, NO_PAIR), [1]);
    return softplus(add(total(positive, near), total(negative, far)));
  }

  override countedPlaces(_yTrue: Sym, values: Sym): Sym {
    return less(0, values);
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    const labels = outputShape.slice(0, -1);
    if (!sameRows(y.shape, labels) && !sameRows(y.shape, [...labels, 1]))
      throw new ShapeError(
        `${this.name}: y has shape ${formatShape(y.shape)}, expected class numbers ${formatShape(labels)}.`,
      );
    const wrong = y.data.findIndex((label) => !Number.isInteger(label));
    if (wrong >= 0)
      throw new ArgumentError(
        `${this.name}: label ${y.data[wrong]} in row ${wrong} is not a class; expected whole numbers.`,
      );
  }
}
