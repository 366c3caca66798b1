import type { Shape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, maximum, minimum, mul, power, sqrt, square, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { rowMean } from "../../ops/row-statistics.ts";
import { flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import type { OptimizerOptions } from "./options.ts";

const options = {
  /** Power of the step by which the share of the newest gradient falls. Default -0.8. */
  beta2Decay: /* @__PURE__ */ number({ default: -0.8 }),
  /** Added to squared gradients. Default 1e-30. */
  epsilon1: /* @__PURE__ */ number({ min: 0, default: 1e-30 }),
  /** The least root mean square of a weight that its moves are proportional to. Default 0.001. */
  epsilon2: /* @__PURE__ */ number({ min: 0, default: 1e-3 }),
  /** A move's largest root mean square before it is scaled. Default 1. */
  clipThreshold: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  /** As in Keras without effect: the rate is at most 1/√t either way. Default true. */
  relativeStep: /* @__PURE__ */ flag({ default: true }),
};

export type AdafactorOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "row" | "column" | "velocity";

const axesOf = (x: Sym) => x.spec.shape.map((_, axis) => axis);
/** √ of the mean of squares of all values. */
const rms = (x: Sym): Sym => sqrt(reshape(rowMean(square(x), axesOf(x)), []));

/**
 * Second moments as products of their means over rows and columns, Shazeer & Stern 2018 (arXiv 1804.04235), in Keras's form
 * (K: `optimizers/adafactor.py`): with β = 1 - t^beta2Decay, r = β r + (1 - β) · mean over columns of g² + ε₁, c the same over rows,
 * v = r · c / mean r (weights of fewer than two axes have v itself), u = g / √v, w -= max(ε₂, rms w) · min(lr, 1/√t) · u /
 * max(1, rms u / clipThreshold).
 *
 * @example
 * ```ts
 * import { Adafactor } from "fovea/optimizers";
 * new Adafactor({ learningRate: 0.01 });
 * ```
 */
export class Adafactor extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Adafactor";
  static override readonly options = options;

  constructor(options: AdafactorOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["row", "column", "velocity"]];
  }

  /** A weight of fewer than two axes has a 0 in place of the means, as Keras's files do. */
  protected override slotShape(slot: Slots, { shape }: Variable): Shape {
    if (slot === "velocity") return shape;
    if (shape.length < 2) return [];
    return shape.toSpliced(slot === "row" ? -1 : -2, 1);
  }

  protected override update({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { epsilon1, epsilon2, clipThreshold, beta2Decay } = this.options;
    const share = power(step, beta2Decay);
    const moved = (old: Sym, fresh: Sym) => add(mul(old, sub(1, share)), mul(fresh, share));
    const squares = add(square(gradient), epsilon1);
    const moments =
      weight.spec.shape.length < 2 ? { velocity: moved(slots.velocity, squares) } : factored(slots, squares, moved);
    const move = div(gradient, sqrt(moments.velocity));
    const clipped = div(move, maximum(div(rms(move), clipThreshold), 1));
    const length = mul(maximum(rms(weight), epsilon2), minimum(rate, div(1, sqrt(step))));
    return { ...moments, weight: sub(weight, mul(clipped, length)) };
  }
}

/** The means over columns and rows, and the second moment that is made of them. */
function factored(
  slots: Readonly<Record<Slots, Sym>>,
  squares: Sym,
  moved: (old: Sym, fresh: Sym) => Sym,
): Readonly<Record<Slots, Sym>> {
  const { shape } = squares.spec;
  const mean = (axis: -1 | -2) => div(reduceSum(squares, [axis]), shape.at(axis)!);
  const [row, column] = [moved(slots.row, mean(-1)), moved(slots.column, mean(-2))];
  const share = div(row, rowMean(row, [-1]));
  const [wide, tall] = [reshape(share, [...shape.slice(0, -1), 1]), reshape(column, shape.with(-2, 1))];
  return { row, column, velocity: mul(wide, tall) };
}
