/** A bar of light, as Hubel and Wiesel moved it over the retina. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { Tensor } from "../base/tensor.ts";
import { checkNumber } from "../nn/options.ts";

export interface BarOptions {
  /** Rows and columns of the image. Default [28, 28]. */
  readonly size?: readonly [number, number] | undefined;
  /** The direction in which the bar runs, in radians: 0 lies along a row, π/2 along a column, counter-clockwise as seen. Default 0. */
  readonly orientation?: number | undefined;
  /** Shift across the bar in pixels: upwards for orientation 0, to the left for π/2. Default 0. */
  readonly offset?: number | undefined;
  /** Width at half of its brightness, in pixels. Default 1.6. */
  readonly width?: number | undefined;
  /** Row and column of the point about which the bar turns; (0, 0) is the middle of the first pixel. Default: the image's middle. */
  readonly centre?: readonly [number, number] | undefined;
}

/**
 * A soft bar of light across an image: brightness exp(-4 ln 2 · (d / width)²) at distance d from the bar's middle line.
 *
 * @returns [rows, columns, 1], from 0 to 1
 * @throws ArgumentError for options
 * @example
 * ```ts
 * import { barStimulus } from "fovea/insight";
 * const bar = barStimulus({ size: [5, 5], orientation: Math.PI / 2 });
 * bar.shape; // [5, 5, 1]: column 2 is bright
 * ```
 */
export function barStimulus(options: BarOptions = {}): Tensor {
  const who = "barStimulus";
  checkKeys(who, options, ["size", "orientation", "offset", "width", "centre"]);
  const { size = [28, 28], orientation = 0, offset = 0, width = 1.6 } = options;
  const [rows, columns] = checkPair(
    who,
    "size",
    size,
    "two whole numbers from 1 to 4096",
    (n) => Number.isInteger(n) && n > 0 && n <= 4096,
  );
  const middle: readonly [number, number] = [(rows - 1) / 2, (columns - 1) / 2];
  const centre = checkPair(who, "centre", options.centre ?? middle, "a row and a column", Number.isFinite);
  checkNumber(who, "orientation", orientation, "an angle in radians", () => true);
  checkNumber(who, "offset", offset, "a number of pixels", () => true);
  checkNumber(who, "width", width, "a number of pixels above 0", (given) => given > 0);
  // Rows count downwards, so the direction (cos, -sin) of (column, row) has the normal (sin, cos); up and left are offsets above 0.
  const [sine, cosine] = [Math.sin(orientation), Math.cos(orientation)];
  const pixels = Float32Array.from({ length: rows * columns }, (_, i) => {
    const [down, right] = [Math.floor(i / columns) - centre[0], (i % columns) - centre[1]];
    const distance = right * sine + down * cosine + offset;
    return Math.exp(-4 * Math.LN2 * (distance / width) ** 2);
  });
  return new Tensor(pixels, [rows, columns, 1]);
}

function checkPair(
  who: string,
  name: string,
  value: unknown,
  expected: string,
  holds: (value: number) => boolean,
): readonly [number, number] {
  const fits =
    Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "number" && holds(each));
  if (!fits) throw new ArgumentError(`${who}: ${name} is ${formatValue(value)}, expected ${expected}.`);
  return value as unknown as readonly [number, number];
}
