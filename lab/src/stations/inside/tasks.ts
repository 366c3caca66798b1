/** What station 9 asks the engine. */

import { type Sequential, tensor } from "fovea";
import { featureMaps, idealInput, principalComponents } from "fovea/insight";
import { classesOf } from "../../base/classes.ts";
import { imagesTensor } from "../../engine/networks.ts";
import type { Images, LayerMaps, WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import { type KernelEdit, rightOf } from "./state.ts";

interface Asked {
  readonly at: WeightsAt;
  /** Undefined for the network as it is. */
  readonly edit: KernelEdit | undefined;
}

/** Does work with the network whose kernel is edited; afterwards it has its own weights again. */
async function withEdit<T>(model: Sequential, edit: KernelEdit | undefined, work: () => Promise<T>): Promise<T> {
  if (edit === undefined) return work();
  const layer = model.getLayer("conv2d");
  const [kernel, bias] = layer.getWeights();
  const filters = kernel!.shape.at(-1)!;
  const data = Float32Array.from(kernel!.data);
  edit.values.forEach((value, place) => {
    data[place * filters + edit.filter] = value;
  });
  layer.setWeights([tensor(data, kernel!.shape), bias!]);
  try {
    return await work();
  } finally {
    layer.setWeights([kernel!, bias!]);
  }
}

export interface LookInput extends Asked {
  readonly image: Images;
  /** The test digits, and what they are. */
  readonly images: Images;
  readonly labels: Uint8Array;
}

/** What the network makes of the digits. */
export interface Reading {
  /** Of the image. */
  readonly probabilities: Float32Array;
  /** Of the test digits. */
  readonly right: number;
  /** All layers, for the image. */
  readonly layers: readonly LayerMaps[];
}

export interface LookOutput extends Reading {
  /** Of the network as it is; undefined where nothing is edited. */
  readonly before: Reading | undefined;
}

async function read(model: Sequential, { image, images, labels }: LookInput): Promise<Reading> {
  const maps = await featureMaps(model, imagesTensor(image));
  const answers = await model.predict(imagesTensor(images), { verbose: 0, batchSize: 50 });
  const layers = model.layers.map(({ name, className }): LayerMaps => {
    const { shape, data } = maps[name]!;
    return { name, className, shape: shape.slice(1), data: Float32Array.from(data) };
  });
  return { layers, probabilities: layers.at(-1)!.data.slice(), right: rightOf(answers.data, labels) };
}

export const look: Task<LookInput, LookOutput> = (input, { withModel, signal }) =>
  withModel(input.at, async (model) => {
    signal.throwIfAborted();
    const before = input.edit && (await read(model, input));
    const now = await withEdit(model, input.edit, () => read(model, input));
    return { ...now, before };
  });

export interface ExciteInput extends Asked {
  readonly images: Images;
  readonly layer: string;
}

export interface ExciteOutput {
  /** [images, channels]: means over the places of each map. */
  readonly means: Float32Array;
  readonly channels: number;
}

export const excite: Task<ExciteInput, ExciteOutput> = (input, { withModel, signal }) =>
  withModel(input.at, async (model) => {
    signal.throwIfAborted();
    const { [input.layer]: maps } = await withEdit(model, input.edit, () =>
      featureMaps(model, imagesTensor(input.images), { layers: [input.layer] }),
    );
    const { shape, data } = maps!;
    const [images, channels] = [shape[0]!, shape.at(-1)!];
    const places = data.length / (images * channels);
    const means = new Float32Array(images * channels);
    for (let i = 0; i < data.length; i++)
      means[Math.floor(i / (places * channels)) * channels + (i % channels)]! += data[i]! / places;
    return { means, channels };
  });

export interface DreamInput extends Asked {
  readonly layer: string;
  readonly channel: number;
}

export interface DreamOutput {
  /** [28, 28] */
  readonly image: Float32Array;
  /** What the ascent raises, from the noise to the image. */
  readonly values: readonly number[];
}

export const dream: Task<DreamInput, DreamOutput> = ({ at, edit, layer, channel }, { withModel, signal }) =>
  withModel(at, async (model) => {
    signal.throwIfAborted();
    const { image, values } = await withEdit(model, edit, () => idealInput(model, { layer, channel }));
    return { image: Float32Array.from(image.data), values };
  });

export interface EmbedInput {
  readonly at: WeightsAt;
  readonly images: Images;
}

export interface EmbedOutput {
  /** [images, 2] */
  readonly coordinates: Float32Array;
  /** Of the whole variance, along each of the two directions. */
  readonly shares: readonly number[];
  /** What the network takes each image for. */
  readonly classes: readonly number[];
}

export const embed: Task<EmbedInput, EmbedOutput> = ({ at, images }, { withModel, signal }) =>
  withModel(at, async (model) => {
    signal.throwIfAborted();
    const { flatten, dense } = await featureMaps(model, imagesTensor(images), { layers: ["flatten", "dense"] });
    const { coordinates, shares } = principalComponents(flatten!);
    return { coordinates: Float32Array.from(coordinates.data), shares, classes: classesOf(dense!.data) };
  });
