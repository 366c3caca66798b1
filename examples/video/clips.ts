/** Clips and their classes. */
import type { Tensor } from "fovea";

/** Frames of a clip. */
export const FRAMES = 8;
/** Rows and columns of a frame. */
export const SIZE = 32;

export interface ClipSplit {
  /** [n, 8, 32, 32, 1], 0 … 1. */
  readonly clips: Tensor;
  /** int32 [n]. */
  readonly labels: Tensor;
}

export interface ClipData {
  readonly train: ClipSplit;
  readonly test: ClipSplit;
  readonly classNames: readonly string[];
  /** Where it comes from, in words. */
  readonly source: string;
}
