/** Models that take pictures: the shape of one, and the numbers that its pixels become. */
import { Option } from "commander";
import { formatShape } from "../base/shape.ts";
import { type Model, ShapeError, Tensor } from "../index.ts";
import type { Layer } from "../nn/layers/index.ts";

/** The range of the numbers that pixels become. */
export type PixelRange = "0..1" | "0..255" | "-1..1";

export function pixelsOption(): Option {
  return new Option(
    "--pixels <range>",
    "numbers that pixels become (default: 0..255 for a model that scales them itself, else 0..1)",
  ).choices(["0..1", "0..255", "-1..1"] satisfies PixelRange[]);
}

/** What is asked for; else what the layers of the model say. */
export function pixelRange(model: Model, asked: PixelRange | undefined): PixelRange {
  const scales = (layer: Layer): boolean =>
    layer.className === "Rescaling" || layer.className === "Normalization" || layer.sublayers.some(scales);
  return asked ?? (scales(model as unknown as Layer) ? "0..255" : "0..1");
}

const ranges: Readonly<Record<PixelRange, (byte: number) => number>> = {
  "0..1": (byte) => byte / 255,
  "0..255": (byte) => byte,
  "-1..1": (byte) => byte / 127.5 - 1,
};

/** Pixels of 0 … 255 as the model takes them, float32. */
export function inRange({ data, shape }: Tensor, range: PixelRange): Tensor {
  return new Tensor(Float32Array.from(data, ranges[range]), shape);
}

/** The pictures that a model takes. */
export interface ImageInput {
  /** undefined: of any size. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly colorMode: "grayscale" | "rgb" | "rgba";
  /** Whether a picture is [height, width], without an axis for its one channel. */
  readonly flat: boolean;
}

const colorModes = new Map([
  [1, "grayscale"],
  [3, "rgb"],
  [4, "rgba"],
] as const);

/** @throws ShapeError for a model of several inputs, or of one that is no picture */
export function imageInput(command: string, model: Model): ImageInput {
  const { inputs, inputNames, name } = model;
  if (inputs.length !== 1)
    throw new ShapeError(
      `${command}: model "${name}" has ${inputs.length} inputs (${inputNames.join(", ")}); pictures are fed to models of one.`,
    );
  const { shape } = inputs[0]!;
  const [height, width, channels = 1] = shape.slice(1);
  const colorMode = colorModes.get(channels as 1);
  if ((shape.length !== 3 && shape.length !== 4) || colorMode === undefined)
    throw new ShapeError(
      `${command}: model "${name}" takes ${formatShape(shape)}, expected pictures: (None, height, width, channels) of 1, 3 or 4 channels, or (None, height, width).`,
    );
  return { height: height ?? undefined, width: width ?? undefined, colorMode, flat: shape.length === 3 };
}

/** @throws ShapeError unless the model has one output of classes: their number, or 1 for a yes or no */
export function classCount(command: string, model: Model): number {
  const { outputs, outputNames, name } = model;
  const [output] = outputs;
  const units = output?.shape.at(-1);
  if (outputs.length === 1 && output!.shape.length === 2 && typeof units === "number") return units;
  const found =
    outputs.length === 1 ? `gives ${formatShape(output!.shape)}` : `has the outputs ${outputNames.join(", ")}`;
  throw new ShapeError(`${command}: model "${name}" ${found}, expected one output of classes: (None, classes).`);
}
