/** The sanity check of explanations: a map that does not change when the network forgets shows the image, not the network. */
import { ArgumentError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { foldKey, keyOf, RandomStream } from "../base/random.ts";
import { checkNumber } from "../nn/options.ts";
import type { AnyModel } from "../train/model.ts";
import { checkModel } from "./check-model.ts";
import { type LayerChoice, layerOf } from "./image-model.ts";

export interface RandomizeLayerOptions {
  /** What the new order is drawn by. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Makes a layer forget: shuffles the values of each of its weights, so that they keep their distribution and lose their meaning.
 * Adebayo et al., "Sanity Checks for Saliency Maps", 2018, draw them anew, to the same end.
 *
 * @returns puts the weights back that the layer had
 * @throws StateError while the model trains; ArgumentError for a layer that the model does not call or that has no weights
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { randomizeLayer } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 3, name: "dense", inputShape: [4] })]);
 * const restore = randomizeLayer(model, "dense", { seed: 1 });
 * // … explain again, compare …
 * restore();
 * ```
 */
export function randomizeLayer(model: AnyModel, layer: LayerChoice, options: RandomizeLayerOptions = {}): () => void {
  const who = "randomizeLayer";
  checkModel(who, model);
  checkKeys(who, options, ["seed"]);
  const { seed = 0 } = options;
  checkNumber(who, "seed", seed, "a whole number", Number.isSafeInteger);
  const chosen = layerOf(who, model, layer);
  if (chosen.weights.length === 0) throw new ArgumentError(`${who}: layer "${chosen.name}" has no weights.`);
  model.runner.requireIdle();
  const before = chosen.weights.map((variable) => ({ variable, value: variable.value }));
  before.forEach(({ variable, value }, i) => {
    const random = new RandomStream(foldKey(foldKey(keyOf(seed), 3), i));
    const shuffled = value.slice();
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = random.below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    variable.value = shuffled;
  });
  return () => {
    model.runner.requireIdle();
    for (const { variable, value } of before) variable.value = value;
  };
}
