/**
 * Random numbers, a function of (key, step, place) alone: the same on all devices. Without a seed each call has a key of its own and
 * draws anew at each step; with a seed it draws the same numbers at each step, as Keras does for a whole number. K: `random/random.py`.
 */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { foldKey, type Key, keyOf } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, less, log, mul, neg, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { argSort } from "../../ops/order.ts";
import { randomNormal, randomNormalOf, randomUniformOf } from "../../ops/random-normal.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import { argMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { keyOfSeed } from "../process-state.ts";
import { currentTrace, type Trace } from "../trace.ts";
import { axisOf, checkCount, optionsOf, real, refuseBatch, shapeText } from "./checks.ts";
import { type LikeOptions, type NewShape, rowsOf } from "./creation.ts";
import { take } from "./indexing.ts";
import { operateOn } from "./operation.ts";
import type { Made, SameRank, Value } from "./value.ts";

/**
 * A source of keys for draws that change from step to step, and repeat when the program runs again: the numbers depend on the seed,
 * the step, and on how many draws of this generator came before in the step. K: `random/seed_generator.py`.
 *
 * @throws ArgumentError for a seed that is no whole number
 * @example
 * ```ts
 * import { jit } from "fovea";
 * import { add, random, type Sym } from "fovea/ops";
 * const generator = new random.SeedGenerator({ seed: 7 });
 * const noisy = jit((x: Sym) => add(x, random.normal([null], { seed: generator })), { device: "reference" });
 * const [first, second] = [await noisy([0, 0]), await noisy([0, 0])]; // four different numbers
 * console.log(first.data, second.data);
 * ```
 */
export class SeedGenerator {
  readonly #key: Key;
  readonly #draws = new WeakMap<Trace, number>();

  /** `seed`: a whole number. Default null: by `setSeed`. */
  constructor(options: { readonly seed?: number | null } = {}) {
    const { seed } = optionsOf("random.SeedGenerator", options, { seed: null });
    if (seed !== null) checkSeed("SeedGenerator", seed);
    this.#key = keyOfSeed(seed);
  }

