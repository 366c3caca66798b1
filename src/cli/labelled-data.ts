/** Labelled data that a model is judged by: MNIST's test images, a folder of pictures, arrays of NumPy, a table. */
import { readdirSync, statSync } from "node:fs";
import { formatCount } from "../base/format.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { csvDataset, type Dataset, loadNpz } from "../data/index.ts";
import { ArgumentError, FormatError, InputOutputError, type Model, ShapeError, Tensor } from "../index.ts";
import { imageDatasetFromDirectory } from "../train/utils.ts";
import type { LineOptions } from "../view/terminal-line.ts";
import { imageInput, inRange, type PixelRange } from "./image-input.ts";
import { loadDigits } from "./load-digits.ts";
import { targetForm, targetsOf } from "./targets.ts";

export interface LabelledOptions {
  /** undefined: MNIST's test images. */
  readonly path: string | undefined;
  readonly pixels: PixelRange;
  readonly batchSize: number;
  /** Rows at most. */
  readonly limit: number | undefined;
  /** Column of the labels in a table. */
  readonly label: string | undefined;
  readonly line: LineOptions;
  readonly signal: AbortSignal;
}

/** Data as `evaluate` takes it. */
export interface LabelledData {
  /** For people: `mnist, 10,000 test images (~/.cache/fovea/mnist)`. */
  readonly title: string;
  /** Why it is not what was to be expected. */
  readonly note?: string | undefined;
  readonly x: Tensor | Dataset<[Tensor, Tensor]>;
  /** undefined where the batches of x hold them. */
  readonly y?: Tensor;
}

/** @throws ShapeError, ArgumentError where the data does not fit the model; InputOutputError, FormatError for what cannot be read */
export async function labelledData(model: Model, options: LabelledOptions): Promise<LabelledData> {
  const { path } = options;
  if (path === undefined || path === "digits") return mnistData(model, options, path);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new InputOutputError(
      `There is no "${path}". Give a folder with MNIST's files or with a folder of pictures for each class, a .npz or a .csv file, or "digits".`,
    );
  if (stats.isDirectory()) return hasMnist(path) ? mnistData(model, options, path) : pictures(model, options, path);
  if (/\.npz$/i.test(path)) return arrays(model, options, path);
  if (/\.csv(\.gz)?$/i.test(path)) return table(model, options, path);
  throw new ArgumentError(`"${path}" is neither a folder nor a .npz or .csv file.`);
}

/** MNIST's files have "idx" in their names; so has Fashion-MNIST's, KMNIST's and EMNIST's. */
const hasMnist = (folder: string) => readdirSync(folder).some((name) => /[-.]idx[13]-ubyte(\.gz)?$/.test(name));

async function mnistData(model: Model, options: LabelledOptions, data: string | undefined): Promise<LabelledData> {
  const { dataset, note } = await loadDigits({ data, line: options.line, signal: options.signal });
  const { images, labels } = dataset.test;
  const rows = Math.min(options.limit ?? images.shape[0]!, images.shape[0]!);
  const form = targetForm("evaluate", model, dataset.classNames.length);
  return {
    title: `${dataset.name}, ${formatCount(rows)} test images (${dataset.source})`,
    note,
    x: fitDigits("evaluate", model, images.slice(0, rows), options.pixels),
    y: targetsOf(labels.slice(0, rows), form, dataset.classNames.length),
  };
}

/**
 * Images of 0 … 1 as a model takes them: with its axes, where the size is the same, and in its range.
 *
 * @throws ShapeError where the size is another
 */
export function fitDigits(command: string, model: Model, images: Tensor, pixels: PixelRange): Tensor {
  const fitted = fitRows(model, images);
  const found = fitted.shape.slice(1);
  const shape = model.inputs[0]!.shape.slice(1);
  if (
    model.inputs.length !== 1 ||
    found.length !== shape.length ||
    shape.some((axis, i) => (axis ?? found[i]) !== found[i])
  )
    throw new ShapeError(
      `${command}: model "${model.name}" takes ${model.inputs.map((each) => formatShape(each.shape)).join(", ")}, and the images have ${formatShape([null, ...found])}.`,
    );
  if (pixels === "0..1") return fitted;
  return inRange(
    new Tensor(
      Float32Array.from(fitted.data, (value) => 255 * value),
      fitted.shape,
    ),
    pixels,
  );
}

