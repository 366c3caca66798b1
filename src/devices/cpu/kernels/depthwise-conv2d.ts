/**
 * Depthwise convolution and its gradient by the input. Each row of results is cut into tiles; a tile processes its lanes in
 * order.
 */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { Pad } from "../../../base/shape.ts";
import type { DepthwiseConv2dAttrs, DepthwiseConv2dGradInputAttrs } from "../../../ops/depthwise-conv2d.ts";
import { productSpec } from "../../epilogue.ts";
import { epiloguePointers, vectorEpilogue } from "../epilogue.ts";
import { type EmitKernel, vectorsAtOnce } from "../kernel.ts";
import { type DepthwiseImage, emitClearLanes, emitPlaceLanes, emitSumLanes, placeLanes } from "./depthwise-image.ts";
import {
  emitPackWeights,
  isUnrolled,
  packedBytes,
  type Tap,
  type TapRows,
  TileEmitter,
  type Tiling,
  tileAxis,
} from "./depthwise-tile.ts";
import { addKernelFunction, advanceBy, repeat } from "./kernel-function.ts";
import {
  forEachImage,
  forEachRow,
  imageExtent,
  kernelParams,
  leadingRowBytes,
  linesUnder,
  namedParams,
  pushLine,
  pushNumber,
} from "./rows.ts";

type Image = readonly [images: number, height: number, width: number, channels: number];

/** x [n,h,w,c], w [kh,kw,c,m] → y [n,oh,ow,c·m]. */
export const emitDepthwiseConv2d: EmitKernel = (module, call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dAttrs;
  const [xSpec, wSpec, ySpec] = [call.inputs[0]!.spec, call.inputs[1]!.spec, productSpec(call)];
  const [, height, width, channels] = xSpec.shape as Image;
  const [kh, kw, , multiplier] = wSpec.shape as Image;
  const [, oh, ow, lanes] = ySpec.shape as Image;
  const tiling = tileAxis(ow, kw);
  const image: DepthwiseImage = { height, width, channels, multiplier, margin: pad };
  const placed = placeLanes(image, isUnrolled(kh, kw * tiling.size));
  const { pixelBytes, rowBytes } = placed;
  const reach = { step: strides[0], before: pad[0][0], extent: (kh - 1) * dilation[0] + 1 };
  const rows: TapRows = { count: kh, sourceStep: dilation[0] * rowBytes, weight: 0, weightStep: kw };
  const [left, room] = placed.copied ? [0, width + pad[1][0] + pad[1][1]] : [pad[1][0], width];
  const runs = edgeTiles(tiling, { stride: strides[1], kernel: kw, dilation: dilation[1], left, room });
  // Lines outside of the image are read as zeros; each kernel row then has a pointer of its own.
  const overhangs = !placed.copied && pad[0].some((cells) => cells > 0);
  const zeroBytes = overhangs ? rowBytes + 64 : 0;
  const epilogue = vectorEpilogue(call);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [x, w] = params.pointers as [Local, Local];
    const y = params.pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, params.pointers);
    const tile = new TileEmitter(f, features, kh * kw, epilogue, operands);
    const vectors = vectorsAtOnce(features, 2);
    const [target, weights, at] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const lines = Array.from({ length: overhangs ? kh : 1 }, () => f.local("i32"));
    const sources = lines.map(() => f.local("i32"));
    if (overhangs) f.get(params.scratch).i32(0).i32(zeroBytes).memoryFill();
    f.get(params.scratch)
      .i32(placed.scratchBytes + zeroBytes)
      .op("i32.add")
      .set(weights);
    emitPackWeights(f, lanes, vectors, kh * kw, w, weights);
    if (placed.copied) emitClearLanes(f, image, placed, params.scratch);
    const moved = [
      { pointer: x, bytes: leadingRowBytes(xSpec) },
      { pointer: y, bytes: leadingRowBytes(ySpec) },
    ];
    forEachImage(f, call, params, oh, moved, (range) => {
      if (placed.copied) emitPlaceLanes(f, image, placed, x, params.scratch, linesUnder(f, range, height, reach));
      if (!overhangs) {
        pushLine(f, placed.copied ? params.scratch : x, range.first, strides[0] * rowBytes);
        f.set(lines[0]!);
      }
      pushLine(f, y, range.first, 4 * ow * lanes);
      f.set(target);
      pushNumber(f, range.first).set(at);
      f.forLoop(at, range.end, 1, () => {
        if (overhangs)
          lines.forEach((line, a) => {
            f.get(at)
              .i32(strides[0])
              .op("i32.mul")
              .i32(a * dilation[0] - pad[0][0])
              .op("i32.add")
              .tee(line);
            f.i32(rowBytes).op("i32.mul").get(x).op("i32.add");
            f.get(params.scratch).get(line).i32(height).op("i32.lt_u").op("select").set(line);
          });
        sources.forEach((source, a) => {
          f.get(lines[a]!).set(source);
        });
        for (const { tiles, count, taps, step, next } of runs) {
          repeat(f, tiles, () => {
            const offsets = taps.map((tap) => ({ ...tap, source: tap.source * pixelBytes }));
            tile.emit(lanes, count, rows, offsets, { sources, weights, target });
            for (const source of sources) advanceBy(f, source, step * pixelBytes - 4 * lanes);
            advanceBy(f, target, (count - 1) * 4 * lanes);
          });
          for (const source of sources) advanceBy(f, source, next * pixelBytes);
        }
        if (!overhangs) advanceBy(f, lines[0]!, strides[0] * rowBytes);
      });
    });
  });
  return {
    run,
    scratchBytes: placed.scratchBytes + zeroBytes + packedBytes(lanes, kh * kw),
    extent: imageExtent(call, oh),
  };
};

