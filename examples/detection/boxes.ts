/** Pictures with boxes, and what the detector is to say of each cell. */
import { Tensor } from "fovea";
import type { TrueBox } from "fovea/insight";
import { CELL, cellTargets } from "../shared/cells.ts";

/** Rows and columns of a picture, in pixels. */
export const SIZE = 96;
/** Rows and columns of cells. */
export const GRID = SIZE / CELL;

export interface BoxSplit {
  /** [n, 96, 96, 3], 0 … 1. */
  readonly images: Tensor;
  /** Of each picture, in its pixels. */
  readonly boxes: readonly (readonly TrueBox[])[];
  /** What the detector is to say of each cell, [n, 12, 12, classes + 5]. */
  readonly targets: Tensor;
}

export interface BoxData {
  readonly train: BoxSplit;
  readonly test: BoxSplit;
  readonly classNames: readonly string[];
  /** Where it comes from, in words. */
  readonly source: string;
}

/** @param pixels [n, 96, 96, 3], 0 … 1 */
export function boxSplit(pixels: Float32Array, boxes: readonly (readonly TrueBox[])[], classes: number): BoxSplit {
  const images = new Tensor(pixels, [boxes.length, SIZE, SIZE, 3]);
  return { images, boxes, targets: cellTargets(boxes, classes, [GRID, GRID]) };
}
