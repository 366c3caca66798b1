/**
 * Boxes that a model found, and how good they are: overlap, non-max suppression, and the average precision of COCO
 * (pycocotools `cocoeval.py`: evaluateImg and accumulate, all areas).
 */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { areaOf, type Box, intersectionOf, keepBest, overlapOf } from "./boxes.ts";

/** More have no reader, and may not fit into memory. */
const MOST_CLASSES = 10_000;

/** A box of the truth. */
export interface TrueBox {
  readonly box: Box;
  /** Its class, 0 or more. */
  readonly label: number;
  /** Whether it stands for many objects: what is found in it counts neither as right nor as wrong. Default false. */
  readonly crowd?: boolean;
}

/** A box that a model found. */
export interface FoundBox {
  readonly box: Box;
  /** Its class, 0 or more. */
  readonly label: number;
  /** How sure the model is; only the order counts. */
  readonly score: number;
}

function checkBox(who: string, name: string, box: unknown): asserts box is Box {
  const isBox =
    Array.isArray(box) &&
    box.length === 4 &&
    box.every((side) => typeof side === "number" && Number.isFinite(side)) &&
    box[0] <= box[2] &&
    box[1] <= box[3];
  if (!isBox)
    throw new ArgumentError(
      `${who}: ${name} is ${formatValue(box)}, expected [left, top, right, bottom], four finite numbers with left <= right and top <= bottom.`,
    );
}

/**
 * The share of two boxes' union that both cover, 0 … 1 (intersection over union, Jaccard index).
 *
 * @throws ArgumentError for something that is no box
 * @example
 * ```ts
 * import { boxIoU } from "fovea/insight";
 * boxIoU([0, 0, 2, 2], [1, 0, 3, 2]); // 1 / 3
 * ```
 */
export function boxIoU(a: Box, b: Box): number {
  checkBox("boxIoU", "a", a);
  checkBox("boxIoU", "b", b);
  return overlapOf(a, b);
}

/** Options of `nonMaxSuppression`. */
export interface NonMaxSuppressionOptions {
  /** A box goes if its overlap with a better one is larger. Default 0.5. */
  readonly iouThreshold?: number;
  /** Boxes of lower scores go. Default: none. */
  readonly scoreThreshold?: number;
  /** Most boxes that stay. Default: all. */
  readonly maxBoxes?: number;
  /** Whether boxes of different classes suppress each other. Default false. */
  readonly acrossClasses?: boolean;
}

/**
 * Of boxes that overlap, only the one with the highest score stays.
 *
 * @returns the boxes that stay, best first
 * @throws ArgumentError for boxes or options that make no sense
 * @example
 * ```ts
 * import { nonMaxSuppression } from "fovea/insight";
 * const found = [
 *   { box: [0, 0, 10, 10], label: 3, score: 0.9 },
 *   { box: [1, 0, 11, 10], label: 3, score: 0.6 },
 *   { box: [40, 0, 50, 10], label: 3, score: 0.5 },
 * ] as const;
 * nonMaxSuppression(found).map(({ score }) => score); // [0.9, 0.5]
 * ```
 */
export function nonMaxSuppression(found: readonly FoundBox[], options: NonMaxSuppressionOptions = {}): FoundBox[] {
  const who = "nonMaxSuppression";
  checkKeys(who, options, ["iouThreshold", "scoreThreshold", "maxBoxes", "acrossClasses"]);
  const { iouThreshold = 0.5, scoreThreshold = -Infinity, maxBoxes = Infinity, acrossClasses = false } = options;
  if (!(typeof iouThreshold === "number" && iouThreshold >= 0 && iouThreshold <= 1))
    throw new ArgumentError(`${who}: iouThreshold is ${formatValue(iouThreshold)}, expected a number from 0 to 1.`);
  for (const [name, value] of Object.entries({ scoreThreshold, maxBoxes }))
    if (typeof value !== "number" || Number.isNaN(value))
      throw new ArgumentError(`${who}: ${name} is ${formatValue(value)}, expected a number.`);
  checkFound(who, "found", found);
  return keepBest(
    byScore(found.filter(({ score }) => score >= scoreThreshold)),
    (better, other) =>
      (acrossClasses || better.label === other.label) && overlapOf(better.box, other.box) > iouThreshold,
    maxBoxes,
  );
}

