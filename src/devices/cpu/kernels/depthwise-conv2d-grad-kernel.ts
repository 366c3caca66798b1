/** Depthwise convolution backward by the kernel: dw [kh,kw,c,m] += Σ over images and pixels of x · dy, lane by lane. */

import type { Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { DepthwiseConv2dGradKernelAttrs } from "../../../ops/depthwise-conv2d.ts";
import type { EmitKernel } from "../kernel.ts";
import { type DepthwiseImage, emitClearLanes, emitPlaceLanes, placeLanes } from "./depthwise-image.ts";
import { forEachLanes, forEachPacked, groupBySource, packedBytes, tileAxis } from "./depthwise-tile.ts";
import { addKernelFunction, advanceBy, multiplyAdd, repeat, storeLanes } from "./kernel-function.ts";
import { forEachRow, leadingRowBytes } from "./rows.ts";

type Image = readonly [images: number, height: number, width: number, channels: number];

/** Maximum unrolled kernel rows; more use a loop. */
const UNROLLED_ROWS = 7;

/**
 * A tile is a few neighbouring pixels of dy, held in registers for all kernel rows. The sums of a slice of images lie packed in
 * scratch and are added to dw at the end. That also rounds less than one long sum.
 */
export const emitDepthwiseConv2dGradKernel: EmitKernel = (module, call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dGradKernelAttrs;
  const [xSpec, dySpec, dwSpec] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const [images, height, width, channels] = xSpec.shape as Image;
  const [, oh, ow, lanes] = dySpec.shape as Image;
  const [kh, kw, , multiplier] = dwSpec.shape as Image;
  const image: DepthwiseImage = { height, width, channels, multiplier, margin: pad };
  const placed = placeLanes(image);
  const { size, full, rest } = tileAxis(ow, kw);
  /** In the tile's terms, `weight` is here the sum that a product is added to, and `result` the pixel of dy. */
  const groups = (count: number) =>
    groupBySource(
      Array.from({ length: count * kw }, (_, i) => {
        const [result, b] = [Math.floor(i / kw), i % kw];
        return { source: (result * strides[1] + b * dilation[1]) * placed.pixelBytes, weight: b, result };
      }),
    );
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [x, dy] = params.inputs as [Local, Local];
    const dw = params.outputs[0]!;
    const [line, source, gradient] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [rowSource, rowSum] = [f.local("i32"), f.local("i32")];
    const packed = f.local("i32");
    const pixel = f.local("v128");
    const sums = Array.from({ length: kw }, () => f.local("v128"));
    const slopes = Array.from({ length: size }, () => f.local("v128"));

    /** One kernel row: loads its sums, adds all products, and stores them. */
    const emitKernelRow = (count: number, sourceOffset: number, sumOffset: number, from: Local, to: Local) => {
      sums.forEach((sum, b) => {
        f.get(to)
          .mem("v128.load", sumOffset + 16 * b)
          .set(sum);
      });
      for (const group of groups(count)) {
        f.get(from)
          .mem("v128.load", sourceOffset + group[0]!.source)
          .set(pixel);
        for (const { weight, result } of group) multiplyAdd(f, features, pixel, slopes[result]!, sums[weight]!);
      }
      sums.forEach((sum, b) => {
        f.get(to)
          .get(sum)
          .mem("v128.store", sumOffset + 16 * b);
      });
    };

    const emitTile = (count: number) => {
      forEachLanes(f, lanes, [source, gradient], { pointer: packed, taps: kh * kw }, () => {
        for (let i = 0; i < count; i++)
          f.get(gradient)
            .mem("v128.load", 4 * i * lanes)
            .set(slopes[i]!);
        const [sourceStep, sumStep] = [dilation[0] * placed.rowBytes, 16 * kw];
        if (kh <= UNROLLED_ROWS)
          for (let a = 0; a < kh; a++) emitKernelRow(count, a * sourceStep, a * sumStep, source, packed);
        else {
          f.get(source).set(rowSource);
          f.get(packed).set(rowSum);
          repeat(f, kh, () => {
            emitKernelRow(count, 0, 0, rowSource, rowSum);
            advanceBy(f, rowSource, sourceStep);
            advanceBy(f, rowSum, sumStep);
          });
        }
      });
      advanceBy(f, source, count * strides[1] * placed.pixelBytes - 4 * lanes);
      advanceBy(f, gradient, (count - 1) * 4 * lanes);
    };

    if (placed.copied) emitClearLanes(f, image, placed, params.scratch);
    if (call.mode === "whole") {
      // One worker sums over all images; a whole call overwrites its output.
      f.get(dw)
        .i32(0)
        .i32(4 * sizeOf(dwSpec.shape))
        .memoryFill();
      f.i32(0).set(params.begin);
      if (xSpec.batched) f.get(params.rows).set(params.end);
      else f.i32(images).set(params.end);
    }
    f.get(params.scratch).i32(placed.scratchBytes).op("i32.add").tee(packed);
    f.i32(0)
      .i32(packedBytes(lanes, kh * kw))
      .memoryFill();
    const moved = [
      { pointer: x, bytes: leadingRowBytes(xSpec) },
      { pointer: dy, bytes: leadingRowBytes(dySpec) },
    ];
    forEachRow(f, call, params, moved, () => {
      if (placed.copied) emitPlaceLanes(f, image, placed, x, params.scratch);
      f.get(placed.copied ? params.scratch : x).set(line);
      f.get(dy).set(gradient);
      repeat(f, oh, () => {
        f.get(line).set(source);
        repeat(f, full, () => emitTile(size));
        if (rest > 0) emitTile(rest);
        advanceBy(f, line, strides[0] * placed.rowBytes);
      });
    });
    forEachPacked(f, lanes, kh * kw, dw, packed, (some) => {
      f.get(dw).mem("v128.load").get(packed).mem("v128.load").op("f32x4.add").set(pixel);
      storeLanes(f, dw, 0, pixel, some);
    });
  });
  return { run, scratchBytes: placed.scratchBytes + packedBytes(lanes, kh * kw), extent: 1 };
};
