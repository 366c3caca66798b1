/** What layers share that are made of other augmentations, which see channels last. */
import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { type AugmentationLayer, ColorAugmentation } from "./augmentation.ts";

export type Augmentation = AugmentationLayer<object, unknown>;

export abstract class ComposedAugmentation<O extends object, T> extends ColorAugmentation<O, T> {
  /** What one of the augmentations draws for the images; draws of one layer are told apart by `which`. */
  protected drawOf(augmentation: Augmentation, which: number, images: Sym): unknown {
    augmentation.randomKey = foldKey(this.randomKey!, which);
    return augmentation.getRandomTransformation(this.toChannelsLast(images));
  }
}