const byScore = (found: readonly FoundBox[]) => [...found].sort((a, b) => b.score - a.score);

function checkFound(who: string, name: string, found: unknown): asserts found is readonly FoundBox[] {
  checkLabelled(who, name, found);
  found.forEach(({ score }: Partial<FoundBox>, i) => {
    if (typeof score !== "number" || Number.isNaN(score))
      throw new ArgumentError(`${who}: ${name}[${i}].score is ${formatValue(score)}, expected a number.`);
  });
}

function checkLabelled(who: string, name: string, list: unknown): asserts list is readonly TrueBox[] {
  if (!Array.isArray(list))
    throw new ArgumentError(`${who}: ${name} is ${formatValue(list)}, expected a list of { box, label, … }.`);
  // A copy has no holes, which `forEach` would pass over.
  Array.from(list).forEach((each: Partial<TrueBox> | null, i) => {
    checkBox(who, `${name}[${i}].box`, each?.box);
    if (!Number.isInteger(each?.label) || each!.label! < 0 || each!.label! >= MOST_CLASSES)
      throw new ArgumentError(
        `${who}: ${name}[${i}].label is ${formatValue(each?.label)}, expected a class, 0 to ${MOST_CLASSES - 1}.`,
      );
  });
}

/** Options of `averagePrecision`. */
export interface AveragePrecisionOptions {
  /** Overlaps from which a box counts as found. Default: 0.5, 0.55, … 0.95, as COCO has them. */
  readonly iouThresholds?: readonly number[];
  /** Boxes that count in each image and class, best first. Default 100. */
  readonly maxBoxes?: number;
}

/** How good found boxes are. Each number is a mean over classes, and NaN without any box of the truth. */
export interface AveragePrecision {
  /** Mean over all thresholds: COCO's "AP", mAP@0.5:0.95. */
  readonly mean: number;
  /** By the thresholds, in their order. */
  readonly byThreshold: readonly number[];
  /** Means over the thresholds by class; NaN for a class without a box of the truth. */
  readonly byClass: readonly number[];
  /** The largest share of the boxes that is found, mean over thresholds and classes: COCO's "AR". */
  readonly recall: number;
}

/** linspace(0.5, 0.95, 10) and linspace(0, 1, 101), to the last bit: a recall of 7/20 is below 35 * 0.01. */
const cocoThresholds = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)));
const recallPoints = Array.from({ length: 101 }, (_, i) => i * 0.01);

/**
 * Average precision as COCO defines it: found boxes are matched greedily by score to boxes of the truth of their class,
 * precision is made monotone and read at 101 points of recall, and the means are taken over classes and overlaps.
 *
 * @param truth boxes of each image
 * @param found boxes of each image, in the same order
 * @throws ArgumentError for lists of different lengths, boxes or options that make no sense
 * @example
 * ```ts
 * import { averagePrecision } from "fovea/insight";
 * const { byThreshold } = averagePrecision(
 *   [[{ box: [0, 0, 10, 10], label: 0 }]],
 *   [[{ box: [0, 0, 10, 8], label: 0, score: 0.9 }]], // overlap 0.8
 * );
 * byThreshold[0]; // mAP@0.5: 1
 * byThreshold[9]; // mAP@0.95: 0
 * ```
 */
