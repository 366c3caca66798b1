/** The base of optimizers: slots, and the order of a step. K: `optimizers/base_optimizer.py`. */
import { toSnakeCase } from "../../base/case.ts";
import { ArgumentError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, floor, mul, sub, where } from "../../ops/elementwise.ts";
import { Configurable, type SomeOptions } from "../configurable.ts";
import { checkSym, checkVariables } from "../doors.ts";
import { snakeCaseName, uniqueName } from "../process-state.ts";
import type { LearningRateSchedule } from "../schedules/learning-rate-schedule.ts";
import { checkLearningRate } from "../schedules/resolve.ts";
import { Variable } from "../variable.ts";
import { clipGradients } from "./clipping.ts";
import { type CommonOptions, commonOptions, type OptimizerOptions } from "./options.ts";

/** A weight and the gradient of the loss by it. */
export interface GradientPair {
  readonly variable: Variable;
  readonly gradient: Sym;
}

/**
 * What the update of one weight is written with.
 *
 * @typeParam S names of the weight's slots
 */
export interface UpdateValues<S extends string = string> {
  readonly weight: Sym;
  readonly gradient: Sym;
  readonly slots: Readonly<Record<S, Sym>>;
  /** The optimizer's own scalars, as this step changed them. */
  readonly scalars: Readonly<Record<string, Sym>>;
  readonly rate: Sym;
  /** The number of this update, from 1. */
  readonly step: Sym;
}

/** New values of the weight and of its slots, by name. */
export type Updated<S extends string = string> = Readonly<Partial<Record<S, Sym>>> & { readonly weight: Sym };

/** What the optimizer keeps for one weight. */
interface Kept {
  readonly average: Variable | undefined;
  readonly accumulator: Variable | undefined;
  readonly slots: Readonly<Record<string, Variable>>;
}

/** Writes what the weights, or anything else, are after the step: `fresh` where an update is due. */
type Choose = (fresh: Sym, old: Sym) => Sym;

const variable = (path: string, name: string, shape: readonly number[], value: Float32Array) => {
  const made = new Variable({ name, shape, trainable: false, value });
  made.path = path;
  return made;
};

/**
 * The base of optimizers. `build` makes the slots, `apply` writes one step into the current trace; the state lives in
 * `variables`, so that it is on the device while a model trains. One optimizer may train several models: slots belong to
 * weights, whatever these are named.
 *
 * @typeParam O the optimizer's own options
 * @typeParam S names of its slots
 * @example
 * ```ts
 * import { Optimizer, type UpdateValues } from "fovea/optimizers";
 * import { multiply, sign, subtract } from "fovea/ops";
 * class SignDescent extends Optimizer {
 *   protected override update({ weight, gradient, rate }: UpdateValues) {
 *     return { weight: subtract(weight, multiply(sign(gradient), rate)) };
 *   }
 * }
 * new SignDescent({ learningRate: 0.01 });
 * ```
 */
export abstract class Optimizer<O extends object = object, S extends string = string> extends Configurable<
  O & CommonOptions
