/** Prints grey images and a network's predictions for them. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { alignText, formatFixed, textWidth, truncateText } from "../base/format.ts";
import { halfBlocks } from "./half-blocks.ts";

/**
 * How grey is printed: "color" uses half blocks in the 24 greys of a 256-colour terminal, two pixels per cell; "shades" and
 * "ascii" print the mean of the same two pixels as a character, denser for brighter pixels.
 */
export type DigitStyle = "color" | "shades" | "ascii";

/** A grey image, row after row. */
export interface GreyImage {
  /** height · width values, 0 = black. */
  readonly pixels: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  /** The value of white. Default: 255 for a Uint8Array, else 1. Values outside 0 … maximum are clamped, NaN is black. */
  readonly maximum?: number;
}

const ramps = { shades: [..." ░▒▓█"], ascii: [..." .:-=+*#%@"] } as const;

/**
 * The image as ⌈height / 2⌉ lines of `width` cells; a cell is about twice as high as wide, which keeps the proportions.
 *
 * @throws ShapeError when the pixels do not fill height · width
 */
export function digitLines(image: GreyImage, style: DigitStyle = "shades"): string[] {
  const { pixels, height, width } = image;
  if (pixels.length !== height * width)
    throw new ShapeError(
      `digitLines: ${pixels.length} pixels do not fill ${height} x ${width} (${height * width}); pass one channel of one image.`,
    );
  const maximum = image.maximum ?? (pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray ? 255 : 1);
  // Images of odd height get a black row below.
  const grey = (y: number, x: number) => {
    const value = y < height ? pixels[y * width + x]! / maximum : 0;
    return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
  };
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (_, x) => [grey(2 * line, x), grey(2 * line + 1, x)] as const);
    if (style === "color") return halfBlocks(cells.map(([upper, lower]) => [greyCode(upper), greyCode(lower)]));
    const ramp = ramps[style];
    return cells.map(([upper, lower]) => ramp[Math.round(((upper + lower) / 2) * (ramp.length - 1))]).join("");
  });
}

/** 232 … 255 are the greys of a 256-colour terminal. */
const greyCode = (grey: number) => 232 + Math.round(grey * 23);

export interface ClassProbabilities {
  /** One for each class. */
  readonly probabilities: ArrayLike<number>;
  /** Default: "0", "1", … */
  readonly classNames?: readonly string[] | undefined;
  readonly predicted: number;
  /** Number of classes that are shown, the most probable first. Default: all, in their order. */
  readonly top?: number | undefined;
  readonly style?: DigitStyle;
  /** Cells of the terminal: longer names are cut. Default 80. */
  readonly columns?: number | undefined;
}

export interface Prediction extends GreyImage, ClassProbabilities {
  /** The correct class, if it is known. */
  readonly truth?: number | undefined;
}

const barCells = 20;
/** Of a line besides the class's name: a blank, the bar, and ` 0.1234 ◀`. */
const BESIDE_NAME = 1 + barCells + 9;
/** A name keeps this many cells however narrow the terminal is. */
const SHORTEST_NAME = 8;

/** The classes, the most probable first; equal ones in their order. */
export function topClasses(probabilities: ArrayLike<number>, top: number): number[] {
  const shareOf = (i: number) => (Number.isNaN(probabilities[i]!) ? -1 : probabilities[i]!);
  const classes = Array.from(probabilities, (_, i) => i);
  return classes.sort((a, b) => shareOf(b) - shareOf(a)).slice(0, top);
}

/**
 * A bar for each class, its name before it.
 *
 * @throws ArgumentError when the names do not match the probabilities
 */
export function probabilityLines(given: ClassProbabilities): string[] {
  const { probabilities, predicted, top, style = "shades", columns = 80 } = given;
  const names = namesOf("probabilityLines", given);
  const shown = top === undefined ? names.map((_, i) => i) : topClasses(probabilities, top);
  const widest = Math.max(SHORTEST_NAME, columns - BESIDE_NAME);
  const width = Math.min(widest, Math.max(...shown.map((i) => textWidth(names[i]!))));
  return shown.map((i) => {
    const share = probabilities[i]!;
    const mark = i !== predicted ? "" : style === "ascii" ? " <" : " ◀";
    const name = alignText(truncateText(names[i]!, width), width, "right");
    return `${name} ${probabilityBar(share, style)} ${formatFixed(share, 4)}${mark}`;
  });
}

function namesOf(who: string, { probabilities, classNames }: ClassProbabilities): readonly string[] {
  const classes = probabilities.length;
  const names = classNames ?? Array.from({ length: classes }, (_, i) => String(i));
  if (names.length !== classes)
    throw new ArgumentError(`${who}: ${names.length} classNames for ${classes} probabilities; give one for each.`);
  return names;
}

/**
 * The image on the left, and one bar per class on the right. Below them the predicted class and, if the truth is known, the truth
 * as a one-hot vector and the verdict. Ends with "\n".
 *
 * @throws ArgumentError when a class is outside the probabilities or the names do not match them
 */
export function drawPrediction(prediction: Prediction): string {
  const { probabilities, predicted, truth, style = "shades", width, columns = 80 } = prediction;
  const classes = probabilities.length;
  const names = namesOf("drawPrediction", prediction);
  for (const [what, index] of [
    ["predicted", predicted],
    ["truth", truth],
  ] as const) {
    if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < classes))
      throw new ArgumentError(`drawPrediction: ${what} is ${index}, expected a class 0 … ${classes - 1}.`);
  }
  const bars = probabilityLines({ ...prediction, columns: columns - width - 2 });
  const picture = digitLines(prediction, style);
  // The bars are centred vertically beside the picture.
  const above = Math.max(0, Math.floor((picture.length - bars.length) / 2));
  const blank = " ".repeat(width);
  const lines = Array.from({ length: Math.max(picture.length, above + bars.length) }, (_, y) =>
    `${picture[y] ?? blank}  ${bars[y - above] ?? ""}`.trimEnd(),
  );
  lines.push("", `predicted  ${names[predicted]}${verdict(predicted, truth, style)}`);
  if (truth !== undefined) {
    const oneHot = Array.from({ length: classes }, (_, i) => (i === truth ? 1 : 0)).join(" ");
    lines.push(`truth      ${alignText(names[truth]!, textWidth(names[predicted]!))}  [${oneHot}]`);
  }
  return `${lines.join("\n")}\n`;
}

function verdict(predicted: number, truth: number | undefined, style: DigitStyle): string {
  if (truth === undefined) return "";
  const right = predicted === truth;
  const sign = style === "ascii" ? "" : right ? "✓ " : "✗ ";
  return `  ${sign}${right ? "right" : "wrong"}`;
}

function probabilityBar(share: number, style: DigitStyle): string {
  const done = Math.round(barCells * Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)));
  const [ink, paper] = style === "ascii" ? ["#", "."] : ["━", "─"];
  return ink.repeat(done) + paper.repeat(barCells - done);
}
