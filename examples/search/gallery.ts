/** Pictures to train on in groups, and pictures to search in. */
import type { Tensor } from "fovea";

/** Rows and columns of a picture, in pixels. */
export const SIZE = 32;
/** Pairs in a group. */
export const GROUP = 8;

export interface Gallery {
  /** [n, 32, 32, 3], 0 … 1. */
  readonly pictures: Tensor;
  /** The kind of each, int32 [n]. */
  readonly labels: Tensor;
  /** What each is called. */
  readonly names: readonly string[];
}

export interface SearchData {
  /** [groups, 16, 32, 32, 3]: a picture of each of eight kinds, and another one of each in the same order. */
  readonly groups: Tensor;
  /** Of kinds that are in no group. */
  readonly gallery: Gallery;
  /** Where it comes from, in words. */
  readonly source: string;
}
