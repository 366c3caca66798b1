/** Classes by the names that code in Python has for them. */
import { type ConfigurableClass, classNameOf } from "../../nn/configurable.ts";
import * as constraints from "../../nn/constraints/index.ts";
import * as initializers from "../../nn/initializers/index.ts";
import * as layers from "../../nn/layers/index.ts";
import * as losses from "../../nn/losses/index.ts";
import * as metrics from "../../nn/metrics/index.ts";
import * as optimizers from "../../nn/optimizers/index.ts";
import { snakeCaseName } from "../../nn/process-state.ts";
import * as regularizers from "../../nn/regularizers/index.ts";
import * as schedules from "../../nn/schedules/index.ts";

export type Maker = (new (options: never) => object) & ConfigurableClass;

/** Every class by Keras's names of it: "HeNormal" and "he_normal", "L2" and "l2". */
export function classesByName(): ReadonlyMap<string, Maker> {
  const barrels: readonly object[] = [
    metrics,
    losses,
    schedules,
    optimizers,
    constraints,
    regularizers,
    initializers,
    layers,
  ];
  const isClass = (made: unknown): made is Maker => typeof made === "function" && "options" in made;
  const found = new Map<string, Maker>();
  for (const barrel of barrels)
    for (const [name, made] of Object.entries(barrel)) {
      if (!isClass(made)) continue;
      // Names of layers count before those of other classes, and a class's own name before its other spellings.
      found.set(name, made);
      const snake = snakeCaseName(classNameOf(made));
      if (barrel !== layers && !found.has(snake)) found.set(snake, made);
    }
  return found;
}

/** Names of Keras for what has another one here. */
export const otherNames: Readonly<Record<string, string>> = {
  Convolution1D: "Conv1D",
  Convolution2D: "Conv2D",
  Convolution3D: "Conv3D",
  MaxPool1D: "MaxPooling1D",
  MaxPool2D: "MaxPooling2D",
  MaxPool3D: "MaxPooling3D",
  AvgPool1D: "AveragePooling1D",
  AvgPool2D: "AveragePooling2D",
  AvgPool3D: "AveragePooling3D",
  GlobalAvgPool1D: "GlobalAveragePooling1D",
  GlobalAvgPool2D: "GlobalAveragePooling2D",
  GlobalMaxPool1D: "GlobalMaxPooling1D",
  GlobalMaxPool2D: "GlobalMaxPooling2D",
  Input: "InputLayer",
  l1_l2: "L1L2",
};