async function pictures(model: Model, options: LabelledOptions, path: string): Promise<LabelledData> {
  const { height, width, colorMode, flat } = imageInput("evaluate", model);
  if (height === undefined || width === undefined)
    throw new ShapeError(
      `evaluate: model "${model.name}" takes pictures of any size, ${formatShape(model.inputs[0]!.shape)}; those of a folder are read in one size, so the model must state it.`,
    );
  const { batchSize, limit, pixels } = options;
  const found = await imageDatasetFromDirectory(path, {
    colorMode,
    imageSize: [height, width],
    batchSize: null,
    shuffle: limit !== undefined,
    seed: 1,
  });
  const names = found.classNames!;
  const form = targetForm("evaluate", model, names.length);
  const rows = Math.min(limit ?? found.filePaths.length, found.filePaths.length);
  const batches = found
    .take(rows)
    .batch(batchSize)
    .map(([images, labels]): [Tensor, Tensor] => {
      const shape = flat ? images.shape.slice(0, 3) : images.shape;
      return [inRange(images, pixels).reshape(shape), targetsOf(labels, form, names.length)];
    });
  const shown = names.length > 8 ? `${names.slice(0, 8).join(", ")}, …` : names.join(", ");
  return { title: `${path}, ${formatCount(rows)} pictures of ${names.length} classes (${shown})`, x: batches };
}

/** Names of inputs and labels in archives: Keras's own data sets', the usual ones, and those that `numpy.savez` gives. */
const arrayNames = [
  ["x_test", "y_test"],
  ["x", "y"],
  ["arr_0", "arr_1"],
] as const;

async function arrays(model: Model, options: LabelledOptions, path: string): Promise<LabelledData> {
  const { limit, pixels } = options;
  const found = await loadNpz(path);
  const names = arrayNames.find(([x, y]) => Object.hasOwn(found, x) && Object.hasOwn(found, y));
  if (names === undefined)
    throw new FormatError(
      `"${path}" holds ${Object.keys(found).join(", ") || "nothing"}, expected arrays ${arrayNames.map(([x, y]) => `${x} and ${y}`).join(", or ")}.`,
    );
  const [x, y] = names.map((name) => found[name]!) as [Tensor, Tensor];
  if (x.rank === 0 || y.rank === 0)
    throw new FormatError(
      `"${path}": ${names.join(" and ")} have ${formatShape(x.shape)} and ${formatShape(y.shape)}, expected rows.`,
    );
  const rows = Math.min(limit ?? x.shape[0]!, x.shape[0]!);
  const own = x.slice(0, rows);
  const isPixels = own.data instanceof Uint8Array;
  return {
    title: `${path}, ${formatCount(rows)} rows of ${names.join(" and ")}${isPixels ? "" : ", as they are"}`,
    x: fitRows(model, isPixels ? inRange(own, pixels) : own),
    y: fitLabels(model, y.slice(0, rows)),
  };
}

/** Rows with the axes of the model's input, where their size is the same; else as they are, and `evaluate` says what is wrong. */
function fitRows(model: Model, x: Tensor): Tensor {
  const [rows = 0, ...own] = x.shape;
  const shape = model.inputs[0]!.shape.slice(1);
  const wanted = shape.map((axis, i) => axis ?? own[i] ?? 1);
  return model.inputs.length === 1 && sizeOf(wanted) === sizeOf(own) ? x.reshape([rows, ...wanted]) : x;
}

/** Class numbers in the form of the loss, where they are class numbers and the model gives classes. */
function fitLabels(model: Model, y: Tensor): Tensor {
  const shape = model.outputs[0]!.shape;
  const units = shape.at(-1)!;
  const areNumbers = y.size === y.shape[0] && y.data.every((label) => Number.isInteger(label) && label >= 0);
  const classes = units === 1 ? 2 : units;
  if (model.outputs.length !== 1 || shape.length !== 2 || !areNumbers || y.data.some((label) => label >= classes))
    return y;
  const loss = model.runner.requireParts("evaluate").objective.askedLosses[0];
  return loss === undefined ? y : targetsOf(y, targetForm("evaluate", model, classes), classes);
}

function table(model: Model, { batchSize, limit, label }: LabelledOptions, path: string): LabelledData {
  if (label === undefined)
    throw new ArgumentError(`"${path}" is a table: name the column of its labels, by --label <column>.`);
  const rows = csvDataset(path, { label, vector: true });
  const batches = (limit === undefined ? rows : rows.take(limit)).batch(batchSize);
  const x = batches.map(([features, labels]): [Tensor, Tensor] => [features, fitLabels(model, labels as Tensor)]);
  return { title: `${path}, labels in column "${label}"`, x };
}
