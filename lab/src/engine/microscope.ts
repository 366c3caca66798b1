/** What the next step of a run would do to one weight: the numbers behind an update. */
import type { Sequential, Tensor } from "fovea";
import { SGD } from "fovea/optimizers";
import { makeNetwork } from "./make-network.ts";
import type { RunOptions, WeightLook, WeightName } from "./protocol.ts";

/** Nudge of the finite difference: corners of relu forbid a larger one, the rounding of float32 a smaller one. */
const NUDGE = 0.001;
/** Keras keeps probabilities this far from 0 and 1 before it takes their logarithm. */
const EPSILON = 1e-7;

export const weightNamesOf = (model: Sequential): WeightName[] =>
  model.trainableWeights.map(({ path, shape }) => ({ name: path, shape }));

/** The mean loss of a batch in 64 bits, from probabilities and one-hot targets [n, 10]. */
export function lossOf(loss: RunOptions["loss"], probabilities: ArrayLike<number>, targets: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < targets.length; i++) {
    const [p, y] = [probabilities[i]!, targets[i]!];
    if (loss === "mean_squared_error") total += (p - y) ** 2 / 10;
    else if (y > 0) total -= y * Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, p)));
  }
  return total / (targets.length / 10);
}

export class Microscope {
  readonly #options: RunOptions;
  readonly #double: Sequential;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#double = makeNetwork({ ...options, device: "cpu" });
    // With a rate of 1 the momentum of a first step is the gradient itself, with another sign.
    this.#double.compile({ optimizer: new SGD({ learningRate: 1, momentum: 0.5 }), loss: options.loss, device: "cpu" });
  }

  /** @param place in the flat array of the weight */
  async look(
    model: Sequential,
    batch: { readonly images: Tensor; readonly targets: Tensor },
    { weight, place, step }: { readonly weight: number; readonly place: number; readonly step: number },
  ): Promise<WeightLook> {
    const double = this.#double;
    const variable = model.trainableWeights[weight];
    const twin = double.trainableWeights[weight];
    if (variable === undefined || twin === undefined || !(place >= 0 && place < variable.value.length))
      throw new Error(`There is no weight ${place} in array ${weight} of this network.`);
    const weights = model.getWeights();
    double.setWeights(weights);
    const optimizer = double.optimizer!;
    optimizer.build(double.trainableWeights);
    const momentum = optimizer.variablesOf([twin]).find(({ path }) => path.endsWith("momentum"))!;
    for (const each of optimizer.variables)
      if (each.path.endsWith("momentum")) each.value = new Float32Array(each.value.length);
    const { loss = Number.NaN } = await double.trainOnBatch(batch.images, batch.targets);
    const gradient = -momentum.value[place]!;
    double.setWeights(weights);
    const value = variable.value[place]!;
    const lossAt = async (moved: number) => {
      const values = twin.value.slice();
      values[place] = moved;
      twin.value = values;
      const probabilities = await double.predict(batch.images, { verbose: 0, batchSize: batch.images.shape[0]! });
      return lossOf(this.#options.loss, probabilities.data, batch.targets.data);
    };
    const [above, below] = [Math.fround(value + NUDGE), Math.fround(value - NUDGE)];
    const difference = ((await lossAt(above)) - (await lossAt(below))) / (above - below);
    const own = model.optimizer!;
    own.build(model.trainableWeights);
    const slots = Object.fromEntries(
      own
        .variablesOf([variable])
        .filter(({ shape }) => shape.length > 0)
        .map(({ path, value }) => [path.endsWith("momentum") ? "momentum" : "velocity", value[place]!]),
    );
    return {
      step,
      optimizer: this.#options.optimizer,
      learningRate: own.learningRate,
      loss,
      value,
      gradient,
      difference,
      h: NUDGE,
      slots,
    };
  }
}
