/** Sounds of a second and the words that are said in them. */
import type { Tensor } from "fovea";
import type { Sound } from "fovea/utils";

/** Samples in a second. */
export const RATE = 8000;
/** Samples of a sound. */
export const SAMPLES = RATE;

export interface WordSplit {
  /** [n, 8000], -1 … 1. */
  readonly sounds: Tensor;
  /** int32 [n]. */
  readonly labels: Tensor;
}

export interface WordData {
  readonly train: WordSplit;
  readonly test: WordSplit;
  readonly classNames: readonly string[];
  /** Where it comes from, in words. */
  readonly source: string;
}

/**
 * A recording as a second of 8000 samples: the mean of its channels; of rates that are multiples of 8000 the mean of neighbours
 * (tones above 4 kHz are damped, not removed), of others the sample before. Longer ones are cut, shorter ones filled with silence.
 */
export function clipOf({ samples, sampleRate }: Sound): Float32Array {
  const [length, channels] = samples.shape as [number, number];
  const step = sampleRate / RATE;
  const width = Math.max(1, Math.floor(step));
  return Float32Array.from({ length: SAMPLES }, (_, i) => {
    const first = Math.floor(i * step);
    let sum = 0;
    for (let at = first; at < Math.min(length, first + width); at++)
      for (let channel = 0; channel < channels; channel++) sum += samples.data[at * channels + channel]!;
    return sum / (width * channels);
  });
}
