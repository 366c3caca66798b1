/**
 * Initial values of weights: Keras's initializers, defaults and formulas (K: `initializers/random_initializers.py`). Values are
 * drawn on the host by a counter-based generator, so a seed gives the same weights on every device.
 */
import { ArgumentError, ShapeError, unknownName } from "../base/errors.ts";
import { type Key, keyOf, RandomStream } from "../base/random.ts";
import { formatShape, type Shape, sizeOf } from "../base/shape.ts";
import { snakeCaseName } from "./process-state.ts";

/** Makes the values of a weight. */
export interface Initializer {
  /** Values of a weight of this shape; the same key gives the same values. */
  initialize(shape: Shape, key: Key): Float32Array;
  /** Class and options, as configs hold them. */
  describe(): { className: string; config: Record<string, unknown> };
}

/** An initializer or its name in either spelling: "GlorotUniform", "glorot_uniform". */
export type InitializerLike = Initializer | string;

/** What a seed does: an initializer with a seed of its own gives the same values at every call. */
export interface SeedOptions {
  readonly seed?: number | null;
}

/** Standard deviation of a standard normal that is cut at ±2. */
const CUT_STDDEV = 0.8796256610342398;

function fill(shape: Shape, draw: () => number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}

function streamOf(seed: number | null | undefined, key: Key): RandomStream {
  return new RandomStream(seed === null || seed === undefined ? key : keyOf(seed));
}

/** A normal draw within two standard deviations; others are drawn again. */
function truncatedNormal(stream: RandomStream): number {
  for (;;) {
    const value = stream.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

/** Inputs and outputs that one unit sees, from the stored shape. K: `compute_fans`. */
export function computeFans(shape: Shape): [fanIn: number, fanOut: number] {
  if (shape.length === 0) return [1, 1];
  if (shape.length === 1) return [shape[0]!, shape[0]!];
  const receptive = sizeOf(shape.slice(0, -2));
  return [shape.at(-2)! * receptive, shape.at(-1)! * receptive];
}

abstract class BaseInitializer<O extends object> implements Initializer {
  readonly options: Readonly<Required<O>>;

  constructor(options: O, defaults: Required<O>) {
    this.options = { ...defaults, ...options };
  }

  abstract get className(): string;
  abstract initialize(shape: Shape, key: Key): Float32Array;

  describe(): { className: string; config: Record<string, unknown> } {
    return { className: this.className, config: { ...this.options } };
  }
}

/** All zeros. */
export class Zeros extends BaseInitializer<object> {
  constructor() {
    super({}, {});
  }
  override get className(): string {
    return "Zeros";
  }
  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 0);
  }
}

/** All ones. */
export class Ones extends BaseInitializer<object> {
  constructor() {
    super({}, {});
  }
  override get className(): string {
    return "Ones";
  }
  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 1);
  }
}

/** One value everywhere. Default 0. */
export class Constant extends BaseInitializer<{ readonly value?: number }> {
  constructor(options: { readonly value?: number } = {}) {
    super(options, { value: 0 });
  }
  override get className(): string {
    return "Constant";
  }
  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => this.options.value);
  }
}

/** gain on the diagonal of a matrix, 0 elsewhere. */
export class Identity extends BaseInitializer<{ readonly gain?: number }> {
  constructor(options: { readonly gain?: number } = {}) {
    super(options, { gain: 1 });
  }
  override get className(): string {
    return "Identity";
  }
  override initialize(shape: Shape): Float32Array {
    if (shape.length !== 2) throw new ShapeError(`Identity makes matrices only, got shape ${formatShape(shape)}.`);
    const columns = shape[1]!;
    let at = 0;
    return fill(shape, () => (Math.floor(at / columns) === at++ % columns ? this.options.gain : 0));
  }
}

export interface NormalOptions extends SeedOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 0.05. */
  readonly stddev?: number;
}

/** Normal distribution. */
export class RandomNormal extends BaseInitializer<NormalOptions> {
  constructor(options: NormalOptions = {}) {
    super(options, { mean: 0, stddev: 0.05, seed: null });
  }
  override get className(): string {
    return "RandomNormal";
  }
  override initialize(shape: Shape, key: Key): Float32Array {
    const { mean, stddev, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => mean + stddev * stream.normal());
  }
}

/** Normal distribution cut at two standard deviations (the real one is then 0.88 · stddev, as in Keras). */
export class TruncatedNormal extends BaseInitializer<NormalOptions> {
  constructor(options: NormalOptions = {}) {
    super(options, { mean: 0, stddev: 0.05, seed: null });
  }
  override get className(): string {
    return "TruncatedNormal";
  }
  override initialize(shape: Shape, key: Key): Float32Array {
    const { mean, stddev, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => mean + stddev * truncatedNormal(stream));
  }
}

export interface UniformOptions extends SeedOptions {
  /** Default -0.05. */
  readonly minval?: number;
  /** Default 0.05. */
  readonly maxval?: number;
}

/** Uniform on [minval, maxval). */
export class RandomUniform extends BaseInitializer<UniformOptions> {
  constructor(options: UniformOptions = {}) {
    super(options, { minval: -0.05, maxval: 0.05, seed: null });
  }
  override get className(): string {
    return "RandomUniform";
  }
  override initialize(shape: Shape, key: Key): Float32Array {
    const { minval, maxval, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => minval + (maxval - minval) * stream.uniform());
  }
}

export type FanMode = "fan_in" | "fan_out" | "fan_avg";
export type Distribution = "truncated_normal" | "untruncated_normal" | "uniform";

