/** Pictures and the classes of their pixels. */
import type { Tensor } from "fovea";
import { themes } from "fovea/plot";

/** Rows and columns of a picture, in pixels. */
export const SIZE = 64;

export interface MaskSplit {
  /** [n, 64, 64, 3], 0 … 1. */
  readonly images: Tensor;
  /** The class of each pixel, int32 [n, 64, 64]. */
  readonly masks: Tensor;
}

export interface MaskData {
  readonly train: MaskSplit;
  readonly test: MaskSplit;
  readonly classNames: readonly string[];
  /** Where it comes from, in words. */
  readonly source: string;
}

/** A colour for each class; the first one is paper. */
export function paintMask(mask: ArrayLike<number>): { data: Float32Array; shape: number[] } {
  const { paper, classes } = themes.light;
  const data = new Float32Array(mask.length * 3);
  for (let i = 0; i < mask.length; i++) {
    const color = mask[i] === 0 ? paper : classes[(mask[i]! - 1) % classes.length]!;
    for (let c = 0; c < 3; c++) data[3 * i + c] = Number.parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16) / 255;
  }
  const side = Math.sqrt(mask.length);
  return { data, shape: [side, side, 3] };
}
