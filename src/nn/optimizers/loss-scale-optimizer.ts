import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { isFiniteNumber } from "../../ops/composed.ts";
import { add, div, equal, mul, sub, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { checkSym } from "../doors.ts";
import { type GivenOptions, integer, number, type OptionsOf, value } from "../option-kinds.ts";
import type { ObjectConfig } from "../options.ts";
import { allAxes } from "../rows.ts";
import type { Variable } from "../variable.ts";
import { findOptimizer } from "./find-optimizer.ts";
import { checkPairs, type GradientPair, Optimizer, type Updated } from "./optimizer.ts";
import { commonOptions } from "./options.ts";
import * as plain from "./plain-optimizers.ts";

const options = {
  /** The optimizer that moves the weights: an object, a name or a config. */
  innerOptimizer: /* @__PURE__ */ value<Optimizer, undefined, Optimizer | ObjectConfig | string>(
    (given, owner) => findOptimizer(plain, given, owner),
    { write: (inner) => inner.describe() },
  ),
  /** What the loss is multiplied by at first. Default 32768. */
  initialScale: /* @__PURE__ */ number({ min: 0, open: true, default: 2 ** 15 }),
  /** The scale doubles after so many steps with finite gradients. Default 2000. */
  dynamicGrowthSteps: /* @__PURE__ */ integer({ min: 1, default: 2000 }),
};

export type LossScaleOptimizerOptions = GivenOptions<typeof options> & { readonly name?: string | undefined };

/**
 * Multiplies the loss by a scale before it is differentiated, so that small gradients do not vanish in half precision, and divides
 * the gradients by it. A step with a gradient that is NaN or infinite changes nothing and halves the scale; many steps without one
 * double it. All else, such as clipping and decay, is the inner optimizer's. K: `optimizers/loss_scale_optimizer.py`.
 *
 * @throws ArgumentError for options that belong to the inner optimizer
 * @example
 * ```ts
 * import { Adam, LossScaleOptimizer } from "fovea/optimizers";
 * new LossScaleOptimizer({ innerOptimizer: new Adam({ learningRate: 0.01 }), initialScale: 1024 }).learningRate;
 * ```
 */
export class LossScaleOptimizer extends Optimizer<OptionsOf<typeof options>> {
  static override readonly className = "LossScaleOptimizer";
  static override readonly options = options;

  readonly innerOptimizer: Optimizer;
  /** Steps with finite gradients since the scale was changed. */
  readonly stepCounter: Variable;
  /** What the loss is multiplied by now. */
  readonly dynamicScale: Variable;

  constructor(given: LossScaleOptimizerOptions) {
    // The base reads what is given by the kinds of the options, which take more than they give.
    super(given as object);
    const { innerOptimizer, initialScale } = this.options;
    // As in Keras: older files hold the options of every optimizer, with their defaults.
    for (const [option, { default: fallback }] of Object.entries(commonOptions)) {
      const stated = (given as Readonly<Record<string, unknown>>)[option];
      if (option !== "name" && stated !== undefined && stated !== fallback)
        throw new ArgumentError(`LossScaleOptimizer: ${option} is an option of the inner optimizer; set it there.`);
    }
    if (innerOptimizer.options.lossScaleFactor !== null)
      throw new ArgumentError(
        `LossScaleOptimizer: the inner optimizer scales losses itself, by lossScaleFactor ${innerOptimizer.options.lossScaleFactor}; leave that out.`,
      );
    this.innerOptimizer = innerOptimizer;
    this.stepCounter = this.addScalar("step_counter", 0);
    this.dynamicScale = this.addScalar("dynamic_scale", initialScale);
  }

  protected override get ownRate(): number {
    return 0;
  }

  override get iteration(): Variable {
    return this.innerOptimizer.iteration;
  }

  override get iterations(): number {
    return this.innerOptimizer.iterations;
  }

  override get learningRate(): number {
    return this.innerOptimizer.learningRate;
  }

  override set learningRate(rate: number) {
    this.innerOptimizer.learningRate = rate;
  }

  override get built(): boolean {
    return this.innerOptimizer.built;
  }

  override get variables(): Variable[] {
    return [...this.#own, ...this.innerOptimizer.variables];
  }

  get #own(): readonly Variable[] {
    return [...super.variablesOf([]), this.stepCounter, this.dynamicScale];
  }

  override variablesOf(weights: readonly Variable[]): Variable[] {
    return [...this.#own, ...this.innerOptimizer.variablesOf(weights)];
  }

  override build(weights: readonly Variable[]): void {
    this.innerOptimizer.build(weights);
  }

  override scaleLoss(loss: Sym): Sym {
    checkSym(`${this.className}.scaleLoss`, "loss", loss);
    return mul(loss, this.dynamicScale.read());
  }

  override apply(pairs: readonly GradientPair[]): void {
    checkPairs(`${this.className}.apply`, pairs);
    const weights = pairs.map(({ variable }) => variable);
    const state = [...weights, ...this.innerOptimizer.variablesOf(weights)];
    const before = state.map((variable) => variable.read());
    const [scale, steps] = [this.dynamicScale.read(), this.stepCounter.read()];
    this.innerOptimizer.apply(pairs.map(({ variable, gradient }) => ({ variable, gradient: div(gradient, scale) })));
    const bad = pairs.map(({ gradient }) => badValues(gradient)).reduce((a, b) => add(a, b));
    state.forEach((variable, i) => {
      const fresh = variable.read();
      if (fresh !== before[i]) variable.assign(where(0, bad, before[i]!, fresh));
    });
    const isDue = equal(steps, this.options.dynamicGrowthSteps - 1);
    this.stepCounter.assign(where(0, bad, 0, where(0, isDue, 0, add(steps, 1))));
    this.dynamicScale.assign(mul(scale, where(0, bad, 0.5, add(isDue, 1))));
  }

  /** Never asked: the inner optimizer writes the updates. */
  protected override update(): Updated {
    throw new ArgumentError("LossScaleOptimizer has no update of its own.");
  }

  override swapAverages(weights: readonly Variable[]): void {
    this.innerOptimizer.swapAverages(weights);
  }

  override takeAverages(weights: readonly Variable[]): void {
    this.innerOptimizer.takeAverages(weights);
  }

  override finalize(weights: readonly Variable[]): void {
    this.innerOptimizer.finalize(weights);
  }

  override getConfig(): Record<string, unknown> {
    const { name, innerOptimizer, initialScale, dynamicGrowthSteps } = super.getConfig();
    return { name, innerOptimizer, initialScale, dynamicGrowthSteps };
  }
}

/** How many values are NaN or infinite. */
function badValues(x: Sym): Sym {
  const bad = sub(1, isFiniteNumber(x));
  return x.spec.shape.length === 0 ? bad : reduceSum(bad, allAxes(bad));
}
