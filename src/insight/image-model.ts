/** Checks of what explanations take: a model of images, images, layers, classes. */
import { ArgumentError, ShapeError, unknownName } from "../base/errors.ts";
import { refuseOption } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Layer } from "../nn/layers/layer.ts";
import { checkNumber } from "../nn/options.ts";
import type { AnyModel } from "../train/model.ts";
import { checkModel } from "./check-model.ts";
import { rowShape } from "./layer-shapes.ts";

/** A layer of the model, or its name. */
export type LayerChoice = string | Layer;

/** Throws unless the model takes one image [height, width, channels] and gives one output. */
export function checkImageModel(who: string, model: unknown): asserts model is AnyModel {
  checkModel(who, model);
  const { inputs, outputs } = model.graph;
  const [input] = inputs;
  if (inputs.length !== 1 || input!.shape.length !== 4)
    throw new ShapeError(
      `${who}: model "${model.name}" takes ${inputs.map(({ shape }) => formatShape(shape)).join(" and ")}, expected one input (None, height, width, channels).`,
    );
  if (outputs.length !== 1)
    throw new ShapeError(`${who}: model "${model.name}" has ${outputs.length} outputs; ask for a model that has one.`);
  const first = model.layers.find(
    (layer) => (layer.getConfig() as { dataFormat?: unknown }).dataFormat === "channels_first",
  );
  if (first !== undefined)
    throw new ArgumentError(
      `${who}: layer "${first.name}" has its channels first; explanations are for models with dataFormat "channels_last".`,
    );
}

/** The images as a tensor that the model takes, with at least one of them. */
export function imagesOf(who: string, model: AnyModel, images: TensorLike): Tensor {
  const given = tensor(images);
  const wanted = model.graph.inputs[0]!.shape;
  const fits =
    given.rank === 4 && given.shape[0]! > 0 && given.shape.every((axis, i) => i === 0 || (wanted[i] ?? axis) === axis);
  if (!fits)
    throw new ShapeError(
      `${who}: images have shape ${formatShape(given.shape)}, expected ${formatShape(wanted)} with at least one image` +
        `${given.rank === 3 ? "; a single image is a batch of one: image.reshape([1, …image.shape])" : ""}.`,
    );
  return given;
}

/** One image without a batch axis, or a batch of one, as a batch of one. */
export function imageOf(who: string, model: AnyModel, image: TensorLike): Tensor {
  const given = tensor(image);
  const batch = given.rank === 3 ? given.reshape([1, ...given.shape]) : given;
  if (batch.rank === 4 && batch.shape[0] !== 1)
    throw new ShapeError(`${who}: got ${batch.shape[0]} images, expected one; take images.slice(i, i + 1).`);
  return imagesOf(who, model, batch);
}

/** Height and width of what the model takes. @throws ShapeError where they are not known */
export function imageSize(who: string, model: AnyModel): readonly [number, number, number] {
  const { shape } = model.graph.inputs[0]!;
  const [height, width, channels] = shape.slice(1);
  if (height == null || width == null || channels == null)
    throw new ShapeError(
      `${who}: model "${model.name}" takes images of any size, ${formatShape(shape)}; build it with one.`,
    );
  return [height, width, channels];
}

/** A layer that the model calls. */
export function layerOf(who: string, model: AnyModel, choice: LayerChoice): Layer {
  if (typeof choice !== "string" && !(choice instanceof Layer))
    refuseOption(who, "layer", choice, "the name of a layer of the model");
  const layer = typeof choice === "string" ? model.getLayer(choice) : choice;
  if (!model.graph.calls.some((call) => call.layer === layer && call.node.inputs.length > 0))
    throw new ArgumentError(
      `${who}: layer "${layer.name}" is not called by model "${model.name}" itself; it has ${callsOf(model)
        .map((call) => `"${call.layer.name}"`)
        .join(", ")}.`,
    );
  return layer;
}

/** The layers that the model calls, in order, each once, with what it gives where it is called first. */
export function callsOf(model: AnyModel): { readonly layer: Layer; readonly output: KerasTensor }[] {
  const seen = new Set<Layer>();
  return model.graph.calls.flatMap(({ layer, node }) => {
    if (node.inputs.length === 0 || seen.has(layer)) return [];
    seen.add(layer);
    return [{ layer, output: node.outputs[0]! }];
  });
}

/** The layers that were asked for, each once. Default: all that the model calls. */
export function layersOf(who: string, model: AnyModel, asked: readonly LayerChoice[] | undefined): Layer[] {
  if (asked === undefined) return callsOf(model).map(({ layer }) => layer);
  if (!Array.isArray(asked)) refuseOption(who, "layers", asked, "a list of layers or of their names");
  return [...new Set((asked as readonly LayerChoice[]).map((layer) => layerOf(who, model, layer)))];
}

/** The shape of what the layer gives for one image. @throws StateError where it is not known */
export function outputShape(model: AnyModel, layer: Layer): readonly number[] {
  return rowShape(layer.name, callsOf(model).find((call) => call.layer === layer)!.output);
}

/** Number of classes: the model's output is a row of so many scores. @throws ShapeError for another output */
export function classCount(who: string, model: AnyModel): number {
  const { shape } = model.graph.outputs[0]!;
  const count = shape[1];
  if (shape.length !== 2 || count == null)
    throw new ShapeError(
      `${who}: model "${model.name}" gives ${formatShape(shape)}, expected scores of classes (None, classes).`,
    );
  return count;
}

/** The class of each image: the one that was asked for, or the one with the highest score. */
export async function classesOf(
  who: string,
  model: AnyModel,
  images: Tensor,
  asked: number | readonly number[] | undefined,
): Promise<number[]> {
  const count = classCount(who, model);
  const rows = images.shape[0]!;
  if (asked === undefined) return [...(await predictRows(model, images)).argMax().data];
  const list = typeof asked === "number" ? new Array<number>(rows).fill(asked) : asked;
  const isClass = (each: unknown) => Number.isInteger(each) && (each as number) >= 0 && (each as number) < count;
  if (!Array.isArray(list) || list.length !== rows || !list.every(isClass))
    refuseOption(who, "classIndex", asked, `a class 0 … ${count - 1}, or one for each of ${rows} images`);
  return [...list];
}

/** The model's output for each image. */
export async function predictRows(model: AnyModel, images: Tensor): Promise<Tensor> {
  return (await model.predict(images as never, { verbose: 0 })) as unknown as Tensor;
}

/** A row for each class: 1 at the class, 0 elsewhere. */
export function oneHotRows(classes: readonly number[], count: number): Tensor {
  const data = new Float32Array(classes.length * count);
  classes.forEach((each, row) => {
    data[row * count + each] = 1;
  });
  return new Tensor(data, [classes.length, count]);
}

/** A whole number of an option, from `min` to `max`. */
export function checkWhole(
  who: string,
  name: string,
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  const fits = (given: number) => Number.isInteger(given) && given >= min && given <= max;
  checkNumber(who, name, value, `a whole number ${range}`, fits);
}

/** Throws unless it is one of the names. */
export function checkName<T extends string>(
  who: string,
  name: string,
  value: unknown,
  known: readonly T[],
): asserts value is T {
  if (typeof value !== "string" || !(known as readonly string[]).includes(value))
    throw unknownName(`${name} of ${who}`, value, known);
}
