import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, div, maximum, mul, sqrt, square } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { choice, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { Regularizer } from "./regularizer.ts";

const options = {
  /** Factor of the penalty. Default 0.01. */
  factor: /* @__PURE__ */ number({ min: 0, default: 0.01 }),
  /** Which vectors are to be orthogonal. Default "rows". */
  mode: /* @__PURE__ */ choice(["rows", "columns"], { default: "rows" }),
};

export type OrthogonalRegularizerOptions = GivenOptions<typeof options>;

/** Least sum of squares that a vector is divided by the root of; Keras's `ops.normalize`. */
const LEAST = 1e-12;

/**
 * factor · mean over pairs of rows (or columns) of the size of the cosine between them. K: `regularizers/regularizers.py`.
 *
 * @example
 * ```ts
 * import { OrthogonalRegularizer } from "fovea/regularizers";
 * new OrthogonalRegularizer({ factor: 0.02, mode: "columns" });
 * ```
 */
export class OrthogonalRegularizer extends Regularizer<OptionsOf<typeof options>> {
  static override readonly className = "OrthogonalRegularizer";
  static override readonly options = options;

  /** @throws ShapeError unless x is a matrix with two or more rows (columns) */
  override call(x: Sym): Sym {
    const { factor, mode } = this.options;
    const rows = mode === "rows" ? x : x.spec.shape.length === 2 ? transpose(x, [1, 0]) : x;
    const [size = 0] = rows.spec.shape;
    if (rows.spec.shape.length !== 2 || size < 2)
      throw new ShapeError(
        `OrthogonalRegularizer takes a matrix of two or more ${mode}, got a weight of shape ${formatShape(x.spec.shape)}.`,
      );
    const squares = reduceSum(square(rows), [1], true);
    const unit = div(rows, sqrt(maximum(squares, LEAST)));
    const others = Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) === i % size ? 0 : 1));
    const cosines = mul(matMul(unit, transpose(unit, [1, 0])), literal(x.builder, others, [size, size]));
    return mul(reduceSum(abs(cosines), [0, 1]), factor / (size * (size - 1)));
  }
}
