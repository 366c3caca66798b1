/** Initializers that scale with the number of inputs or outputs of a unit. K: `initializers/random_initializers.py`. */
import type { Key } from "../../base/random.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { choice, fixed, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { fill, Initializer, type SeedOptions, seed, streamOf, truncatedNormal } from "./initializer.ts";

const modes = ["fan_in", "fan_out", "fan_avg"] as const;
const distributions = ["truncated_normal", "untruncated_normal", "uniform"] as const;

export type FanMode = (typeof modes)[number];
export type Distribution = (typeof distributions)[number];

interface Scaling {
  readonly scale: number;
  readonly mode: FanMode;
  readonly distribution: Distribution;
}

/** Keras keeps since 3.15 which axes are inputs and outputs; null means those of the stored shape. */
const scalingOptions = {
  /** A seed of its own. Default null: by `setSeed`. */
  seed: /* @__PURE__ */ seed(),
  /** Only null: the axis before the last. */
  inputAxes: /* @__PURE__ */ fixed(null, "the inputs are the axis before the last"),
  /** Only null: the last axis. */
  outputAxes: /* @__PURE__ */ fixed(null, "the outputs are the last axis"),
};

const options = {
  /** Above 0. Default 1. */
  scale: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  /** Which fan divides the scale: inputs, outputs, or their mean. Default "fan_in". */
  mode: /* @__PURE__ */ choice(modes, { default: "fan_in" }),
  /** Default "truncated_normal". */
  distribution: /* @__PURE__ */ choice(distributions, { default: "truncated_normal" }),
  ...scalingOptions,
};

export type VarianceScalingOptions = GivenOptions<typeof options>;

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

/** Draws with variance scale / fan. */
export class VarianceScaling extends Initializer<OptionsOf<typeof options>> {
  static override readonly className = "VarianceScaling";
  static override readonly options = options;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    return drawScaled(shape, key, this.options, this.options.seed);
  }
}

/** The cases of VarianceScaling that have names of their own. */
abstract class NamedScaling extends Initializer<OptionsOf<typeof scalingOptions>> {
  static override readonly options = scalingOptions;

  constructor(options: SeedOptions = {}) {
    super(options);
  }

  protected abstract readonly scaling: Scaling;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    return drawScaled(shape, key, this.scaling, this.options.seed);
  }
}

/** Uniform with limit √(6 / (fanIn + fanOut)), Glorot & Bengio 2010: Keras's default for kernels. */
export class GlorotUniform extends NamedScaling {
  static override readonly className = "GlorotUniform";
  protected override readonly scaling: Scaling = { scale: 1, mode: "fan_avg", distribution: "uniform" };
}

/** Cut normal with variance 2 / (fanIn + fanOut), Glorot & Bengio 2010. */
export class GlorotNormal extends NamedScaling {
  static override readonly className = "GlorotNormal";
  protected override readonly scaling: Scaling = { scale: 1, mode: "fan_avg", distribution: "truncated_normal" };
}

/** Uniform with limit √(6 / fanIn), He et al. 2015: for layers with relu. */
export class HeUniform extends NamedScaling {
  static override readonly className = "HeUniform";
  protected override readonly scaling: Scaling = { scale: 2, mode: "fan_in", distribution: "uniform" };
}

/** Cut normal with variance 2 / fanIn, He et al. 2015: for layers with relu. */
export class HeNormal extends NamedScaling {
  static override readonly className = "HeNormal";
  protected override readonly scaling: Scaling = { scale: 2, mode: "fan_in", distribution: "truncated_normal" };
}

/** Uniform with limit √(3 / fanIn), LeCun et al. 1998. */
export class LecunUniform extends NamedScaling {
  static override readonly className = "LecunUniform";
  protected override readonly scaling: Scaling = { scale: 1, mode: "fan_in", distribution: "uniform" };
}

/** Cut normal with variance 1 / fanIn, LeCun et al. 1998. */
export class LecunNormal extends NamedScaling {
  static override readonly className = "LecunNormal";
  protected override readonly scaling: Scaling = { scale: 1, mode: "fan_in", distribution: "truncated_normal" };
}