/** Windows along a line of `room` pixels; the first one starts `left` pixels before it. */
interface Windows {
  readonly stride: number;
  readonly kernel: number;
  readonly dilation: number;
  readonly left: number;
  readonly room: number;
}

/** Tiles in a row with the same taps. */
interface TileRun {
  readonly tiles: number;
  /** Results of a tile. */
  readonly count: number;
  /** Those inside of the line; `source` counts pixels. */
  readonly taps: readonly Tap[];
  /** Pixels from one tile to the next, and from the last one's successor to the next run. */
  readonly step: number;
  readonly next: number;
}

/** The tiles of a line without the taps that are outside of it: those at its ends have fewer. */
function edgeTiles(
  { size, full, rest }: Tiling,
  { stride, kernel, dilation, left, room }: Windows,
): readonly TileRun[] {
  const counts = [...new Array<number>(full).fill(size), ...(rest > 0 ? [rest] : [])];
  const tiles = counts.map((count, i) => {
    const corner = i * size * stride - left;
    const taps = Array.from({ length: count * kernel }, (_, j): Tap => {
      const [result, b] = [Math.floor(j / kernel), j % kernel];
      return { source: corner + result * stride + b * dilation, weight: b, result };
    }).filter(({ source }) => source >= 0 && source < room);
    // No address before the line is made.
    const start = Math.max(0, Math.min(corner, room - 1));
    return { start, count, taps: taps.map((tap) => ({ ...tap, source: tap.source - start })) };
  });
  const runs: { start: number; tiles: number; count: number; taps: readonly Tap[]; step: number }[] = [];
  for (const { start, count, taps } of tiles) {
    const last = runs.at(-1);
    const step = size * stride;
    const goesOn = last !== undefined && start === last.start + last.tiles * step;
    if (goesOn && count === last.count && JSON.stringify(taps) === JSON.stringify(last.taps)) last.tiles++;
    else runs.push({ start, tiles: 1, count, taps, step });
  }
  return runs.map((run, i) => ({ ...run, next: (runs[i + 1]?.start ?? 0) - (run.start + run.tiles * run.step) }));
}

/** Emits the body for full tiles and for the remainder. */
function forEachTile(f: FunctionBuilder, { size, full, rest }: Tiling, body: (count: number) => void): void {
  repeat(f, full, () => body(size));
  if (rest > 0) body(rest);
}

/**
 * One axis of the gradient: which cells of dy contribute to cell `at` of dx, and through which cell of the kernel. The forward
 * rule is at = i·stride + tap·dilation − before, so i is a whole number only for every (stride / gcd)-th tap.
 */
interface GradAxis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

interface Meeting {
  readonly tap: number;
  /** Cell of dy; cells outside of it are zeros. */
  readonly cell: number;
}

/** Ordered by decreasing tap, i.e. by increasing cell. */
function meetings({ kernel, stride, dilation, before }: GradAxis, at: number): readonly Meeting[] {
  return Array.from({ length: kernel }, (_, i) => kernel - 1 - i)
    .map((tap) => ({ tap, cell: (at + before - tap * dilation) / stride }))
    .filter(({ cell }) => Number.isInteger(cell));
}

/** Zeros needed around dy. */
function gradMargin(axis: GradAxis, cells: number): Pad {
  const met = Array.from({ length: axis.size }, (_, at) => meetings(axis, at).map(({ cell }) => cell)).flat();
  return [
    met.reduce((most, cell) => Math.max(most, -cell), 0),
    met.reduce((most, cell) => Math.max(most, cell - cells + 1), 0),
  ];
}

