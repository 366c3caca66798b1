/** The augmentations of which RandAugment and AugMix choose, and the change of images by the one that is chosen on the device. */
import type { Sym } from "../../ir/graph.ts";
import { equal, type Operand, where } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { type Interpolation, interpolations, type Projection, projectImages } from "../../ops/sample-images.ts";
import { choice } from "../option-kinds.ts";
import { GeometricAugmentation } from "./augmentation.ts";
import { factor, layoutOption, type Range, valueRangeOption } from "./augmentation-options.ts";
import { AutoContrast } from "./auto-contrast.ts";
import { type Corners, projectBoxes } from "./bounding-boxes.ts";
import type { Augmentation } from "./composed-augmentation.ts";
import { Equalization } from "./equalization.ts";
import { seedOption } from "./noise.ts";
import { RandomBrightness } from "./random-brightness.ts";
import { RandomColorDegeneration } from "./random-color-degeneration.ts";
import { RandomContrast } from "./random-contrast.ts";
import { RandomPosterization } from "./random-posterization.ts";
import { RandomRotation } from "./random-rotation.ts";
import { RandomSharpness } from "./random-sharpness.ts";
import { RandomShear } from "./random-shear.ts";
import { RandomTranslation } from "./random-translation.ts";
import { Solarization } from "./solarization.ts";

/** The options of a layer that chooses. @param strength the default of `factor` */
export const policyOptions = (strength: number) => ({
  ...layoutOption(),
  ...valueRangeOption(),
  /** How strong augmentations are, 0 … 1: a pair, or f for [0, f]. Default 0.5, for AugMix 0.3. */
  factor: factor({ bounds: [0, 1], default: strength }),
  /** "bilinear" (the default) or "nearest". */
  interpolation: choice(interpolations, { default: "bilinear" }),
  ...seedOption(),
});

interface PolicyOptions {
  /** How strong each augmentation is, 0 … 1. */
  readonly factor: Range;
  readonly valueRange: Range;
  readonly interpolation: Interpolation;
}

// The seed counts for nothing: a layer that is made of others gives them its own keys.
const seed = 0;

const makers = {
  randomShear: ({ factor, interpolation }: PolicyOptions) =>
    new RandomShear({ xFactor: factor, yFactor: factor, interpolation, seed }),
  randomTranslation: ({ factor, interpolation }: PolicyOptions) =>
    new RandomTranslation({ heightFactor: factor, widthFactor: factor, interpolation, seed }),
  randomRotation: ({ factor, interpolation }: PolicyOptions) => new RandomRotation({ factor, interpolation, seed }),
  randomBrightness: ({ factor, valueRange }: PolicyOptions) => new RandomBrightness({ factor, valueRange, seed }),
  randomColorDegeneration: ({ factor, valueRange }: PolicyOptions) =>
    new RandomColorDegeneration({ factor, valueRange, seed }),
  randomContrast: ({ factor, valueRange }: PolicyOptions) => new RandomContrast({ factor, valueRange, seed }),
  randomSharpness: ({ factor, valueRange }: PolicyOptions) => new RandomSharpness({ factor, valueRange, seed }),
  randomPosterization: ({ factor, valueRange }: PolicyOptions) =>
    new RandomPosterization({ factor: Math.max(1, Math.trunc(8 * factor[1])), valueRange, seed }),
  solarization: ({ factor, valueRange }: PolicyOptions) =>
    new Solarization({ additionFactor: factor, thresholdFactor: factor, valueRange, seed }),
  autoContrast: ({ valueRange }: PolicyOptions) => new AutoContrast({ valueRange }),
  equalization: ({ valueRange }: PolicyOptions) => new Equalization({ valueRange }),
};

export type PolicyName = keyof typeof makers;

/** Augmentations by their numbers, as RandAugment counts them. */
export const policyNames = /* @__PURE__ */ Object.keys(makers) as PolicyName[];

/** What each of the augmentations drew. */
export type PolicyDraws = Partial<Readonly<Record<PolicyName, unknown>>>;

type Size = readonly [height: number, width: number];

/** Augmentations of which one is chosen by its number on the device; a number that none of them has changes nothing. */
export class AugmentationPolicy {
  readonly names: readonly PolicyName[];
  readonly augmentations: readonly Augmentation[];
  readonly #interpolation: Interpolation;

  constructor(options: PolicyOptions, names: readonly PolicyName[]) {
    this.names = names;
    this.augmentations = names.map((name) => makers[name](options) as unknown as Augmentation);
    this.#interpolation = options.interpolation;
  }

  /** What each of the augmentations draws. @param first the number of the first one's draw */
  draws(draw: (augmentation: Augmentation, which: number) => unknown, first = 0): PolicyDraws {
    return Object.fromEntries(this.names.map((name, i) => [name, draw(this.augmentations[i]!, first + i)]));
  }

  /** Those that move pixels are one projection, whose coefficients are chosen: images are read once. */
  #projection(choice: Sym, draws: PolicyDraws, size: Size): Projection {
    const still: Required<Projection> = { a: [1, 0, 0], b: [0, 1, 0], c: [0, 0, 1] };
    const number = reshape(choice, [1, 1]);
    const moving = this.augmentations.flatMap((augmentation, i) => {
      if (!(augmentation instanceof GeometricAugmentation)) return [];
      return [{ chosen: equal(number, i), projection: augmentation.projection(draws[this.names[i]!], size) }];
    });
    const coefficients = (row: "a" | "b") =>
      still[row].map((own, at) =>
        moving.reduce<Operand>((rest, { chosen, projection }) => where(0, chosen, projection[row][at]!, rest), own),
      ) as unknown as Projection["a"];
    return { a: coefficients("a"), b: coefficients("b") };
  }

  #moved(images: Sym, choice: Sym, draws: PolicyDraws, interpolation: Interpolation): Sym {
    const [, height, width] = images.spec.shape as [number, number, number, number];
    const sampling = { fillMode: "reflect", fillValue: 0, interpolation } as const;
    return projectImages(images, this.#projection(choice, draws, [height, width]), sampling);
  }

  /** Images [batch, height, width, 3], changed by the augmentation of the number `choice` ([] or [1]). */
  changeImages(images: Sym, choice: Sym, draws: PolicyDraws): Sym {
    const number = reshape(choice, [1, 1, 1, 1]);
    return this.augmentations.reduce(
      (changed, augmentation, i) => {
        if (augmentation instanceof GeometricAugmentation) return changed;
        return where(0, equal(number, i), augmentation.transformed(images, draws[this.names[i]!]), changed);
      },
      this.#moved(images, choice, draws, this.#interpolation),
    );
  }

  changeMasks(masks: Sym, choice: Sym, draws: PolicyDraws): Sym {
    return this.#moved(masks, choice, draws, "nearest");
  }

  moveBoxes(boxes: Corners, choice: Sym, draws: PolicyDraws, size: Size): Corners {
    return projectBoxes(boxes, this.#projection(choice, draws, size));
  }
}