  /** @internal The key of the next draw of a step. */
  nextKey(trace: Trace): Key {
    const draws = this.#draws.get(trace) ?? 0;
    this.#draws.set(trace, draws + 1);
    return foldKey(this.#key, draws);
  }
}

/** A whole number: the same numbers at each step. A SeedGenerator: others at each step. Default: others at each step, by `setSeed`. */
export type Seed = number | SeedGenerator;

export interface RandomOptions<A extends Value = Value> extends LikeOptions<A> {
  /** A whole number: the same numbers at each step; a `SeedGenerator`: others at each step. Default: others at each step, by `setSeed`. */
  readonly seed?: Seed;
}

function checkSeed(name: string, seed: unknown): asserts seed is number {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(
      `random.${name}: seed is ${formatValue(seed)}, expected a whole number${name === "SeedGenerator" ? " or null" : " or a SeedGenerator"}.`,
    );
}

/** What a draw depends on besides the place. */
function sourceOf(name: string, seed: Seed | undefined): { readonly key: Key; readonly step: Sym } {
  const trace = currentTrace(`random.${name}`);
  if (seed === undefined) return { key: trace.nextKey(), step: trace.step };
  if (seed instanceof SeedGenerator) return { key: seed.nextKey(trace), step: trace.step };
  checkSeed(name, seed);
  return { key: keyOf(seed), step: literal(trace.builder, [0], []) };
}

type Draw = "uniform" | "normal";

/** Numbers for each row of `like`, or in a shape that follows no batch. */
function drawn(name: string, kind: Draw, shape: readonly number[], like: Sym | undefined, seed: Seed | undefined): Sym {
  const { key, step } = sourceOf(name, seed);
  if (like === undefined) return (kind === "normal" ? randomNormalOf : randomUniformOf)(step, key, shape);
  if (!like.spec.batched)
    throw new ArgumentError(
      `random.${name}: like is ${shapeText(like)}, which does not follow the batch; leave it out.`,
    );
  return (kind === "normal" ? randomNormal : randomUniform)(step, like, key, shape);
}

function random<A extends Value>(
  name: string,
  given: NewShape,
  model: A | undefined,
  write: (shape: readonly number[], like?: Sym) => Sym,
): Made<A> {
  const { sizes: shape, like } = rowsOf(`random.${name}`, given, model);
  if (like === undefined) return write(shape) as Made<A>;
  const keras = `random.Random${name[0]!.toUpperCase()}${name.slice(1)}`;
  return operateOn(`random.${name}`, keras, [like], (rows) => write(shape, rows), { shape }) as Made<A>;
}

/**
 * Normal numbers.
 *
 * @param shape of the result, or of a row of it where `like` is given: [batch, …shape]. Inside of a step the first size may be
 *   null or `step.rows`: one row for each row of the batch
 * @param options mean: default 0; stddev: default 1
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { random } from "fovea/ops";
 * random.normal([64], { like: input({ shape: [3] }) }).shape; // [null, 64]
 * ```
 */
export function normal<A extends Value = number>(
  shape: NewShape,
  options: RandomOptions<A> & { readonly mean?: number; readonly stddev?: number } = {},
): Made<A> {
  const { mean, stddev, seed, like } = optionsOf("random.normal", options, {
    mean: 0,
    stddev: 1,
    seed: undefined,
    like: undefined,
  });
  return random("normal", shape, like, (sizes, model) =>
    add(mul(drawn("normal", "normal", sizes, model, seed), stddev), mean),
  );
}

/**
 * Uniform numbers in [minval, maxval).
 *
 * @param shape of the result, or of a row of it where `like` is given
 * @param options minval: default 0; maxval: default 1
 */
export function uniform<A extends Value = number>(
  shape: NewShape,
  options: RandomOptions<A> & { readonly minval?: number; readonly maxval?: number } = {},
): Made<A> {
  const defaults = { minval: 0, maxval: 1, seed: undefined, like: undefined };
  const { minval, maxval, seed, like } = optionsOf("random.uniform", options, defaults);
  return random("uniform", shape, like, (sizes, model) =>
    add(mul(drawn("uniform", "uniform", sizes, model, seed), maxval - minval), minval),
  );
}

/** 1 with the given probability, else 0. */
export function bernoulli<A extends Value = number>(
  shape: NewShape,
  probability: number,
  options: RandomOptions<A> = {},
): Made<A> {
  const { seed, like } = optionsOf("random.bernoulli", options, { seed: undefined, like: undefined });
  if (typeof probability !== "number" || !(probability >= 0 && probability <= 1))
    throw new ArgumentError(`random.bernoulli: probability is ${formatValue(probability)}, expected 0 … 1.`);
  return random("bernoulli", shape, like, (sizes, model) =>
    less(drawn("bernoulli", "uniform", sizes, model, seed), probability),
  );
}

/**
 * x with entries set to 0 with probability `rate`, the others divided by 1 − rate. It drops in evaluation, too; the layer Dropout
 * does not.
 */
export function dropout<A extends Value>(inputs: A, rate: number, options: { readonly seed?: Seed } = {}): SameRank<A> {
  const { seed } = optionsOf("random.dropout", options, { seed: undefined });
  if (typeof rate !== "number" || !(rate >= 0 && rate < 1))
    throw new ArgumentError(`random.dropout: rate is ${formatValue(rate)}, expected 0 or more and less than 1.`);
  const write = (x?: Sym) => {
    if (rate === 0) return real(x!);
    const { shape, batched } = x!.spec;
    const draws = drawn("dropout", "uniform", batched ? shape.slice(1) : shape, batched ? x : undefined, seed);
    return where(draws, rate, 0, mul(x!, 1 / (1 - rate)));
  };
  return operateOn("random.dropout", "random.Dropout", [inputs], write, { rate }) as SameRank<A>;
}

/**
 * Numbers of classes, drawn by their logits. logits [batch, classes] → [batch, numSamples], as float32: the class with the largest
 * logit − ln(−ln u) (Gumbel).
 */
export function categorical<A extends Value>(
  logits: A,
  numSamples: number,
  options: { readonly seed?: Seed } = {},
): SameRank<A> {
  const { seed } = optionsOf("random.categorical", options, { seed: undefined });
  const write = (x?: Sym) => {
    checkCount("random.categorical", "numSamples", numSamples);
    const { shape, batched } = x!.spec;
    if (shape.length !== 2) throw new ShapeError(`random.categorical of ${shapeText(x!)}: expected [batch, classes].`);
    const [rows, classes] = shape as [number, number];
    const draws = batched
      ? drawn("categorical", "uniform", [numSamples, classes], x, seed)
      : drawn("categorical", "uniform", [rows, numSamples, classes], undefined, seed);
    // u may be 0, whose logarithm is infinite; it is moved into (0, 1), so far that rounding makes no 1 of it.
    const noise = neg(log(neg(log(add(mul(draws, 1 - 2 ** -22), 2 ** -23)))));
    return argMax(add(reshape(real(x!), [rows, 1, classes]), noise));
  };
  return operateOn("random.categorical", "random.Categorical", [logits], write, { numSamples }) as SameRank<A>;
}

/**
 * The entries of an axis in another order, the same one for all that stands along the other axes. Orders are counted: n² comparisons,
 * good for some hundred entries.
 *
 * @param axis default 0. Not the batch, whose rows a step computes apart from each other: data is shuffled by `fit` and `Dataset`
 * @example
 * ```ts
 * import { jit } from "fovea";
 * import { random, type Sym } from "fovea/ops";
 * const shuffled = jit((x: Sym) => random.shuffle(x, 1, { seed: 3 }), { device: "reference" });
 * (await shuffled([[1, 2, 3, 4]])).toArray(); // the four numbers in another order
 * ```
 */
export function shuffle<A extends Value>(x: A, axis = 0, options: { readonly seed?: Seed } = {}): SameRank<A> {
  const { seed } = optionsOf("random.shuffle", options, { seed: undefined });
  const write = (value?: Sym) => {
    const at = axisOf("random.shuffle", value!, axis);
    refuseBatch("random.shuffle", value!, [at]);
    const draws = drawn("shuffle", "uniform", [value!.spec.shape[at]!], undefined, seed);
    return take(real(value!), argSort(draws), at);
  };
  return operateOn("random.shuffle", "random.Shuffle", [x], write, { axis }) as SameRank<A>;
}
