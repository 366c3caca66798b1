/** Depthwise convolution backward by the kernel: dw [kh,kw,c,m] += Σ over images and pixels of x · dy, lane by lane. */

import type { Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { DepthwiseConv2dGradKernelAttrs } from "../../../ops/depthwise-conv2d.ts";
import { type EmitKernel, vectorsAtOnce } from "../kernel.ts";
import { type DepthwiseImage, emitClearLanes, emitPlaceLanes, placeLanes } from "./depthwise-image.ts";
import { forEachLanes, forEachPacked, groupBySource, packedBytes, tileAxis, vectorsOf } from "./depthwise-tile.ts";
import {
  addKernelFunction,
  advanceBy,
  loadInto,
  multiplyAdd,
  repeat,
  storeLanes,
  storeVectors,
} from "./kernel-function.ts";
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
    const together = vectorsAtOnce(features, 2);
    const vectors = () => Array.from({ length: together }, () => f.local("v128"));
    const pixel = vectors();
    const sums = Array.from({ length: kw }, vectors);
    const slopes = Array.from({ length: size }, vectors);

    const load = (from: Local, offset: number, into: readonly Local[], count: number) =>
      loadInto(f, from, offset, into.slice(0, count));

    /** One kernel row: loads its sums, adds all products, and stores them. `some`: vectors of lanes. */
    const emitKernelRow = (
      count: number,
      some: number,
      sourceOffset: number,
      sumOffset: number,
      from: Local,
      to: Local,
    ) => {
      sums.forEach((sum, b) => {
        load(to, sumOffset + 16 * some * b, sum, some);
      });
      for (const group of groups(count)) {
        load(from, sourceOffset + group[0]!.source, pixel, some);
        for (const { weight, result } of group)
          for (let v = 0; v < some; v++) multiplyAdd(f, features, pixel[v]!, slopes[result]![v]!, sums[weight]![v]!);
      }
      sums.forEach((sum, b) => {
        storeVectors(f, to, sumOffset + 16 * some * b, sum.slice(0, some));
      });
    };

    const emitTile = (count: number) => {
      forEachLanes(f, lanes, together, [source, gradient], { pointer: packed, taps: kh * kw }, (held) => {
        const some = vectorsOf(held);
        for (let i = 0; i < count; i++) load(gradient, 4 * i * lanes, slopes[i]!, some);
        const [sourceStep, sumStep] = [dilation[0] * placed.rowBytes, 16 * some * kw];
        if (kh <= UNROLLED_ROWS)
          for (let a = 0; a < kh; a++) emitKernelRow(count, some, a * sourceStep, a * sumStep, source, packed);
        else {
          f.get(source).set(rowSource);
          f.get(packed).set(rowSum);
          repeat(f, kh, () => {
            emitKernelRow(count, some, 0, 0, rowSource, rowSum);
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
    const sum = f.local("v128");
    forEachPacked(f, lanes, together, kh * kw, dw, packed, (some) => {
      f.get(dw).mem("v128.load").get(packed).mem("v128.load").op("f32x4.add").set(sum);
      storeLanes(f, dw, 0, sum, some);
    });
  });
  return { run, scratchBytes: placed.scratchBytes + packedBytes(lanes, kh * kw), extent: 1 };
};