export interface VarianceScalingOptions extends SeedOptions {
  /** Default 1. */
  readonly scale?: number;
  /** Default "fan_in". */
  readonly mode?: FanMode;
  /** Default "truncated_normal". */
  readonly distribution?: Distribution;
}

/** Draws with variance scale / max(1, n), n being the fan of the mode. The cut normal is widened to have that variance. */
function scaleVariance(shape: Shape, key: Key, options: Required<VarianceScalingOptions>): Float32Array {
  const [fanIn, fanOut] = computeFans(shape);
  const fans: Record<FanMode, number> = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 };
  const variance = options.scale / Math.max(1, fans[options.mode]);
  const stream = streamOf(options.seed, key);
  const draws: Record<Distribution, () => number> = {
    truncated_normal: () => (Math.sqrt(variance) / CUT_STDDEV) * truncatedNormal(stream),
    untruncated_normal: () => Math.sqrt(variance) * stream.normal(),
    uniform: () => Math.sqrt(3 * variance) * (2 * stream.uniform() - 1),
  };
  return fill(shape, draws[options.distribution]);
}

/** Scales the variance by the number of inputs or outputs of a unit. */
export class VarianceScaling extends BaseInitializer<VarianceScalingOptions> {
  constructor(options: VarianceScalingOptions = {}) {
    super(options, { scale: 1, mode: "fan_in", distribution: "truncated_normal", seed: null });
    const { scale, mode, distribution } = this.options;
    if (!(scale > 0)) throw new ArgumentError(`VarianceScaling: scale is ${scale}, expected a number above 0.`);
    const modes = ["fan_in", "fan_out", "fan_avg"];
    if (!modes.includes(mode)) throw unknownName("mode of VarianceScaling", mode, modes);
    const distributions = ["truncated_normal", "untruncated_normal", "uniform"];
    if (!distributions.includes(distribution))
      throw unknownName("distribution of VarianceScaling", distribution, distributions);
  }
  override get className(): string {
    return "VarianceScaling";
  }
  override initialize(shape: Shape, key: Key): Float32Array {
    return scaleVariance(shape, key, this.options);
  }
}

/** The named cases of VarianceScaling. */
abstract class ScaledInitializer extends BaseInitializer<SeedOptions> {
  protected abstract get scaling(): Required<Omit<VarianceScalingOptions, "seed">>;

  constructor(options: SeedOptions = {}) {
    super(options, { seed: null });
  }
  override initialize(shape: Shape, key: Key): Float32Array {
    return scaleVariance(shape, key, { ...this.scaling, seed: this.options.seed });
  }
  override describe(): { className: string; config: Record<string, unknown> } {
    return { className: this.className, config: { ...this.options, inputAxes: null, outputAxes: null } };
  }
}

/** Uniform with limit √(6 / (fanIn + fanOut)), Glorot & Bengio 2010. Keras's default for kernels. */
export class GlorotUniform extends ScaledInitializer {
  protected override readonly scaling = { scale: 1, mode: "fan_avg", distribution: "uniform" } as const;
  override get className(): string {
    return "GlorotUniform";
  }
}

/** Cut normal with variance 2 / (fanIn + fanOut). */
export class GlorotNormal extends ScaledInitializer {
  protected override readonly scaling = { scale: 1, mode: "fan_avg", distribution: "truncated_normal" } as const;
  override get className(): string {
    return "GlorotNormal";
  }
}

/** Uniform with limit √(6 / fanIn), He et al. 2015; for ReLU. */
export class HeUniform extends ScaledInitializer {
  protected override readonly scaling = { scale: 2, mode: "fan_in", distribution: "uniform" } as const;
  override get className(): string {
    return "HeUniform";
  }
}

/** Cut normal with variance 2 / fanIn. */
export class HeNormal extends ScaledInitializer {
  protected override readonly scaling = { scale: 2, mode: "fan_in", distribution: "truncated_normal" } as const;
  override get className(): string {
    return "HeNormal";
  }
}

/** Uniform with limit √(3 / fanIn), LeCun et al. 1998. */
export class LecunUniform extends ScaledInitializer {
  protected override readonly scaling = { scale: 1, mode: "fan_in", distribution: "uniform" } as const;
  override get className(): string {
    return "LecunUniform";
  }
}

/** Cut normal with variance 1 / fanIn. */
export class LecunNormal extends ScaledInitializer {
  protected override readonly scaling = { scale: 1, mode: "fan_in", distribution: "truncated_normal" } as const;
  override get className(): string {
    return "LecunNormal";
  }
}

const classes = {
  Zeros,
  Ones,
  Constant,
  Identity,
  RandomNormal,
  TruncatedNormal,
  RandomUniform,
  VarianceScaling,
  GlorotUniform,
  GlorotNormal,
  HeUniform,
  HeNormal,
  LecunUniform,
  LecunNormal,
} as const;

const aliases: Readonly<Record<string, keyof typeof classes>> = {
  zero: "Zeros",
  one: "Ones",
  normal: "RandomNormal",
  uniform: "RandomUniform",
  IdentityInitializer: "Identity",
};

/** The initializer itself, or a fresh one of this name. */
export function resolveInitializer(initializer: InitializerLike): Initializer {
  if (typeof initializer !== "string") return initializer;
  for (const [className, make] of Object.entries(classes)) {
    const named = [className, snakeCaseName(className)].includes(initializer) || aliases[initializer] === className;
    if (named) return new make();
  }
  throw unknownName("initializer", initializer, [...Object.keys(classes).map(snakeCaseName), ...Object.keys(aliases)]);
}
