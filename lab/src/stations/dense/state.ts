/** Station 4 without its view: what sharing weights saves, and how test images are damaged. */
import { grouped } from "../../base/numbers.ts";
import { stream } from "../../engine/shuffle.ts";

/** The first layer of the handout's network: 3 x 3 kernels, 64 filters. */
const KERNEL = 3;
const FILTERS = 64;

export const sharings = ["shared", "locally connected", "dense"] as const;
export type Sharing = (typeof sharings)[number];

export interface Cost {
  readonly parameters: number;
  /** Multiply-adds of one image. */
  readonly multiplyAdds: number;
}

/** What the first layer's outputs cost on an image of this side and so many colours, by how its weights are shared. */
export function costOf(sharing: Sharing, side: number, colours = 1): Cost {
  const outputs = (side - KERNEL + 1) ** 2 * FILTERS;
  const seen = KERNEL ** 2 * colours;
  if (sharing === "shared") return { parameters: (seen + 1) * FILTERS, multiplyAdds: outputs * seen };
  if (sharing === "locally connected") return { parameters: outputs * (seen + 1), multiplyAdds: outputs * seen };
  const pixels = side ** 2 * colours;
  return { parameters: outputs * (pixels + 1), multiplyAdds: outputs * pixels };
}

/** Every pixel connected with every neuron: weights, and a bias for each neuron. */
export function denseParameters(side: number, neurons: number, colours = 1): number {
  return side ** 2 * colours * neurons + neurons;
}

export const convolutionParameters = (colours = 1): number => costOf("shared", KERNEL, colours).parameters;

/** "53,066 times" of the smallest. */
export const times = (value: number, smallest: number): string => `${grouped(Math.round(value / smallest))} times`;

/** Length of a bar, as a share of the longest. */
export function barShare(value: number, largest: number, isLog: boolean): number {
  return isLog ? Math.log10(value) / Math.log10(largest) : value / largest;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Images [n, 28, 28] moved to the right by so many pixels; what comes in from the left is empty. */
export function shifted(images: Float32Array, pixels: number): Float32Array {
  return images.map((_, i) => {
    const column = i % SIDE;
    return column < pixels ? 0 : images[i - pixels]!;
  });
}

/** Images with normal noise of this standard deviation, cut to 0 … 1: Box and Muller. */
export function noisy(images: Float32Array, deviation: number, seed: number): Float32Array {
  const draw = stream(seed);
  return images.map((level) => {
    const [length, turn] = [Math.sqrt(-2 * Math.log(1 - draw())), 2 * Math.PI * draw()];
    return Math.min(1, Math.max(0, level + deviation * length * Math.cos(turn)));
  });
}

/** Images whose pixels are all put into another order, the same for each. */
export function shuffled(images: Float32Array, order: ArrayLike<number>): Float32Array {
  return images.map((_, i) => images[i - (i % PIXELS) + order[i % PIXELS]!]!);
}

/** Columns of a kernel [pixels, units], the longest first. */
export function strongestUnits(kernel: Float32Array, units: number): number[] {
  const lengths = new Float64Array(units);
  kernel.forEach((weight, i) => {
    lengths[i % units]! += weight ** 2;
  });
  return [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
}
