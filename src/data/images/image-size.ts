/** Sizes of images, as options state them. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";

/** A typed array of float32 RGB holds no larger square. */
const MOST = 16_384;

/** [height, width] of a number for both or of a pair. @throws ArgumentError for anything else */
export function checkSize(who: string, name: string, size: unknown): readonly [number, number] {
  const pair: unknown[] = Array.isArray(size) ? size : [size, size];
  if (
    pair.length === 2 &&
    pair.every((each) => Number.isSafeInteger(each) && (each as number) > 0 && (each as number) <= MOST)
  )
    return pair as [number, number];
  throw new ArgumentError(`${who}: ${name} is ${formatValue(size)}, expected [height, width] in pixels, 1 … ${MOST}.`);
}
