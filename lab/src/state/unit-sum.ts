/** The sum that makes a unit of a convolution. */

export interface KernelAndBias {
  /** [3, 3, channels in, channels out] */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

export interface UnitSum {
  /** Products of one channel of the input, added: 9 each. */
  readonly parts: Float64Array;
  /** The nine products where the input has one channel: value, weight, product. */
  readonly products: readonly { readonly value: number; readonly weight: number; readonly product: number }[];
  readonly bias: number;
  /** Before relu. */
  readonly total: number;
  /** max(0, total) */
  readonly activation: number;
}

/** What makes a unit of a 3 x 3 convolution: value times weight over its window, and the bias. In float64, in the order of the kernel. */
export function sumOfUnit(
  input: { readonly data: ArrayLike<number>; readonly width: number; readonly channels: number },
  { kernel, bias }: KernelAndBias,
  { y, x, channel }: { readonly y: number; readonly x: number; readonly channel: number },
): UnitSum {
  const filters = bias.length;
  const parts = new Float64Array(input.channels);
  const products: { value: number; weight: number; product: number }[] = [];
  for (let at = 0; at < 9; at++)
    for (let from = 0; from < input.channels; from++) {
      const [row, column] = [y + Math.floor(at / 3), x + (at % 3)];
      const value = input.data[(row * input.width + column) * input.channels + from]!;
      const weight = kernel[(at * input.channels + from) * filters + channel]!;
      parts[from]! += value * weight;
      products.push({ value, weight, product: value * weight });
    }
  const total = parts.reduce((sum, part) => sum + part, bias[channel]!);
  return { parts, products, bias: bias[channel]!, total, activation: Math.max(0, total) };
}

/** The unit of maps with the highest value. */
export function strongestUnit({
  data,
  width,
  channels,
}: {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly channels: number;
}): { readonly y: number; readonly x: number; readonly channel: number } {
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[best]!) best = i;
  const place = Math.floor(best / channels);
  return { y: Math.floor(place / width), x: place % width, channel: best % channels };
}
