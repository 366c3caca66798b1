/** Initializers that scale with the number of inputs or outputs of a unit. K: `initializers/random_initializers.py`. */
import { unknownName } from "../../base/errors.ts";
import type { Key } from "../../base/random.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { checkNumber } from "../options.ts";
import { fill, Initializer, type SeedOptions, streamOf, truncatedNormal } from "./initializer.ts";

const modes = ["fan_in", "fan_out", "fan_avg"] as const;
const distributions = ["truncated_normal", "untruncated_normal", "uniform"] as const;

export type FanMode = (typeof modes)[number];
export type Distribution = (typeof distributions)[number];

interface Scaling {
  readonly scale: number;
  readonly mode: FanMode;
  readonly distribution: Distribution;
}

export interface VarianceScalingOptions extends SeedOptions {
  /** Above 0. Default 1. */
  readonly scale?: number;
  /** Which fan divides the scale: inputs, outputs, or their mean. Default "fan_in". */
  readonly mode?: FanMode;
  /** Default "truncated_normal". */
  readonly distribution?: Distribution;
}

/** Standard deviation of a standard normal that is cut at ±2. */
const CUT_STDDEV = 0.8796256610342398;

/** Inputs and outputs of one unit, from the stored shape [..., inputs, outputs]; axes before count as the receptive field. */
export function computeFans(shape: Shape): [fanIn: number, fanOut: number] {
  if (shape.length === 0) return [1, 1];
  if (shape.length === 1) return [shape[0]!, shape[0]!];
  const receptive = sizeOf(shape.slice(0, -2));
  return [shape.at(-2)! * receptive, shape.at(-1)! * receptive];
}

/** Draws with variance scale / max(1, fan). The cut normal is widened so that it has that variance after the cut. */
function drawScaled(shape: Shape, key: Key, { scale, mode, distribution }: Scaling, seed: number | null): Float32Array {
  const [fanIn, fanOut] = computeFans(shape);
  const fans: Record<FanMode, number> = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 };
  const variance = scale / Math.max(1, fans[mode]);
  const stream = streamOf(seed, key);
  const draws: Record<Distribution, () => number> = {
    truncated_normal: () => (Math.sqrt(variance) / CUT_STDDEV) * truncatedNormal(stream),
    untruncated_normal: () => Math.sqrt(variance) * stream.normal(),
    uniform: () => Math.sqrt(3 * variance) * (2 * stream.uniform() - 1),
  };
  return fill(shape, draws[distribution]);
}

/** Keras stores which axes are inputs and outputs since 3.15; null means those of the stored shape. */
const axes = { inputAxes: null, outputAxes: null };

/** Draws with variance scale / fan. */
export class VarianceScaling extends Initializer<VarianceScalingOptions> {
  /** @throws ArgumentError for a scale of 0 or less, an unknown mode or an unknown distribution */
  constructor(options: VarianceScalingOptions = {}) {
    super("VarianceScaling", options, { scale: 1, mode: "fan_in", distribution: "truncated_normal", seed: null });
    const { scale, mode, distribution } = this.options;
    checkNumber("VarianceScaling", "scale", scale, "a number above 0", (value) => value > 0);
    if (!modes.includes(mode)) throw unknownName("mode of VarianceScaling", mode, modes);
    if (!distributions.includes(distribution))
      throw unknownName("distribution of VarianceScaling", distribution, distributions);
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    return drawScaled(shape, key, this.options, this.options.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.options, ...axes };
  }
}

/** The cases of VarianceScaling that have names of their own. */
abstract class NamedScaling extends Initializer<SeedOptions> {
  readonly #scaling: Scaling;

  constructor(className: string, options: SeedOptions, scaling: Scaling) {
    super(className, options, { seed: null });
    this.#scaling = scaling;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    return drawScaled(shape, key, this.#scaling, this.options.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.options, ...axes };
  }
}

/** Uniform with limit √(6 / (fanIn + fanOut)), Glorot & Bengio 2010: Keras's default for kernels. */
export class GlorotUniform extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("GlorotUniform", options, { scale: 1, mode: "fan_avg", distribution: "uniform" });
  }
}

/** Cut normal with variance 2 / (fanIn + fanOut), Glorot & Bengio 2010. */
export class GlorotNormal extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("GlorotNormal", options, { scale: 1, mode: "fan_avg", distribution: "truncated_normal" });
  }
}

/** Uniform with limit √(6 / fanIn), He et al. 2015: for layers with relu. */
export class HeUniform extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("HeUniform", options, { scale: 2, mode: "fan_in", distribution: "uniform" });
  }
}

/** Cut normal with variance 2 / fanIn, He et al. 2015: for layers with relu. */
export class HeNormal extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("HeNormal", options, { scale: 2, mode: "fan_in", distribution: "truncated_normal" });
  }
}

/** Uniform with limit √(3 / fanIn), LeCun et al. 1998. */
export class LecunUniform extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("LecunUniform", options, { scale: 1, mode: "fan_in", distribution: "uniform" });
  }
}

/** Cut normal with variance 1 / fanIn, LeCun et al. 1998. */
export class LecunNormal extends NamedScaling {
  constructor(options: SeedOptions = {}) {
    super("LecunNormal", options, { scale: 1, mode: "fan_in", distribution: "truncated_normal" });
  }
}