> {
  static override readonly module: string = "keras.optimizers";
  static override readonly options: Readonly<Record<string, import("../option-kinds.ts").Option>> = commonOptions;

  readonly name: string;
  readonly #iteration: Variable;
  readonly #rate: Variable | LearningRateSchedule;
  readonly #kept = new Map<Variable, Kept>();
  readonly #scalars: Readonly<Record<string, Variable>>;

  constructor(options: SomeOptions<Omit<O, keyof CommonOptions>> & OptimizerOptions = {}) {
    super(options);
    const { clipnorm, clipvalue, globalClipnorm, learningRate, name } = this.options;
    this.name = name ?? uniqueName(snakeCaseName(this.className));
    const clips = Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(([, limit]) => limit !== null);
    if (clips.length > 1)
      throw new ArgumentError(`${this.className}: set only one of ${clips.map(([clip]) => clip).join(", ")}.`);
    this.#iteration = this.addScalar("iteration", 0);
    this.#rate =
      typeof learningRate === "number" ? this.addScalar("learning_rate", this.ownRate ?? learningRate) : learningRate;
    this.#scalars = Object.fromEntries(
      Object.entries(this.scalars).map(([key, initial]) => [key, this.addScalar(toSnakeCase(key), initial)]),
    );
  }

  /** Number of calls of `apply`, float32. */
  get iteration(): Variable {
    return this.#iteration;
  }

  /** The learning rate that the optimizer's own variable holds where its option does not say it. Default undefined. */
  protected get ownRate(): number | undefined {
    return undefined;
  }

  /** Makes a scalar that the optimizer keeps. */
  protected addScalar(name: string, value: number): Variable {
    return variable(`${this.name}/${name}`, name, [], Float32Array.of(value));
  }

  /**
   * Names of the slots that each weight gets. Keras lists the slots of a group weight by weight, and group after group:
   * [["momentum", "velocity"]] gives m₀ v₀ m₁ v₁, [["velocity"], ["momentum"]] gives v₀ v₁ m₀ m₁. Default none.
   */
  protected get slotGroups(): readonly (readonly S[])[] {
    return [];
  }

  /** The shape of a weight's slot; undefined: this weight has no such slot. Default: the weight's. */
  protected slotShape(_slot: S, weight: Variable): Shape | undefined {
    return weight.shape;
  }

  /** The value that a slot starts with, or all of its values. Default 0. */
  protected initialValue(_slot: S, _weight: Variable): number | Float32Array {
    return 0;
  }

  /** How much of a weight that decays is taken off it at each step, by the learning rate. Default: the option. */
  protected decayOf(_weight: Variable): number | null {
    return this.options.weightDecay;
  }

  /** Scalars that the optimizer has once, with their first values. Asked once, when it is made. Default none. */
  protected get scalars(): Readonly<Record<string, number>> {
    return {};
  }

  /** Writes the scalars' values for update number `step`, before the weights' updates. */
  protected updateScalars(scalars: Readonly<Record<string, Sym>>, _step: Sym): Readonly<Record<string, Sym>> {
    return scalars;
  }

  /** Writes the update of one weight. Slots that it leaves out stay as they are. */
  protected abstract update(values: UpdateValues<S>): Updated<S>;

  /**
   * As float32 holds it: 0.001 reads back as 0.0010000000474974513. With a schedule it is the rate of the next step. What is set
   * holds from the next step on.
   */
  get learningRate(): number {
    const rate = this.#rate;
    return rate instanceof Variable ? rate.value[0]! : Math.fround(rate.valueAt(this.iteration.value[0]!));
  }

  /** @throws ArgumentError unless the rate is a finite number of 0 or more; StateError when a schedule sets it */
  set learningRate(rate: number) {
    if (!(this.#rate instanceof Variable))
      throw new StateError(
        `${this.className} "${this.name}": its ${this.#rate.className} sets the learning rate; to set it yourself, make the optimizer with a number.`,
      );
    checkLearningRate(this.className, rate);
    this.#rate.value = Float32Array.of(rate);
  }

  /** Number of updates made: calls of `apply`, or every gradientAccumulationSteps-th of them. */
  get iterations(): number {
    return Math.floor(this.iteration.value[0]! / (this.options.gradientAccumulationSteps ?? 1));
  }

  get built(): boolean {
    return this.#kept.size > 0;
  }

  /** Everything that the optimizer keeps, in Keras's order. */
  get variables(): Variable[] {
    return this.variablesOf([...this.#kept.keys()]);
  }

  /**
   * What it keeps for these weights, in Keras's order: iteration, learning rate (absent with a schedule), averages,
   * accumulators, slots group by group, own scalars.
   *
   * @throws StateError for a weight that `build` was not told of
   */
  variablesOf(weights: readonly Variable[]): Variable[] {
    checkVariables(`${this.className}.variablesOf`, weights);
    const kept = weights.map((weight) => this.#keptOf(weight));
    return [
      this.#iteration,
      ...(this.#rate instanceof Variable ? [this.#rate] : []),
      ...kept.flatMap(({ average }) => average ?? []),
      ...kept.flatMap(({ accumulator }) => accumulator ?? []),
      ...this.slotGroups.flatMap((group) => kept.flatMap(({ slots }) => group.flatMap((name) => slots[name] ?? []))),
      ...Object.values(this.#scalars),
    ];
  }

  #keptOf(weight: Variable): Kept {
    const kept = this.#kept.get(weight);
    if (kept === undefined)
      throw new StateError(`${this.className} "${this.name}" was not built for the weight "${weight.path}".`);
    return kept;
  }

  /** Makes the slots of these weights; those that are there already stay. */
  build(weights: readonly Variable[]): void {
    checkVariables(`${this.className}.build`, weights);
    const { useEma, gradientAccumulationSteps } = this.options;
    for (const weight of weights) {
      if (this.#kept.has(weight)) continue;
      const make = (name: string, value: Float32Array, shape: Shape = weight.shape) => {
        const suffix = toSnakeCase(name);
        return variable(`${this.name}/${weight.path.replaceAll("/", "_")}_${suffix}`, suffix, shape, value);
      };
      const slot = (name: S): readonly (readonly [S, Variable])[] => {
        const shape = this.slotShape(name, weight);
        if (shape === undefined) return [];
        const first = this.initialValue(name, weight);
        const value = typeof first === "number" ? new Float32Array(sizeOf(shape)).fill(first) : first;
        return [[name, make(name, value, shape)]];
      };
      this.#kept.set(weight, {
        average: useEma ? make("average", Float32Array.from(weight.value)) : undefined,
        accumulator:
          gradientAccumulationSteps === null ? undefined : make("gradientAccumulator", new Float32Array(weight.size)),
        slots: Object.fromEntries(this.slotGroups.flat().flatMap(slot)),
      });
    }
  }

  /**
   * Writes a whole step into the current trace: accumulate, clip, decay, update, average, constrain, count. The trace decides
   * whether what is assigned here comes to be.
   *
   * @throws StateError outside of a step or for a weight that `build` was not told of; ArgumentError when there is nothing to
   *   train
   */
  apply(pairs: readonly GradientPair[]): void {
    checkPairs(`${this.className}.apply`, pairs);
    if (pairs.length === 0)
      throw new ArgumentError(
        `${this.className}: no weight has a gradient, so there is nothing to train. Is every layer frozen (trainable false)?`,
      );
    const fixedRate = this.#rate instanceof Variable ? this.#rate.read() : null;
    const iteration = this.iteration.read();
    const next = add(iteration, 1);
    const rate = fixedRate ?? (this.#rate as LearningRateSchedule).call(iteration);
    const { gradientAccumulationSteps: every } = this.options;
    const step = every === null ? next : add(quotient(iteration, every), 1);
    const choose: Choose = every === null ? (fresh) => fresh : whereMultiple(next, every);
    const gradients = clipGradients(this.#accumulate(this.#unscaled(pairs), choose), this.options);
    const scalars = this.#stepScalars(step, choose);
    pairs.forEach(({ variable }, i) => {
      this.#stepWeight(variable, gradients[i]!, { scalars, rate, step }, choose);
    });
    this.iteration.assign(next);
  }

  /**
   * The loss as it is to be differentiated: times `lossScaleFactor`, by which `apply` divides the gradients. The step of a model
   * does it; a step of one's own that calls `gradients` and `apply` gives `gradients` the scaled loss.
   */
  scaleLoss(loss: Sym): Sym {
    const { lossScaleFactor } = this.options;
    return lossScaleFactor === null ? loss : mul(loss, lossScaleFactor);
  }

  #unscaled(pairs: readonly GradientPair[]): readonly GradientPair[] {
    const { lossScaleFactor } = this.options;
    if (lossScaleFactor === null) return pairs;
    return pairs.map(({ variable, gradient }) => ({ variable, gradient: div(gradient, lossScaleFactor) }));
  }

  /** The gradients, or with accumulation the mean of those since the last update and these. */
  #accumulate(pairs: readonly GradientPair[], choose: Choose): readonly Sym[] {
    const { gradientAccumulationSteps: every } = this.options;
    return pairs.map(({ variable, gradient }) => {
      const { accumulator } = this.#keptOf(variable);
      if (accumulator === undefined || every === null) return gradient;
      const sum = add(gradient, accumulator.read());
      accumulator.assign(choose(mul(sum, 0), sum));
      return div(sum, every);
    });
  }

  #stepScalars(step: Sym, choose: Choose): Readonly<Record<string, Sym>> {
    const old = mapValues(this.#scalars, (scalar) => scalar.read());
    const fresh = this.updateScalars(old, step);
    for (const [name, scalar] of Object.entries(this.#scalars)) scalar.assign(choose(fresh[name]!, old[name]!));
    return fresh;
  }

  #stepWeight(
    variable: Variable,
    gradient: Sym,
    values: Pick<UpdateValues, "scalars" | "rate" | "step">,
    choose: Choose,
  ): void {
    const kept = this.#keptOf(variable);
    const old = variable.read();
    const isExcluded = this.options.excludeFromWeightDecay.some((part) => variable.name.includes(part));
    const decay = isExcluded ? null : this.decayOf(variable);
    const weight = decay === null ? old : sub(old, mul(mul(old, decay), values.rate));
    const slots = mapValues(kept.slots, (slot) => slot.read());
    const updated = this.update({ ...values, weight, gradient, slots: slots as Readonly<Record<S, Sym>> });
    for (const [name, slot] of Object.entries(kept.slots)) {
      const fresh = updated[name as S];
      if (fresh !== undefined) slot.assign(choose(fresh, slots[name]!));
    }
    const moved = this.#average(kept.average, choose(updated.weight, old), values.step);
    variable.assign(variable.constraint?.call(moved) ?? moved);
  }

  /** Moves the average towards the weight (the first one is the weight itself); gives the weight, or the average when that is due. */
  #average(average: Variable | undefined, weight: Sym, step: Sym): Sym {
    if (average === undefined) return weight;
    const { emaMomentum, emaOverwriteFrequency } = this.options;
    const momentum = where(step, 1.5, 0, emaMomentum);
    const mean = add(mul(average.read(), momentum), mul(weight, sub(1, momentum)));
    average.assign(mean);
    return emaOverwriteFrequency === null ? weight : whereMultiple(step, emaOverwriteFrequency)(mean, weight);
  }

  /** Exchanges weights and their averages. @throws StateError without `useEma` */
  swapAverages(weights: readonly Variable[]): void {
    this.#eachAverage("swapAverages", weights, (weight, average) => {
      const value = Float32Array.from(weight.value);
      weight.value = Float32Array.from(average.value);
      average.value = value;
    });
  }

  /** Makes the weights, as they are, their averages. @throws StateError without `useEma` */
  takeAverages(weights: readonly Variable[]): void {
    this.#eachAverage("takeAverages", weights, (weight, average) => {
      average.value = Float32Array.from(weight.value);
    });
  }

  #eachAverage(what: string, weights: readonly Variable[], use: (weight: Variable, average: Variable) => void): void {
    checkVariables(`${this.className}.${what}`, weights);
    if (!this.options.useEma)
      throw new StateError(`${this.className} "${this.name}" keeps no averages of weights; make it with useEma true.`);
    for (const weight of weights) {
      const average = this.#kept.get(weight)?.average;
      if (average !== undefined) use(weight, average);
    }
  }

  /** Puts the averages in the weights' place, at the end of training. Without `useEma` it does nothing. */
  finalize(weights: readonly Variable[]): void {
    checkVariables(`${this.className}.finalize`, weights);
    for (const weight of weights) {
      const average = this.#kept.get(weight)?.average;
      if (average !== undefined) weight.value = Float32Array.from(average.value);
    }
  }

  override getConfig(): Record<string, unknown> {
    const config = super.getConfig();
    const rate = this.#rate instanceof Variable ? this.learningRate : config.learningRate;
    return { ...config, name: this.name, learningRate: rate };
  }
}

/** The whole part of count / every; the half keeps a division that rounds down from missing a multiple. */
const quotient = (count: Sym, every: number) => floor(div(add(count, 0.5), every));

/** Chooses `fresh` where the count is a multiple of `every`, else `old`. */
function whereMultiple(count: Sym, every: number): Choose {
  const rest = sub(count, mul(quotient(count, every), every));
  return (fresh, old) => where(rest, 0.5, fresh, old);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** Throws unless it is a list of weights with values of the step as their gradients. */
export function checkPairs(who: string, pairs: unknown): asserts pairs is readonly GradientPair[] {
  if (!Array.isArray(pairs))
    throw new ArgumentError(`${who} takes a list of { variable, gradient }, got ${formatValue(pairs)}.`);
  const list = pairs as readonly (Partial<GradientPair> | undefined)[];
  const variables = list.map((pair) => pair?.variable);
  checkVariables(who, variables);
  list.forEach((pair, i) => {
    checkSym(who, `the gradient of "${variables[i]!.path}"`, pair?.gradient);
  });
}
