/** How good masks are. */
import { confusionMatrix } from "fovea/insight";

/**
 * Of each class, the share of the pixels that are of it or were taken for it which are both (intersection over union); NaN for a
 * class that neither has.
 */
export function classIoU(truth: ArrayLike<number>, found: ArrayLike<number>, classes: number): number[] {
  const matrix = confusionMatrix(truth, found, classes);
  return matrix.map((row, c) => {
    const [inTruth, inFound] = [row, matrix.map((each) => each[c]!)].map((list) => list.reduce((a, b) => a + b, 0));
    return row[c]! / (inTruth! + inFound! - row[c]!);
  });
}
