/** Station 1 without its view: what a unit sees, how long a run would take, and the run that was recorded. */
import { readHalfFloats } from "../../engine/half-floats.ts";
import type { LayerInfo } from "../../engine/protocol.ts";
import { type Box, hasUnit } from "../../state/box.ts";

/** What a unit of a convolution reads of each map of the layer below; undefined for the first layer and for Dense. */
export function windowOf(
  layers: readonly LayerInfo[],
  unit: { readonly layer: string; readonly y: number; readonly x: number },
): { readonly layer: string; readonly box: Box } | undefined {
  const index = layers.findIndex(({ name }) => name === unit.layer);
  const [below, own] = [layers[index - 1], layers[index]];
  if (below?.field === undefined || own?.field === undefined || own.shape.length !== 3 || below.shape.length !== 3)
    return undefined;
  if (!hasUnit(own, unit)) return undefined;
  // Both boxes are on the image; the units below whose boxes lie inside of this one are what it reads.
  const size = [0, 1].map((axis) => {
    const [outer, inner] = [own.field!.size[axis as 0 | 1], below.field!.size[axis as 0 | 1]];
    return (outer - inner) / below.field!.jump[axis as 0 | 1] + 1;
  });
  const first = [unit.y, unit.x].map((at, axis) => {
    const place = axis as 0 | 1;
    const edge = own.field!.start[place] + at * own.field!.jump[place] - (own.field!.size[place] - 1) / 2;
    const edgeBelow = below.field!.start[place] - (below.field!.size[place] - 1) / 2;
    return Math.round((edge - edgeBelow) / below.field!.jump[place]);
  });
  const [height, width] = below.shape;
  const [top, left] = [Math.max(0, first[0]!), Math.max(0, first[1]!)];
  return {
    layer: below.name,
    box: {
      y: top,
      x: left,
      height: Math.min(height!, first[0]! + size[0]!) - top,
      width: Math.min(width!, first[1]! + size[1]!) - left,
    },
  };
}

/** A step computes forward, and twice as much backward. */
const PASSES = 3;

/** Seconds that a run takes, from the milliseconds that an image takes forward; two digits, as good as such a guess is. */
export function trainingTime(
  msPerImage: number,
  { images, epochs }: { readonly images: number; readonly epochs: number },
): number {
  return Number(((PASSES * msPerImage * images * epochs) / 1000).toPrecision(2));
}

/** The run whose weights the page ships. */
export interface RecordedRun {
  readonly device: string;
  readonly date: string;
  readonly seconds: number;
  readonly epochs: number;
  readonly trainImages: number;
  /** Mean loss of each step's batch. */
  readonly losses: readonly number[];
  readonly checkpoints: readonly {
    readonly step: number;
    readonly testLoss: number;
    readonly testAccuracy: number;
    /** Kernels of the first convolution, [3, 3, 64]. */
    readonly kernels: Float32Array;
  }[];
}

/** Kernel and bias of the first convolution. */
const [KERNEL, BIAS] = [9 * 64, 64];

interface RecordFile extends Omit<RecordedRun, "losses" | "checkpoints"> {
  readonly steps: { readonly loss: readonly number[] };
  readonly checkpoints: readonly Omit<RecordedRun["checkpoints"][number], "kernels">[];
}

/** @throws Error for files that are not of one run */
export function readRecordedRun(file: unknown, halves: ArrayBuffer): RecordedRun {
  const { steps, checkpoints, ...about } = file as RecordFile;
  const numbers = readHalfFloats(halves);
  if (numbers.length !== checkpoints.length * (KERNEL + BIAS))
    throw new Error(
      `The recorded run has ${numbers.length} numbers for ${checkpoints.length} checkpoints: load it again.`,
    );
  return {
    ...about,
    losses: steps.loss,
    checkpoints: checkpoints.map((each, index) => {
      const from = index * (KERNEL + BIAS);
      return { ...each, kernels: numbers.slice(from, from + KERNEL) };
    }),
  };
}
