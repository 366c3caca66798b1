/** The digits that stations show: the test digits that the page carries, and those that the visitor drew. */
import { computed, signal } from "@preact/signals";
import { type DrawnDigit, pixelsOf } from "../base/drawn-digits.ts";
import { drawnDigits } from "./selection.ts";

export interface Samples {
  readonly count: number;
  /** Grey levels 0 … 1, [count, 28, 28, 1]. */
  readonly images: Float32Array;
  readonly labels: Uint8Array;
}

const PIXELS = 784;

const testDigits = signal<Samples | undefined>(undefined);
/** Undefined until the test digits are read. */
export const samples = computed(() => testDigits.value && withDrawn(testDigits.value, drawnDigits.value));
export const samplesFailure = signal<string | undefined>(undefined);

/** @throws Error for a file that does not hold whole digits */
export function parseSamples(bytes: Uint8Array): Samples {
  const count = bytes.length / (PIXELS + 1);
  if (!Number.isInteger(count) || count === 0)
    throw new Error(
      `The file of digits has ${bytes.length} bytes, which is no whole number of digits: load the page again.`,
    );
  const images = new Float32Array(count * PIXELS);
  for (let i = 0; i < images.length; i++) images[i] = bytes[i]! / 255;
  return { count, images, labels: bytes.slice(count * PIXELS) };
}

/** Test digits, followed by what was drawn. */
export function withDrawn(tested: Samples, drawn: readonly DrawnDigit[]): Samples {
  if (drawn.length === 0) return tested;
  const count = tested.count + drawn.length;
  const images = new Float32Array(count * PIXELS);
  images.set(tested.images);
  drawn.forEach((digit, index) => {
    images.set(pixelsOf(digit), (tested.count + index) * PIXELS);
  });
  return { count, images, labels: Uint8Array.from([...tested.labels, ...drawn.map(({ label }) => label)]) };
}

/** The pixels of one digit: a view, not to be written. */
export function imageOf({ images }: Samples, index: number): Float32Array {
  return images.subarray(index * PIXELS, (index + 1) * PIXELS);
}

export async function loadSamples(): Promise<void> {
  try {
    const response = await fetch(new URL("../../assets/digits.u8", import.meta.url));
    if (!response.ok) throw new Error(`The test digits could not be read: ${response.status} ${response.statusText}.`);
    testDigits.value = parseSamples(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    samplesFailure.value = error instanceof Error ? error.message : String(error);
  }
}
