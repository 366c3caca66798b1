/** Shared by the convolutions: the padded copy of an image, and patches as a matrix. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { Conv2dAttrs } from "../../../ops/conv2d.ts";
import { type LineRange, pushLine, pushNumber } from "./rows.ts";

/** An image as a convolution's GEMMs read it: dilated and padded, with byte strides of rows and pixels. */
export interface ImageLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The image is a copy in scratch, because it differs from the input. */
  readonly copied: boolean;
  readonly rowBytes: number;
  readonly pixelBytes: number;
  readonly bytes: number;
}

/** Clears the copy; its border and gaps stay zero for all images. */
export function emitClear(f: FunctionBuilder, target: Local, bytes: number): void {
  f.get(target).i32(0).i32(bytes).memoryFill();
}

/** Kernel taps whose values are contiguous in the image: one GEMM with a long k instead of many with a short k. */
export interface Run {
  /** Bytes from the window's corner to the run's first value. */
  readonly imageOffset: number;
  /** First weight row ([kh·kw·cin/groups] rows of cout) of the run. */
  readonly weightRow: number;
  readonly length: number;
}

/** The runs of one group: whole kernel rows where pixels and channels are contiguous, single taps otherwise. */
export function kernelRuns(kernel: readonly number[], layout: ImageLayout, attrs: Conv2dAttrs, group: number): Run[] {
  const [kh, kw, depth] = kernel as [number, number, number];
  const adjacent = attrs.groups === 1 && attrs.dilation[1] === 1;
  const taps = adjacent ? 1 : kw;
  return Array.from({ length: kh * taps }, (_, i): Run => {
    const [a, b] = [Math.floor(i / taps), i % taps];
    return {
      imageOffset:
        a * attrs.dilation[0] * layout.rowBytes + b * attrs.dilation[1] * layout.pixelBytes + 4 * group * depth,
      weightRow: (a * kw + b) * depth,
      length: adjacent ? kw * depth : depth,
    };
  });
}

/** Minimum values of a run; in shorter ones the GEMM's prologue and epilogue cost more than gathering patches. */
const SHORT_RUN = 16;

/** Whether the convolution gathers patches: few input channels, such as a first layer's one or three. */
export function gathersPatches(kernel: readonly number[], attrs: Conv2dAttrs): boolean {
  return attrs.groups === 1 && attrs.dilation[1] === 1 && kernel[1]! * kernel[2]! < SHORT_RUN;
}

/** Bytes of one image's patches, with room for the last vector to overrun. */
export function patchBytes(kernel: readonly number[], outputShape: readonly number[]): number {
  return 4 * kernel[0]! * kernel[1]! * kernel[2]! * outputShape[1]! * outputShape[2]! + 64;
}

/**
 * Gathers the patches [lines·ow][kh·kw·cin] of lines of one image, at their places in the matrix of all. Kernel rows are copied in vectors of four; the next vector overwrites the
 * excess of the previous one.
 */
export function emitGatherPatches(
  f: FunctionBuilder,
  kernel: readonly number[],
  outputShape: readonly number[],
  layout: ImageLayout,
  attrs: Conv2dAttrs,
  image: Local,
  patches: Local,
  { first, end }: LineRange,
): void {
  const [kh, kw, depth] = kernel as [number, number, number];
  const [, , ow] = outputShape as [number, number, number];
  const run = kw * depth;
  const [i, j, from, to] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
  pushLine(f, patches, first, 4 * ow * kh * run);
  f.set(to);
  pushNumber(f, first).set(i);
  f.forLoop(i, end, 1, () => {
    f.get(image)
      .get(i)
      .i32(attrs.strides[0] * layout.rowBytes)
      .op("i32.mul")
      .op("i32.add")
      .set(from);
    f.i32(0).set(j);
    f.forLoop(j, ow, 1, () => {
      for (let a = 0; a < kh; a++)
        for (let at = 0; at < run; at += 4) {
          f.get(to)
            .get(from)
            .mem("v128.load", a * attrs.dilation[0] * layout.rowBytes + 4 * at);
          f.mem("v128.store", 4 * (a * run + at));
        }
      f.get(from)
        .i32(attrs.strides[1] * layout.pixelBytes)
        .op("i32.add")
        .set(from);
      f.get(to)
        .i32(4 * kh * run)
        .op("i32.add")
        .set(to);
    });
  });
}
