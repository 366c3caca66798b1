/** Boxes out of a map of scores. */
import { checkKeys } from "../base/options.ts";
import { Tensor } from "../base/tensor.ts";
import { checkNumber } from "../nn/options.ts";
import { type Box, keepBest, overlapOf } from "./boxes.ts";
import { checkMade } from "./check-model.ts";
import type { PixelBox } from "./receptive-field.ts";
import type { SlidingMap } from "./slide.ts";

export interface FindDigitsOptions {
  /** The least score of a box. Default 0.9. */
  readonly threshold?: number | undefined;
  /** The most that two boxes may overlap, as the area of both over the area of either: of two that overlap more, the weaker one is dropped. Default 0.2. */
  readonly overlap?: number | undefined;
  /** The least mean pixel value of a box. Default 0: a classifier that was never shown empty paper finds digits on it. */
  readonly ink?: number | undefined;
}

/** A box that holds an object, in pixels of the page; all four sides are inclusive. */
export interface FoundDigit extends PixelBox {
  /** The class with the highest score. */
  readonly classIndex: number;
  readonly score: number;
}

/**
 * Where the digits (or what else the model tells apart) are: windows whose highest score reaches the threshold, the best first,
 * without those that overlap a better one (non-maximum suppression). Where several windows in a row have the same score, the one with
 * the most ink counts as the best.
 *
 * @param map as `slideOverPage` gives it
 * @returns the boxes, best first
 * @throws ArgumentError for anything else, and for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { findDigits, slideOverPage } from "fovea/insight";
 * import { Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([new Flatten({ inputShape: [8, 8, 1] }), new Dense({ units: 10, activation: "softmax" })]);
 * const map = await slideOverPage(model, tensor(new Float32Array(400), [20, 20, 1]));
 * findDigits(map, { threshold: 0.5 }); // []
 * ```
 */
export function findDigits(map: SlidingMap, options: FindDigitsOptions = {}): FoundDigit[] {
  const who = "findDigits";
  checkMade(who, map, "slideOverPage", ["scores", "window", "stride", "ink"]);
  if (!(map.scores instanceof Tensor) || !(map.ink instanceof Tensor) || map.scores.rank !== 3)
    checkMade(who, undefined, "slideOverPage", []);
  checkKeys(who, options, ["threshold", "overlap", "ink"]);
  const { threshold = 0.9, overlap = 0.2, ink: leastInk = 0 } = options;
  checkNumber(who, "threshold", threshold, "a score", () => true);
  checkNumber(who, "overlap", overlap, "a share from 0 to 1", (given) => given >= 0 && given <= 1);
  checkNumber(who, "ink", leastInk, "a mean pixel value", () => true);
  const { scores, window, stride, ink } = map;
  const [, columns, classes] = scores.shape as [number, number, number];
  const found = Array.from(ink.data, (inkHere, place) => {
    const row = scores.data.subarray(place * classes, (place + 1) * classes);
    const score = Math.max(...row);
    const [top, left] = [Math.floor(place / columns) * stride[0], (place % columns) * stride[1]];
    const box = { top, left, bottom: top + window[0] - 1, right: left + window[1] - 1 };
    return { ...box, classIndex: row.indexOf(score), score, inkHere };
  }).filter(({ score, inkHere }) => score >= threshold && inkHere >= leastInk);
  found.sort((a, b) => b.score - a.score || b.inkHere - a.inkHere);
  const digits = found.map(({ inkHere: _, ...digit }): FoundDigit => digit);
  return keepBest(digits, (better, other) => overlapOf(boxOf(better), boxOf(other)) > overlap);
}

/** All pixels of a box, from side to side. */
const boxOf = ({ left, top, right, bottom }: PixelBox): Box => [left, top, right + 1, bottom + 1];
