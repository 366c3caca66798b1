/** Networks that look at images, with any of the weights that the page may ask for. */
import { Model, Sequential, type Tensor, tensor } from "fovea";
import { receptiveField } from "fovea/insight";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { readHalfFloats } from "./half-floats.ts";
import type { DeviceChoice, EngineInfo, LayerInfo, LossName, OptimizerName, WeightsAt } from "./protocol.ts";

/** The observer always takes this many images, so that it is compiled once. */
const OBSERVED = 4;
/** Images of this number or more go through a model that keeps no maps. */
const MANY = 16;

/** The handout's CNN: 28x28 grey pixels, two convolutions, ten probabilities. */
export const makeHandout = (): Sequential =>
  new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1], name: "conv2d" }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", name: "conv2d_1" }),
    new Flatten({ name: "flatten" }),
    new Dense({ units: 10, activation: "softmax", name: "dense" }),
  ]);

export interface CompileChoice {
  readonly device: DeviceChoice;
  /** Default "adam". */
  readonly optimizer?: OptimizerName;
  /** Default "categorical_crossentropy". */
  readonly loss?: LossName;
  /** Default: the optimizer's own. */
  readonly learningRate?: number;
}

/** Compiles a network and gives it back. */
export function compileNetwork(model: Sequential, choice: CompileChoice): Sequential {
  const { device, optimizer = "adam", loss = "categorical_crossentropy", learningRate } = choice;
  model.compile({
    optimizer: optimizer === "momentum" ? new SGD({ momentum: 0.9 }) : optimizer,
    loss,
    metrics: ["accuracy"],
    device,
  });
  if (learningRate !== undefined) model.optimizer!.learningRate = learningRate;
  return model;
}

const PIXELS = 784;

export const imagesTensor = (images: Float32Array): Tensor => tensor(images, [images.length / PIXELS, 28, 28, 1]);

/** The weights of a file of 16-bit numbers, in the shapes of a model. */
export function readWeights(bytes: ArrayBuffer, model: Sequential): Tensor[] {
  const numbers = readHalfFloats(bytes);
  if (numbers.length !== model.countParams())
    throw new Error(
      `The file of weights has ${numbers.length} numbers, the network ${model.countParams()}: load the page again.`,
    );
  let taken = 0;
  // Their variables say the shapes; reading their values would draw them first.
  return model.weights.map(({ shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    taken += size;
    return tensor(numbers.slice(taken - size, taken), shape);
  });
}

type Observer = Model<Sequential["inputs"][number], readonly Sequential["outputs"][number][]>;

/** A network that looks at images: its weights are set as each question asks, one question after the other. */
export class Networks {
  readonly #weightsAt: (at: WeightsAt) => readonly Tensor[];
  readonly #base: Sequential;
  readonly #observer: Observer;
  #at: WeightsAt | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param weightsAt gives the weights of a moment */
  constructor(base: Sequential, weightsAt: (at: WeightsAt) => readonly Tensor[]) {
    this.#weightsAt = weightsAt;
    this.#base = base;
    this.#observer = new Model({
      inputs: this.#base.inputs[0]!,
      outputs: this.#base.layers.map(({ output }) => output as Sequential["outputs"][number]),
    });
    this.#observer.compile({ device: "cpu" });
  }

  get info(): EngineInfo {
    const fields = receptiveField(this.#base);
    const layers = this.#base.layers.map((layer): LayerInfo => {
      const field = fields.find((each) => each.layer === layer.name && each.kind !== "unknown");
      return {
        name: layer.name,
        className: layer.className,
        shape: (layer.output as Sequential["outputs"][number]).shape.slice(1).map((size) => size ?? 0),
        parameters: layer.countParams(),
        ...(field && { field: { size: field.size, jump: field.jump, start: field.start } }),
      };
    });
    return { layers, parameters: this.#base.countParams() };
  }

  weightsAt(at: WeightsAt): readonly Tensor[] {
    return this.#weightsAt(at);
  }

  /** Does work with a model that has these weights; other work waits. */
  withModel<T>(at: WeightsAt, work: (model: Sequential) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#at !== at) {
        this.#base.setWeights(this.weightsAt(at));
        this.#at = at;
      }
      return work(this.#base);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** After work that changed the weights of the model that `withModel` gave. */
  forget(): void {
    this.#at = undefined;
  }

  /** Outputs of all layers for a few images: [n, …] each. */
  observe(images: Float32Array, at: WeightsAt): Promise<readonly Tensor[]> {
    const rows = images.length / PIXELS;
    const padded = new Float32Array(Math.ceil(rows / OBSERVED) * OBSERVED * PIXELS);
    padded.set(images);
    return this.withModel(at, async () => {
      const outputs = await this.#observer.predict(imagesTensor(padded), { verbose: 0, batchSize: OBSERVED });
      return outputs.map((output) => output.slice(0, rows));
    });
  }

  /** Probabilities, [n, 10]. */
  async predict(images: Float32Array, at: WeightsAt): Promise<Tensor> {
    if (images.length / PIXELS < MANY) return (await this.observe(images, at)).at(-1)!;
    return this.withModel(at, (model) => model.predict(imagesTensor(images), { verbose: 0, batchSize: 64 }));
  }

  /** The device that has computed, in words. */
  get device(): string {
    return (this.#observer.compiledSteps() ?? this.#base.compiledSteps())?.device.description ?? "";
  }
}