/** dy [n,oh,ow,c·m], w [kh,kw,c,m] → dx [n,h,w,c], by gathering: each cell of dx sums the outputs that it contributed to. */
export const emitDepthwiseConv2dGradInput: EmitKernel = (module, call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dGradInputAttrs;
  const [dySpec, wSpec, dxSpec] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const [images, oh, ow, lanes] = dySpec.shape as Image;
  const [kh, kw, , multiplier] = wSpec.shape as Image;
  const [, height, width, channels] = dxSpec.shape as Image;
  const axis = (i: 0 | 1): GradAxis => ({
    size: i === 0 ? height : width,
    kernel: i === 0 ? kh : kw,
    stride: strides[i],
    dilation: dilation[i],
    before: pad[i][0],
  });
  const [down, across] = [axis(0), axis(1)];
  const margin = [gradMargin(down, oh), gradMargin(across, ow)] as const;
  const image: DepthwiseImage = { height: oh, width: ow, channels: lanes, multiplier: 1, margin };
  const placed = placeLanes(image);
  const summed = multiplier > 1 ? Math.ceil((height * width * lanes * 4) / 64) * 64 + 64 : 0;
  const tiling = tileAxis(width, Math.ceil(kw / strides[1]), strides[1]);
  const taps = (count: number): Tap[] =>
    Array.from({ length: count }, (_, result) =>
      meetings(across, result).map(({ tap, cell }) => ({
        source: (cell + margin[1][0]) * placed.pixelBytes,
        weight: tap,
        result,
      })),
    ).flat();
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [dy, w] = params.inputs as [Local, Local];
    const dx = params.outputs[0]!;
    const tile = new TileEmitter(f, features, kh * kw);
    const [line, source, row] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [target, weights, results] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(params.scratch).i32(placed.scratchBytes).op("i32.add").tee(weights);
    f.i32(packedBytes(lanes, kh * kw))
      .op("i32.add")
      .set(results);
    emitPackWeights(f, lanes, vectorsAtOnce(features, 2), kh * kw, w, weights);
    if (placed.copied) emitClearLanes(f, image, placed, params.scratch);
    const moved = [
      { pointer: dy, bytes: leadingRowBytes(dySpec) },
      { pointer: dx, bytes: leadingRowBytes(dxSpec) },
    ];
    forEachRow(f, call, params, moved, () => {
      if (placed.copied) emitPlaceLanes(f, image, placed, dy, params.scratch);
      const whole = multiplier > 1 ? results : dx;
      // Every `stride`-th row of dx uses the same kernel rows; one class of rows after the other.
      for (let first = 0; first < Math.min(strides[0], height); first++) {
        const met = meetings(down, first);
        const rows = tapRows(met, placed.rowBytes, kw);
        f.get(placed.copied ? params.scratch : dy)
          .i32(((met[0]?.cell ?? 0) + margin[0][0]) * placed.rowBytes)
          .op("i32.add")
          .set(line);
        f.get(whole)
          .i32(4 * first * width * lanes)
          .op("i32.add")
          .set(row);
        repeat(f, Math.ceil((height - first) / strides[0]), () => {
          f.get(line).set(source);
          f.get(row).set(target);
          forEachTile(f, tiling, (count) => {
            tile.emit(lanes, count, rows, taps(count), { sources: [source], weights, target });
            advanceBy(f, source, Math.floor(count / strides[1]) * placed.pixelBytes - 4 * lanes);
            advanceBy(f, target, (count - 1) * 4 * lanes);
          });
          advanceBy(f, line, placed.rowBytes);
          advanceBy(f, row, 4 * strides[0] * width * lanes);
        });
      }
      if (multiplier > 1) emitSumLanes(f, height * width * channels, multiplier, results, dx);
    });
  });
  const scratchBytes = placed.scratchBytes + packedBytes(lanes, kh * kw) + summed;
  return { run, scratchBytes, extent: call.mode === "whole" ? images : 1 };
};

/** Kernel rows that contribute to a row of dx; the source is at the first of them. */
function tapRows(met: readonly Meeting[], rowBytes: number, width: number): TapRows {
  const [first, second] = met;
  const step = (of: "tap" | "cell") => (first === undefined || second === undefined ? 0 : second[of] - first[of]);
  return {
    count: met.length,
    sourceStep: step("cell") * rowBytes,
    weight: (first?.tap ?? 0) * width,
    weightStep: step("tap") * width,
  };
}
