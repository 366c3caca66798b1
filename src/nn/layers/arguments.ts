/** Checks of layer options that several layers share. Messages name the layer's class and the argument. */
import { ArgumentError, ShapeError, unknownName } from "../../base/errors.ts";
import { dilatedExtent, type Pad, type Padding, windowOutput, windowPad } from "../../base/shape.ts";
import { formatValue } from "../options.ts";

/** A number for both axes, or one for each. */
export type Pair = number | readonly [number, number];

/** Expands to one number per axis; each must be a whole number of 1 or more. */
export function checkPair(owner: string, name: string, value: Pair): readonly [number, number] {
  const pair = typeof value === "number" ? ([value, value] as const) : value;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((entry) => Number.isInteger(entry) && entry > 0))
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(value)}, expected a whole number of 1 or more, or two of them [height, width].`,
    );
  return [pair[0]!, pair[1]!];
}

export function checkPositive(owner: string, name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected a whole number of 1 or more.`);
  return value;
}

export function checkPadding(owner: string, value: string): Padding {
  const known = (["valid", "same"] as const).find((padding) => padding === value);
  if (known === undefined) throw unknownName(`padding of ${owner}`, value, ["valid", "same"]);
  return known;
}

/** Only channels last: [batch, height, width, channels]. */
export function checkDataFormat(owner: string, value: string | null): void {
  if (value !== null && value !== "channels_last")
    throw new ArgumentError(
      `${owner}: dataFormat "${value}" is not supported; images are [batch, height, width, channels], "channels_last".`,
    );
}

/** What a convolution's output size depends on. */
export interface KernelWindow {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
}

/** Height and width of a convolution's output; throws when the kernel does not fit into the input. */
export function convolvedSize(
  owner: string,
  size: readonly [number, number],
  { kernelSize, strides, dilationRate, padding }: KernelWindow,
): readonly [number, number] {
  const output = (axis: 0 | 1) =>
    windowOutput(size[axis], kernelSize[axis], strides[axis], dilationRate[axis], padding);
  const [height, width] = [output(0), output(1)];
  if (Math.min(height, width) < 1) {
    const extent = kernelSize.map((cells, axis) => dilatedExtent(cells, dilationRate[axis]!));
    const dilated = Math.max(...dilationRate) > 1 ? `, dilated to ${extent.join("x")},` : "";
    throw new ShapeError(
      `${owner}: kernel ${kernelSize.join("x")}${dilated} does not fit input ${size.join("x")} (padding "${padding}"). ` +
        `Use padding "same" or kernelSize <= ${Math.min(...size)}.`,
    );
  }
  return [height, width];
}

/** Padding of both spatial axes of [batch, height, width, channels]. */
export function windowPads(
  shape: readonly number[],
  window: readonly [number, number],
  strides: readonly [number, number],
  dilation: readonly [number, number],
  padding: Padding,
): readonly [Pad, Pad] {
  const pad = (axis: 0 | 1) => windowPad(shape[1 + axis]!, window[axis], strides[axis], dilation[axis], padding);
  return [pad(0), pad(1)];
}
