/** The base of optimizers: options, slots, clipping and weight decay in Keras's order (K: `optimizers/base_optimizer.py`). */
import { ArgumentError, StateError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, sqrt, square, sub, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { checkNumber, fillOptions } from "../options.ts";
import { snakeCaseName, uniqueName } from "../process-state.ts";
import { Variable } from "../variable.ts";

/** Options that every optimizer takes. */
export interface OptimizerOptions {
  readonly learningRate?: number;
  /** Each step first takes weight · weightDecay · learningRate off every weight. Default none. */
  readonly weightDecay?: number | null;
  /** Scales each gradient down to this norm. One of the three clips at most. */
  readonly clipnorm?: number | null;
  /** Cuts each value of the gradients at ± this. */
  readonly clipvalue?: number | null;
  /** Scales all gradients together down to this norm. */
  readonly globalClipnorm?: number | null;
  /** Default: the class's name in snake_case, numbered. */
  readonly name?: string;
}

/** A weight and the gradient of the loss by it. */
export interface GradientPair {
  readonly variable: Variable;
  readonly gradient: Sym;
}

/** What an update is written with. */
export interface UpdateContext {
  read(variable: Variable): Sym;
  update(variable: Variable, value: Sym): void;
  /** The value that is written: `fresh`, or `old` when this step must not count. */
  guard(fresh: Sym, old: Sym): Sym;
}

type Common = Required<Omit<OptimizerOptions, "learningRate" | "name">>;

const commonDefaults: Common = { weightDecay: null, clipnorm: null, clipvalue: null, globalClipnorm: null };

const scalar = (name: string, value: number) =>
  new Variable({ name, shape: [], trainable: false, value: Float32Array.of(value) });

/**
 * The base of optimizers. `build` makes the slots, `emitUpdate` writes one step; the state lives in `variables`, so that it is
 * on the device while a model trains.
 *
 * @typeParam O the optimizer's options
 */
export abstract class Optimizer<O extends OptimizerOptions = OptimizerOptions> {
  /** Keras's name of the class; stated, since minifiers rename classes. */
  readonly className: string;
  readonly name: string;
  readonly options: Readonly<Required<Omit<O, "name">>>;
  /** Number of steps taken, float32. */
  readonly iteration: Variable;
  readonly #learningRate: Variable;
  /** Slots of each weight, in the order of `slotNames`. */
  readonly #slots = new Map<Variable, readonly Variable[]>();

  /** @param defaults every own option with its default, learningRate among them */
  constructor(className: string, options: O, defaults: Required<Omit<O, keyof Common | "name">>) {
    this.className = className;
    const all = { ...commonDefaults, ...defaults } as Required<Omit<O, "name">>;
    this.options = fillOptions(className, options, all, ["name"]);
    this.name = options.name ?? uniqueName(snakeCaseName(className));
    const { clipnorm, clipvalue, globalClipnorm, learningRate, weightDecay } = this.#common;
    const clips = Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(([, value]) => value !== null);
    if (clips.length > 1)
      throw new ArgumentError(`${className}: set only one of ${clips.map(([name]) => name).join(", ")}.`);
    for (const [name, value] of clips) checkNumber(className, name, value, "a number above 0", (limit) => limit > 0);
    if (weightDecay !== null)
      checkNumber(className, "weightDecay", weightDecay, "a number of 0 or more", (decay) => decay >= 0);
    checkRate(className, learningRate);
    this.iteration = scalar("iteration", 0);
    this.#learningRate = scalar("learning_rate", learningRate);
    this.iteration.path = `${this.name}/iteration`;
    this.#learningRate.path = `${this.name}/learning_rate`;
  }

  /** The options that all optimizers have; TypeScript cannot see them through the generic type. */
  get #common(): Required<Omit<OptimizerOptions, "name">> {
    return this.options as unknown as Required<Omit<OptimizerOptions, "name">>;
  }

  /** Names of the slots that each weight gets. */
  protected abstract get slotNames(): readonly string[];

  /** Slots that Keras lists after those of all weights instead of beside the others of their own weight. */
  protected get trailingSlotNames(): readonly string[] {
    return [];
  }

  /** Writes the update of one weight: new slot values (the trailing ones last) and then the new weight. */
  protected abstract updateWeight(weight: Sym, gradient: Sym, slots: readonly Sym[], rate: Sym, step: Sym): Sym[];

  /** As float32 holds it: 0.001 reads back as 0.0010000000474974513. What is set holds from the next `fit` on. */
  get learningRate(): number {
    return this.#learningRate.value[0]!;
  }

  /** @throws ArgumentError unless the rate is a finite number above 0 */
  set learningRate(rate: number) {
    checkRate(this.className, rate);
    this.#learningRate.value = Float32Array.of(rate);
  }

  /** The variable that holds the learning rate; who sets the rate while the model is on a device must send it there. */
  get learningRateVariable(): Variable {
    return this.#learningRate;
  }

  get built(): boolean {
    return this.#slots.size > 0;
  }

  /** In Keras's order: iteration, learning rate, then the slots weight by weight, then the trailing slots. */
  get variables(): Variable[] {
    const own = this.slotNames.length;
    const slots = [...this.#slots.values()];
    return [
      this.iteration,
      this.#learningRate,
      ...slots.flatMap((each) => each.slice(0, own)),
      ...slots.flatMap((each) => each.slice(own)),
    ];
  }

  /** Makes the slots of these weights, all zero; those that are there already stay. */
  build(weights: readonly Variable[]): void {
    for (const weight of weights) {
      if (this.#slots.has(weight)) continue;
      const slots = [...this.slotNames, ...this.trailingSlotNames].map((name) => {
        const value = new Float32Array(sizeOf(weight.shape));
        const slot = new Variable({ name, shape: weight.shape, trainable: false, value });
        slot.path = `${this.name}/${weight.path.replaceAll("/", "_")}_${name}`;
        return slot;
      });
      this.#slots.set(weight, slots);
    }
  }

  /**
   * Writes the whole step: clip, decay, update, count. Every value that is written passes through `context.guard`.
   *
   * @throws StateError for a weight that `build` was not told of; ArgumentError when there is nothing to train
   */
  emitUpdate(context: UpdateContext, pairs: readonly GradientPair[]): void {
    if (pairs.length === 0)
      throw new ArgumentError(
        `${this.className}: no weight has a gradient, so there is nothing to train. Is every layer frozen (trainable false)?`,
      );
    const rate = context.read(this.#learningRate);
    const iteration = context.read(this.iteration);
    const step = add(iteration, 1);
    const { weightDecay } = this.#common;
    for (const { variable, gradient } of this.#clip(pairs)) {
      const old = context.read(variable);
      const weight = weightDecay === null ? old : sub(old, mul(mul(old, weightDecay), rate));
      const slots = this.#slots.get(variable);
      if (slots === undefined)
        throw new StateError(`${this.className} "${this.name}" was not built for the weight "${variable.path}".`);
      const values = slots.map((slot) => context.read(slot));
      const fresh = this.updateWeight(weight, gradient, values, rate, step);
      slots.forEach((slot, i) => {
        context.update(slot, context.guard(fresh[i]!, values[i]!));
      });
      context.update(variable, context.guard(fresh.at(-1)!, old));
    }
    context.update(this.iteration, context.guard(step, iteration));
  }

  #clip(pairs: readonly GradientPair[]): readonly GradientPair[] {
    const { clipnorm, clipvalue, globalClipnorm } = this.#common;
    const replace = (change: (gradient: Sym) => Sym) =>
      pairs.map(({ variable, gradient }) => ({ variable, gradient: change(gradient) }));
    if (clipvalue !== null) return replace((gradient) => clip(gradient, -clipvalue, clipvalue));
    const sumOfSquares = (x: Sym) =>
      reduceSum(
        square(x),
        x.spec.shape.map((_, axis) => axis),
      );
    // g · c / max(‖g‖, c)
    const scaled = (gradient: Sym, norm: Sym, limit: number) =>
      mul(gradient, div(limit, where(norm, limit, limit, norm)));
    if (clipnorm !== null) return replace((gradient) => scaled(gradient, sqrt(sumOfSquares(gradient)), clipnorm));
    if (globalClipnorm === null) return pairs;
    const norm = sqrt(pairs.map(({ gradient }) => sumOfSquares(gradient)).reduce((a, b) => add(a, b)));
    return replace((gradient) => scaled(gradient, norm, globalClipnorm));
  }

  /** Keras's config with camelCase keys. */
  getConfig(): Record<string, unknown> {
    const { weightDecay, clipnorm, globalClipnorm, clipvalue, learningRate: _initial, ...own } = this.#common;
    return {
      name: this.name,
      learningRate: this.learningRate,
      weightDecay,
      clipnorm,
      globalClipnorm,
      clipvalue,
      useEma: false,
      emaMomentum: 0.99,
      emaOverwriteFrequency: null,
      lossScaleFactor: null,
      gradientAccumulationSteps: null,
      ...own,
    };
  }
}

function checkRate(owner: string, rate: number): void {
  checkNumber(owner, "learningRate", rate, "a finite number above 0", (value) => value > 0);
}
