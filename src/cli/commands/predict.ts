/** `fovea predict`: what a model sees in pictures. */
import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { formatShape } from "../../base/shape.ts";
import { ArgumentError, type DeviceName, InputOutputError, type Model, stack, Tensor } from "../../index.ts";
import { imgToArray, loadImg } from "../../train/utils.ts";
import { drawPrediction, probabilityLines, topClasses } from "../../view/digit.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import type { CliHost } from "../host.ts";
import {
  classCount,
  type ImageInput,
  imageInput,
  inRange,
  type PixelRange,
  pixelRange,
  pixelsOption,
} from "../image-input.ts";
import { loadModel } from "../load-model.ts";
import { deviceOption, modelArgument, positiveInteger, threadsOption } from "../options.ts";

interface PredictCommandOptions {
  readonly classes?: string;
  readonly top: number;
  readonly pixels?: PixelRange;
  readonly invert?: true;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly json?: true;
}

export const definePredict: DefineCommand = (command) => {
  command
    .argument("<model>", modelArgument)
    .argument("<pictures...>", "JPEG, PNG, WebP, GIF or BMP; they get the size and the colours that the model takes")
    .option("--classes <file>", "a text with the name of a class in each line")
    .addOption(new Option("--top <n>", "classes that are shown").argParser(positiveInteger).default(5))
    .addOption(pixelsOption())
    .option("--invert", "dark becomes bright: for pen on paper, where the model knows digits like MNIST's")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--json", "one JSON object per picture on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea predict a.keras cat.jpg dog.jpg\n  fovea predict digits.keras --invert seven.png\n  fovea predict mobilenet.onnx cat.jpg --classes imagenet.txt --pixels=-1..1 --json\n",
    );
  return async (host) => {
    const [path, ...pictures] = command.processedArgs.flat() as [string, ...string[]];
    const options = command.opts<PredictCommandOptions>();
    const model = await loadModel(path);
    const input = imageInput("predict", model);
    const names = await classNames(options.classes, classCount("predict", model));
    const { device, threads } = options;
    if (device !== undefined || threads !== undefined) model.compile({ device, threads });
    const range = pixelRange(model, options.pixels);
    if (options.json)
      host.out(jsonLine({ event: "model", path, name: model.name, input: model.inputShape, pixels: range }));
    else host.out(`Model "${model.name}" takes ${formatShape(model.inputs[0]!.shape)}, pixels ${range}\n`);
    for (const picture of pictures) {
      const image = await readPicture(picture, input, options.invert === true);
      const scores = await model.predict(batchOf(image, input, range), { verbose: 0 });
      report(host, options, { picture, image, scores, names, areLogits: givesLogits(model) });
    }
    return 0;
  };
};

/** @returns undefined without a file: classes are then called by their numbers */
async function classNames(file: string | undefined, classes: number): Promise<readonly string[] | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputOutputError(`--classes: cannot read "${file}": ${cause.message}.`, { cause });
  });
  const names = text
    .replace(/^\ufeff/, "")
    .trimEnd()
    .split(/\r?\n/)
    .map((name) => name.trim());
  // One number is a yes or no.
  const expected = classes === 1 ? 2 : classes;
  if (names.length !== expected)
    throw new ArgumentError(
      `--classes: "${file}" has ${names.length} lines, and the model ${expected} classes; write the name of one in each line, in their order.`,
    );
  return names;
}

/** uint8 [height, width, channels] */
async function readPicture(path: string, { height, width, colorMode }: ImageInput, inverts: boolean): Promise<Tensor> {
  const isAnySize = height === undefined || width === undefined;
  const own = isAnySize ? await loadImg(path, { colorMode }) : undefined;
  const targetSize = [height ?? own!.shape[0]!, width ?? own!.shape[1]!] as const;
  const image = await loadImg(path, { colorMode, targetSize, interpolation: "bilinear" });
  if (!inverts) return image;
  const channels = image.shape[2]!;
  // Alpha stays.
  return new Tensor(
    image.data.map((value, i) => (i % channels === 3 ? value : 255 - value)),
    image.shape,
  );
}

function batchOf(image: Tensor, { flat }: ImageInput, range: PixelRange): Tensor {
  const pixels = inRange(imgToArray(image), range);
  return stack([flat ? pixels.reshape(pixels.shape.slice(0, 2)) : pixels]);
}

interface Seen {
  readonly picture: string;
  readonly image: Tensor;
  /** [1, classes] */
  readonly scores: Tensor;
  readonly names: readonly string[] | undefined;
  /** undefined: not known. */
  readonly areLogits: boolean | undefined;
}

/** Whether the last layer leaves its sums as they are; undefined where it does not say. */
function givesLogits(model: Model): boolean | undefined {
  const { layer } = model.outputs[0]!;
  if (layer.className === "Softmax") return false;
  const { activation } = layer.options as { activation?: unknown };
  return typeof activation === "string" ? activation === "linear" : undefined;
}

function report(host: CliHost, { top, json }: PredictCommandOptions, seen: Seen): void {
  const { picture, image, names } = seen;
  const scores = Array.from(seen.scores.data);
  const areLogits = seen.areLogits ?? scores.some((score) => score < 0 || score > 1);
  const probabilities = areLogits ? softmax(scores) : scores.length === 1 ? [1 - scores[0]!, scores[0]!] : scores;
  const best = topClasses(probabilities, top);
  const [predicted = 0] = best;
  const nameOf = (i: number) => names?.[i] ?? String(i);
  if (json) {
    const list = best.map((i) => ({ class: i, name: nameOf(i), probability: probabilities[i] }));
    host.out(
      jsonLine({
        event: "prediction",
        picture,
        predicted,
        name: nameOf(predicted),
        top: list,
        probabilities,
        areLogits,
      }),
    );
    return;
  }
  const [height, width, channels] = image.shape as [number, number, number];
  const { columns } = host.progress;
  const shown = {
    probabilities,
    classNames: names,
    predicted,
    top,
    columns,
    style: host.color ? "color" : "shades",
  } as const;
  host.out(`\n${picture}${areLogits ? " (the softmax of the outputs)" : ""}\n`);
  if (height === 28 && width === 28 && channels === 1)
    host.out(drawPrediction({ ...shown, pixels: image.data, height, width }));
  else
    host.out(
      probabilityLines({ ...shown, columns: columns - 2 })
        .map((line) => `  ${line}\n`)
        .join(""),
    );
}

/** The probabilities that logits stand for; of one logit that of no and that of yes. */
function softmax(logits: readonly number[]): readonly number[] {
  const scores = logits.length === 1 ? [0, logits[0]!] : logits;
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
