import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, clip, floor, mul } from "../../ops/elementwise.ts";
import { randomSymmetricBeta } from "../../ops/random-beta.ts";
import { randomDirichlet } from "../../ops/random-dirichlet.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { reshape } from "../../ops/reshape.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import {
  AugmentationPolicy,
  type PolicyDraws,
  type PolicyName,
  policyNames,
  policyOptions,
} from "./augmentation-policy.ts";
import { ComposedAugmentation } from "./composed-augmentation.ts";
import type { LayerOptions } from "./layer.ts";
import { mix } from "./mixing-augmentation.ts";

const options = {
  .../* @__PURE__ */ policyOptions(0.3),
  /** How many chains of augmentations are mixed. Default 3. */
  numChains: /* @__PURE__ */ integer({ min: 1, default: 3 }),
  /** The most augmentations of a chain. Default 3. */
  chainDepth: /* @__PURE__ */ integer({ min: 1, default: 3 }),
  /** Shares are drawn of Beta(alpha, alpha) and of the Dirichlet distribution of alpha: the smaller, the nearer to 0 or 1. Default 1. */
  alpha: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  /** Whether brightness, colour degeneration, contrast and sharpness are among the augmentations. Default true. */
  allOps: /* @__PURE__ */ flag({ default: true }),
};

export type AugMixOptions = GivenOptions<typeof options>;

/** What the authors of AugMix leave out, because data sets of corrupted images have it. */
const extraNames: ReadonlySet<PolicyName> = /* @__PURE__ */ new Set([
  "randomBrightness",
  "randomColorDegeneration",
  "randomContrast",
  "randomSharpness",
]);

interface Chains {
  /** [numChains], the shares of the chains. */
  readonly chainMixingWeights: Sym;
  /** [], the share of the images as they were. */
  readonly weightSample: Sym;
  /** [numChains · chainDepth], the number of each chain's each augmentation; one beyond the last stands for none. */
  readonly layerIdxes: Sym;
  /** For each of these what the augmentations drew. */
  readonly transforms: readonly PolicyDraws[];
}

/**
 * Mixes images with the mean of a few chains of augmentations, in training (Hendrycks et al. 2020). Which augmentations there are and
 * the shares are drawn for each batch, how far each image is changed for each. [batch, height, width, 3] → the same shape.
 * Every chain computes every augmentation and chooses one on the device, so a step takes time in proportion to numChains · chainDepth.
 * Masks are mixed alike, so give one channel for each class; boxes stay where they are.
 * K: `layers/preprocessing/image_preprocessing/aug_mix.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank or without three channels
 * @example
 * ```ts
 * import { AugMix } from "fovea/layers";
 * new AugMix({ valueRange: [0, 1], allOps: false });
 * ```
 */
export class AugMix extends ComposedAugmentation<OptionsOf<typeof options>, Chains> {
  static override readonly className = "AugMix";
  static override readonly options = options;
  readonly #policy: AugmentationPolicy;

  constructor(given: AugMixOptions & LayerOptions = {}) {
    super(given);
    const { allOps } = this.options;
    const names = allOps ? policyNames : policyNames.filter((name) => !extraNames.has(name));
    this.#policy = new AugmentationPolicy(this.options, names);
  }

  override getRandomTransformation(images: Sym): Chains {
    const { numChains, chainDepth, alpha } = this.options;
    const { names } = this.#policy;
    const { step } = currentTrace(this.title);
    const links = numChains * chainDepth;
    const key = (which: number) => foldKey(this.randomKey!, which);
    const drawn = randomUniformOf(step, key(0), [links]);
    const one = reshape(step, [1]);
    return {
      chainMixingWeights: reshape(randomDirichlet(step, key(1), alpha, [1, numChains]), [numChains]),
      weightSample: reshape(randomSymmetricBeta(step, one, key(2), alpha, []), []),
      layerIdxes: floor(mul(drawn, names.length + 1)),
      transforms: Array.from({ length: links }, (_, link) =>
        this.#policy.draws((augmentation, which) => this.drawOf(augmentation, which, images), 3 + link * names.length),
      ),
    };
  }

  #mixed(
    x: Sym,
    { chainMixingWeights, weightSample, layerIdxes, transforms }: Chains,
    change: (x: Sym, choice: Sym, draws: PolicyDraws) => Sym,
  ): Sym {
    const { numChains, chainDepth } = this.options;
    const entry = (list: Sym, i: number) => sliceAxis(list, 0, i, i + 1);
    const chains = Array.from({ length: numChains }, (_, chain) => {
      let changed = x;
      for (let link = chain * chainDepth; link < (chain + 1) * chainDepth; link++)
        changed = change(changed, entry(layerIdxes, link), transforms[link]!);
      return mul(changed, entry(chainMixingWeights, chain));
    });
    return mix(
      weightSample,
      x,
      chains.reduce((sum, chain) => add(sum, chain)),
    );
  }

  protected override transform(images: Sym, chains: Chains): Sym {
    const mixed = this.#mixed(images, chains, (...args) => this.#policy.changeImages(...args));
    return clip(mixed, ...this.options.valueRange);
  }

  protected override transformMasks(masks: Sym, chains: Chains): Sym {
    return this.#mixed(masks, chains, (...args) => this.#policy.changeMasks(...args));
  }
}
