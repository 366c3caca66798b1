import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Shape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import { flag, type GivenOptions, integer, nullable, number, type OptionsOf, value } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import type { Variable } from "../variable.ts";
import { normOf } from "./clipping.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const patterns = /* @__PURE__ */ value<readonly string[], readonly string[]>(
  (given, owner, name) => {
    const isPattern = (each: unknown) => {
      try {
        return typeof each === "string" && new RegExp(each) instanceof RegExp;
      } catch {
        return false;
      }
    };
    if (!Array.isArray(given) || !given.every(isPattern))
      throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected a list of regular expressions.`);
    return given as readonly string[];
  },
  { default: [] },
);

const options = {
  /** Decay of Adam's first moment. Default 0.9. */
  adamBeta1: /* @__PURE__ */ decay(0.9),
  /** Decay of Adam's second moment. Default 0.999. */
  adamBeta2: /* @__PURE__ */ decay(0.999),
  /** Decay of the weights that Adam trains. Default 0.004. */
  adamWeightDecay: /* @__PURE__ */ number({ min: 0, default: 0.004 }),
  /** Decay of the weights that Muon trains; null: none. Default 0.004. */
  weightDecay: /* @__PURE__ */ nullable(number({ min: 0 }), { default: 0.004 }),
  /** Added to the root of Adam's second moment. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
  /** Regular expressions of paths of weights that Adam trains. Default none. */
  excludeLayers: patterns,
  /** Whether Adam trains weights with "embedding" in their path. Default true. */
  excludeEmbeddings: /* @__PURE__ */ flag({ default: true }),
  /** Factor of the linear term of an iteration. Default 3.4445. */
  muonA: /* @__PURE__ */ number({ default: 3.4445 }),
  /** Factor of the cubic term. Default -4.775. */
  muonB: /* @__PURE__ */ number({ default: -4.775 }),
  /** Factor of the quintic term. Default 2.0315. */
  muonC: /* @__PURE__ */ number({ default: 2.0315 }),
  /** Adam's learning rate, as a multiple of Muon's. Default 1. */
  adamLrRatio: /* @__PURE__ */ number({ min: 0, default: 1 }),
  /** Share of the momentum that stays at each step. Default 0.95. */
  momentum: /* @__PURE__ */ decay(0.95),
  /** Number of iterations. Default 5. */
  nsSteps: /* @__PURE__ */ integer({ min: 0, default: 5 }),
  /** Whether moves look one step ahead. Default true. */
  nesterov: /* @__PURE__ */ flag({ default: true }),
  /** Moves of a matrix [m, n] are multiplied by this and √max(m, n); null: they are not. Default 0.2. */
  rmsRate: /* @__PURE__ */ nullable(number({ min: 0 }), { default: 0.2 }),
};

export type MuonOptions = GivenOptions<typeof options> & Omit<OptimizerOptions, "weightDecay">;
type Slots = "momentum" | "velocity";

/**
 * Momentum whose matrices are made nearly orthogonal by Newton-Schulz iterations (Jordan et al. 2024), scaled as in Liu et al. 2025
 * (arXiv 2502.16982), in Keras's form (K: `optimizers/muon.py`): m = μ m + g, u = g + μ m (or m), X = u / ‖u‖,
 * X = a X + (b A + c A²) X with A = X Xᵀ, w -= lr · rmsRate · √max(m, n) · X. Weights that are no matrices, and those that are
 * excluded, are trained by Adam.
 *
 * @example
 * ```ts
 * import { Muon } from "fovea/optimizers";
 * new Muon({ learningRate: 0.02, excludeLayers: ["head"] });
 * ```
 */
export class Muon extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Muon";
  static override readonly options = options;

  constructor(options: MuonOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "velocity"]];
  }

  #isAdams({ shape, path }: Variable): boolean {
    const { excludeEmbeddings, excludeLayers } = this.options;
    if (shape.length !== 2 || (excludeEmbeddings && path.toLowerCase().includes("embedding"))) return true;
    return excludeLayers.some((pattern) => new RegExp(pattern).test(path));
  }

  protected override slotShape(slot: Slots, weight: Variable): Shape | undefined {
    return slot === "momentum" || this.#isAdams(weight) ? weight.shape : undefined;
  }

  protected override decayOf(weight: Variable): number | null {
    return this.#isAdams(weight) ? this.options.adamWeightDecay : this.options.weightDecay;
  }

  protected override update(values: UpdateValues<Slots>): Updated<Slots> {
    const { weight, gradient, slots, rate } = values;
    // Only Adam's weights have the second slot.
    if (slots.velocity !== undefined) return this.#adam(values);
    const { momentum: share, nesterov, rmsRate } = this.options;
    const momentum = add(mul(slots.momentum, share), gradient);
    const move = this.#orthogonalized(nesterov ? add(gradient, mul(momentum, share)) : momentum);
    const length = rmsRate === null ? 1 : rmsRate * Math.sqrt(Math.max(...weight.spec.shape));
    return { momentum, weight: sub(weight, mul(move, mul(rate, length))) };
  }

  #orthogonalized(x: Sym): Sym {
    const [rows, columns] = x.spec.shape as [number, number];
    // Of the two products of a matrix with itself, the smaller one.
    const turned = (value: Sym) => (rows > columns ? transpose(value, [1, 0]) : value);
    const { muonA, muonB, muonC, nsSteps } = this.options;
    let near = div(turned(x), add(normOf(x), 1e-7));
    for (let i = 0; i < nsSteps; i++) {
      const squares = matMul(near, transpose(near, [1, 0]));
      const factor = add(mul(squares, muonB), mul(matMul(squares, squares), muonC));
      near = add(mul(near, muonA), matMul(factor, near));
    }
    return turned(near);
  }

  #adam({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { adamBeta1, adamBeta2, adamLrRatio, epsilon } = this.options;
    const momentum = add(slots.momentum, mul(sub(gradient, slots.momentum), 1 - adamBeta1));
    const velocity = add(slots.velocity, mul(sub(square(gradient), slots.velocity), 1 - adamBeta2));
    const correction = div(sqrt(sub(1, powerOf(adamBeta2, step))), sub(1, powerOf(adamBeta1, step)));
    const length = mul(mul(rate, adamLrRatio), correction);
    return { momentum, velocity, weight: sub(weight, div(mul(momentum, length), add(sqrt(velocity), epsilon))) };
  }
}
