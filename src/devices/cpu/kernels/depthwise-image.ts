/**
 * Images in the layout of depthwise convolutions: with margins of zeros, and each channel repeated for each of its kernels, so
 * that lane l of the image, of the kernel and of the result correspond.
 */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { Pad } from "../../../base/shape.ts";
import { advanceBy, repeat } from "./kernel-function.ts";
import { type LineRange, pushLine, pushNumber } from "./rows.ts";

/** An image [height, width, channels] and how it is laid out. */
export interface DepthwiseImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Kernels per channel. */
  readonly multiplier: number;
  readonly margin: readonly [Pad, Pad];
}

/** Where the laid-out image lies. */
export interface PlacedLanes {
  /** In scratch, because its layout differs from the input's; otherwise the input itself. */
  readonly copied: boolean;
  readonly pixelBytes: number;
  readonly rowBytes: number;
  /** Its scratch bytes, with room for the last vector to overrun. */
  readonly scratchBytes: number;
}

/** Pixels at multiples of this many bytes map to the same few sets of the first-level cache and evict each other. */
const CROWDED_BYTES = 1024;

/** @param spares the kernel leaves out what it would read of the margins, which need no copy then */
export function placeLanes(
  { height, width, channels, multiplier, margin }: DepthwiseImage,
  spares = false,
): PlacedLanes {
  const lanesBytes = 4 * channels * multiplier;
  const crowded = lanesBytes % CROWDED_BYTES === 0;
  const copied = crowded || multiplier > 1 || (!spares && margin.flat().some((cells) => cells > 0));
  const pixelBytes = lanesBytes + (crowded ? 64 : 0);
  const rowBytes = (copied ? width + margin[1][0] + margin[1][1] : width) * pixelBytes;
  const bytes = (height + margin[0][0] + margin[0][1]) * rowBytes;
  return { copied, pixelBytes, rowBytes, scratchBytes: copied ? Math.ceil(bytes / 64) * 64 + 64 : 0 };
}

/** Clears the margins, once for all images. */
export function emitClearLanes(
  f: FunctionBuilder,
  { height, width, margin }: DepthwiseImage,
  { pixelBytes, rowBytes }: PlacedLanes,
  scratch: Local,
): void {
  const [[top, bottom], [left, right]] = margin;
  const at = f.local("i32");
  const clear = (bytes: number) => {
    if (bytes > 0) f.get(at).i32(0).i32(bytes).memoryFill();
  };
  // The right margin of a row and the left margin of the next are contiguous.
  f.get(scratch).set(at);
  clear(top * rowBytes + left * pixelBytes);
  advanceBy(f, at, top * rowBytes + (left + width) * pixelBytes);
  if (left + right > 0)
    repeat(f, height - 1, () => {
      clear((right + left) * pixelBytes);
      advanceBy(f, at, rowBytes);
    });
  else advanceBy(f, at, (height - 1) * rowBytes);
  clear(right * pixelBytes + bottom * rowBytes);
}

/** Copies lines of one image to their places in scratch. */
export function emitPlaceLanes(
  f: FunctionBuilder,
  image: DepthwiseImage,
  { pixelBytes, rowBytes }: PlacedLanes,
  source: Local,
  scratch: Local,
  { first, end }: LineRange = { first: 0, end: image.height },
): void {
  const { width, channels, multiplier, margin } = image;
  const [line, from, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  pushLine(f, source, first, 4 * width * channels);
  f.set(from);
  pushLine(f, scratch, first, rowBytes);
  f.i32(margin[0][0] * rowBytes + margin[1][0] * pixelBytes)
    .op("i32.add")
    .set(to);
  const value = f.local("f32");
  const lanesBytes = 4 * channels * multiplier;
  const copy = (bytes: number, step: number) => {
    f.get(to).get(from).i32(bytes).memoryCopy();
    advanceBy(f, from, bytes);
    advanceBy(f, to, step);
  };
  pushNumber(f, first).set(line);
  f.forLoop(line, end, 1, () => {
    if (multiplier === 1 && lanesBytes === pixelBytes) return copy(width * pixelBytes, rowBytes);
    repeat(f, width, () => {
      if (multiplier === 1) return copy(lanesBytes, pixelBytes);
      repeat(f, channels, () => {
        f.get(from).mem("f32.load").set(value);
        repeat(f, multiplier, () => {
          f.get(to).get(value).mem("f32.store");
          advanceBy(f, to, 4);
        });
        advanceBy(f, from, 4);
      });
      advanceBy(f, to, pixelBytes - lanesBytes);
    });
    advanceBy(f, to, rowBytes - width * pixelBytes);
  });
}

/** target[i] = Σ over the `multiplier` lanes of channel i, for `count` channels in a row. */
export function emitSumLanes(
  f: FunctionBuilder,
  count: number,
  multiplier: number,
  source: Local,
  target: Local,
): void {
  const [from, to, sum] = [f.local("i32"), f.local("i32"), f.local("f32")];
  f.get(source).set(from);
  f.get(target).set(to);
  repeat(f, count, () => {
    f.f32(0).set(sum);
    repeat(f, multiplier, () => {
      f.get(sum).get(from).mem("f32.load").op("f32.add").set(sum);
      advanceBy(f, from, 4);
    });
    f.get(to).get(sum).mem("f32.store");
    advanceBy(f, to, 4);
  });
}