export function averagePrecision(
  truth: readonly (readonly TrueBox[])[],
  found: readonly (readonly FoundBox[])[],
  options: AveragePrecisionOptions = {},
): AveragePrecision {
  const who = "averagePrecision";
  checkKeys(who, options, ["iouThresholds", "maxBoxes"]);
  const { iouThresholds = cocoThresholds, maxBoxes = 100 } = options;
  const isThreshold = (each: unknown) => typeof each === "number" && each > 0 && each <= 1;
  if (!Array.isArray(iouThresholds) || iouThresholds.length === 0 || !Array.from(iouThresholds).every(isThreshold))
    throw new ArgumentError(
      `${who}: iouThresholds is ${formatValue(iouThresholds)}, expected numbers above 0, at most 1.`,
    );
  if (!(typeof maxBoxes === "number" && maxBoxes >= 1))
    throw new ArgumentError(`${who}: maxBoxes is ${formatValue(maxBoxes)}, expected 1 or more.`);
  for (const [name, list] of Object.entries({ truth, found }))
    if (!Array.isArray(list))
      throw new ArgumentError(`${who}: ${name} is ${formatValue(list)}, expected a list with the boxes of each image.`);
  if (truth.length !== found.length)
    throw new ArgumentError(
      `${who}: truth has boxes of ${truth.length} images and found of ${found.length}; both must be of the same images.`,
    );
  Array.from(truth).forEach((boxes, i) => {
    checkLabelled(who, `truth[${i}]`, boxes);
    checkFound(who, `found[${i}]`, found[i]);
  });
  const classes = truth.flat().reduce((most, { label }) => Math.max(most, label + 1), 0);
  const rows = Array.from({ length: classes }, (_, label) => {
    const images = truth.map((boxes, i) => ({
      truth: boxes.filter((each) => each.label === label),
      found: byScore(found[i]!.filter((each) => each.label === label)).slice(0, maxBoxes),
    }));
    return iouThresholds.map((threshold) => precisionOf(images, threshold));
  });
  const known = rows.filter(([first]) => !Number.isNaN(first!.precision));
  const byThreshold = iouThresholds.map((_, t) => meanOf(known.map((row) => row[t]!.precision)));
  return {
    mean: meanOf(byThreshold),
    byThreshold,
    byClass: rows.map((row) => meanOf(row.map(({ precision }) => precision))),
    recall: meanOf(known.flatMap((row) => row.map(({ recall }) => recall))),
  };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface ClassImage {
  readonly truth: readonly TrueBox[];
  /** Best first. */
  readonly found: readonly FoundBox[];
}

/** Average precision and largest recall of one class at one overlap. */
function precisionOf(images: readonly ClassImage[], threshold: number): { precision: number; recall: number } {
  const positives = images.reduce((sum, { truth }) => sum + truth.filter(({ crowd }) => !crowd).length, 0);
  if (positives === 0) return { precision: Number.NaN, recall: Number.NaN };
  const judged = images.flatMap((image) => judgeImage(image, threshold)).sort((a, b) => b.score - a.score);
  let [right, wrong] = [0, 0];
  const recalls: number[] = [];
  const precisions: number[] = [];
  for (const { isRight } of judged) {
    if (isRight) right++;
    else wrong++;
    recalls.push(right / positives);
    precisions.push(right / (right + wrong + Number.EPSILON));
  }
  for (let i = precisions.length - 2; i >= 0; i--) precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);
  let at = 0;
  const read = recallPoints.map((recall) => {
    while (at < recalls.length && recalls[at]! < recall) at++;
    return precisions[at] ?? 0;
  });
  return { precision: meanOf(read), recall: recalls.at(-1) ?? 0 };
}

/** Which found boxes of an image are right; those in a crowd are left out. */
function judgeImage({ truth, found }: ClassImage, threshold: number): { score: number; isRight: boolean }[] {
  const least = Math.min(threshold, 1 - 1e-10);
  // Crowds come last: a single object is preferred.
  const targets = [...truth].sort((a, b) => Number(a.crowd ?? false) - Number(b.crowd ?? false));
  const taken = new Set<TrueBox>();
  return found.flatMap(({ box, score }) => {
    let best: TrueBox | undefined;
    let most = least;
    for (const target of targets) {
      if (taken.has(target) && !target.crowd) continue;
      if (best !== undefined && !best.crowd && target.crowd) break;
      const shared = target.crowd ? intersectionOf(box, target.box) / areaOf(box) : overlapOf(box, target.box);
      if (shared < most) continue;
      most = shared;
      best = target;
    }
    if (best?.crowd) return [];
    if (best !== undefined) taken.add(best);
    return [{ score, isRight: best !== undefined }];
  });
}
