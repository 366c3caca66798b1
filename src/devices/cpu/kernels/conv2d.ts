/** Convolution forward: x [n,h,w,cin], w [kh,kw,cin/groups,cout] → y [n,oh,ow,cout], by GEMMs, image by image. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import type { Shape } from "../../../base/shape.ts";
import type { Conv2dAttrs } from "../../../ops/conv2d.ts";
import { type JoinedCall, productSpec } from "../../epilogue.ts";
import { epiloguePointers, pushOperands, vectorEpilogue } from "../epilogue.ts";
import type { EmitKernel, EmittedKernel, Features } from "../kernel.ts";
import type { PackedConv2dAttrs } from "../packed/ops.ts";
import { gemm, packedBytes, packStrips, STRIP_BYTES } from "./gemm.ts";
import { emitClear, emitGatherPatches, gathersPatches, type ImageLayout, kernelRuns, patchBytes } from "./image.ts";
import { advanceBy } from "./kernel-function.ts";
import {
  forEachImage,
  imageExtent,
  kernelParams,
  type LineRange,
  leadingRowBytes,
  namedParams,
  pushLine,
  pushNumber,
} from "./rows.ts";

/** An image as the GEMMs read it: in place, or copied to scratch. */
export interface PlacedImage extends ImageLayout {
  /** Bytes from the start of the input image to the first pixel that a window reads; nonzero only without a copy. */
  readonly skipped: number;
}

/**
 * Dilates and pads an image, or crops it where padding is negative: the gradients of convolutions whose padding exceeds their
 * kernel's reach need that. An image that is only cropped is read in place.
 */
export function placeImage(shape: readonly number[], { pad, inputDilation }: Conv2dAttrs): PlacedImage {
  const [, h, w, channels] = shape as [number, number, number, number];
  const height = (h - 1) * inputDilation[0] + 1 + pad[0][0] + pad[0][1];
  const width = (w - 1) * inputDilation[1] + 1 + pad[1][0] + pad[1][1];
  const pixelBytes = 4 * channels;
  const stretched = (inputDilation[0] > 1 && h > 1) || (inputDilation[1] > 1 && w > 1);
  const copied = stretched || pad.some((sides) => sides.some((cells) => cells > 0));
  const rowBytes = (copied ? width : w) * pixelBytes;
  const skipped = copied ? 0 : -pad[0][0] * rowBytes - pad[1][0] * pixelBytes;
  return { height, width, channels, copied, rowBytes, pixelBytes, bytes: height * rowBytes, skipped };
}

/** The cells of one axis that stay inside after padding: [first, end). */
function visibleCells(size: number, before: number, step: number, room: number): readonly [number, number] {
  const first = Math.max(0, Math.ceil(-before / step));
  return [first, Math.max(first, Math.min(size, Math.floor((room - 1 - before) / step) + 1))];
}

/** Copies the visible part of one image [h, w, c] to its place in the copy, whose other cells are zero. */
export function emitPlaceImage(
  f: FunctionBuilder,
  shape: readonly number[],
  layout: PlacedImage,
  { pad, inputDilation }: Conv2dAttrs,
  source: Local,
  target: Local,
): void {
  const [, h, w] = shape as [number, number, number];
  const { pixelBytes, rowBytes } = layout;
  const [[top], [left]] = pad;
  const [firstRow, endRow] = visibleCells(h, top, inputDilation[0], layout.height);
  const [firstPixel, endPixel] = visibleCells(w, left, inputDilation[1], layout.width);
  if (firstPixel === endPixel) return;
  const pixels = inputDilation[1] === 1 ? endPixel - firstPixel : 1;
  const [row, pixel, from, to] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
  f.i32(firstRow).set(row);
  f.forLoop(row, endRow, 1, () => {
    f.get(row)
      .i32(w * pixelBytes)
      .op("i32.mul")
      .i32(firstPixel * pixelBytes)
      .op("i32.add");
    f.get(source).op("i32.add").set(from);
    f.get(row)
      .i32(inputDilation[0] * rowBytes)
      .op("i32.mul")
      .i32(top * rowBytes + (left + firstPixel * inputDilation[1]) * pixelBytes)
      .op("i32.add");
    f.get(target).op("i32.add").set(to);
    f.i32(firstPixel).set(pixel);
    f.forLoop(pixel, endPixel, pixels, () => {
      f.get(to)
        .get(from)
        .i32(pixels * pixelBytes)
        .memoryCopy();
      f.get(from).i32(pixelBytes).op("i32.add").set(from);
      f.get(to)
        .i32(inputDilation[1] * pixelBytes)
        .op("i32.add")
        .set(to);
    });
  });
}

/** Minimum filters per group for packing; with fewer, most of the packed values belong to lanes that are not stored. */
const PACKED_FILTERS = 8;

/** Minimum pixels of an output image for packing the weights: each weight is moved once and used once per pixel. */
const PACKED_PIXELS = 64;

export const emitConv2d: EmitKernel = (module, call, features) => {
  const { shape } = call.inputs[1]!.spec;
  const [, oh, ow] = productSpec(call).shape as [number, number, number];
  const attrs = call.attrs as Conv2dAttrs;
  const isPacked = oh * ow >= PACKED_PIXELS && packsGroups(shape, attrs);
  return emitConvolution(module, call, features, isPacked ? packWeights(shape, attrs) : readWeights(shape, attrs));
};

/** Weights in strips: see packed/. */
export const emitPackedConv2d: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as PackedConv2dAttrs;
  return emitConvolution(module, call, features, { ...packWeights(attrs.weights, attrs), bytes: 0 });
};

function emitConvolution(
  module: ModuleBuilder,
  call: JoinedCall,
  features: Features,
  weights: PlacedWeights,
): EmittedKernel {
  const attrs = call.attrs as Conv2dAttrs;
  const { kernel } = weights;
  const [x, y] = [call.inputs[0]!.spec, productSpec(call)];
  const [, oh, ow] = y.shape as [number, number, number];
  const layout = placeImage(x.shape, attrs);
  const patches = gathersPatches(kernel, attrs);
  const lines = isFlat(attrs, layout, ow) && !patches ? oh * ow : oh;
  const imageBytes = layout.copied ? layout.bytes + 64 : 0;
  const matrixBytes = patches ? patchBytes(kernel, y.shape) : 0;
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [xp, wp] = params.pointers as [Local, Local];
    const yp = params.pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, params.pointers);
    const image = layout.copied ? params.scratch : xp;
    if (layout.copied) emitClear(f, params.scratch, layout.bytes);
    else f.get(xp).i32(layout.skipped).op("i32.add").set(xp);
    const matrix = f.local("i32");
    f.get(params.scratch).i32(imageBytes).op("i32.add").set(matrix);
    if (weights.bytes > 0) emitPackWeights(module, f, attrs, weights, wp, matrix, matrixBytes);
    const moved = [
      { pointer: xp, bytes: leadingRowBytes(x) },
      { pointer: yp, bytes: leadingRowBytes(y) },
    ];
    forEachImage(f, call, params, lines, moved, (range) => {
      if (layout.copied) emitPlaceImage(f, x.shape, layout, attrs, xp, params.scratch);
      if (patches) {
        emitGatherPatches(f, kernel, y.shape, layout, attrs, image, matrix, range);
        emitPatchProduct(module, f, call, weights, features, matrix, wp, yp, operands, range);
      } else emitRowProducts(module, f, call, layout, weights, features, image, wp, yp, operands, range);
    });
  });
  return { run, scratchBytes: imageBytes + matrixBytes + weights.bytes, extent: imageExtent(call, lines) };
}

/** Where the GEMMs read the weights [kh·kw·cin/groups][cout]: in place, or packed group by group. */
interface PlacedWeights {
  /** Their shape before they were packed. */
  readonly kernel: Shape;
  readonly bStep: number;
  readonly bStrip: number;
  /** Bytes from one group to the next. */
  readonly group: number;
  /** Scratch bytes of the packed weights; 0 where they are read where they are. */
  readonly bytes: number;
}

/** Whether groups have enough filters for packing. */
export const packsGroups = (kernel: Shape, { groups }: Conv2dAttrs): boolean =>
  groups === 1 || kernel[3]! / groups >= PACKED_FILTERS;

const readWeights = (kernel: Shape, { groups }: Conv2dAttrs): PlacedWeights => ({
  kernel,
  bStep: 4 * kernel[3]!,
  bStrip: STRIP_BYTES,
  group: (4 * kernel[3]!) / groups,
  bytes: 0,
});

function packWeights(kernel: Shape, { groups }: Conv2dAttrs): PlacedWeights {
  const [kh, kw, depth, cout] = kernel as [number, number, number, number];
  const rows = kh * kw * depth;
  const group = packedBytes(rows, cout / groups);
  return { kernel, bStep: STRIP_BYTES, bStrip: STRIP_BYTES * rows, group, bytes: group * groups };
}

/** Packs the weights to `scratch` + `offset` bytes and sets `w` to that address. */
function emitPackWeights(
  module: ModuleBuilder,
  f: FunctionBuilder,
  { groups }: Conv2dAttrs,
  weights: PlacedWeights,
  w: Local,
  scratch: Local,
  offset: number,
): void {
  const [kh, kw, depth, cout] = weights.kernel as [number, number, number, number];
  const filters = cout / groups;
  const pack = packStrips(module, filters, 4 * cout);
  for (let group = 0; group < groups; group++) {
    f.get(w)
      .i32(4 * group * filters)
      .op("i32.add");
    f.get(scratch)
      .i32(offset + group * weights.group)
      .op("i32.add");
    f.i32(kh * kw * depth).call(pack);
  }
  f.get(scratch).i32(offset).op("i32.add").set(w);
}

/** Pushes the number of pixels of a range of lines. */
function pushCount(f: FunctionBuilder, { first, end }: LineRange, pixels: number): void {
  if (typeof first === "number" && typeof end === "number") f.i32((end - first) * pixels);
  else {
    pushNumber(f, end);
    pushNumber(f, first).op("i32.sub").i32(pixels).op("i32.mul");
  }
}

/** One GEMM over all pixels of the lines: patches [lines·ow][kh·kw·cin] · w. */
function emitPatchProduct(
  module: ModuleBuilder,
  f: FunctionBuilder,
  call: JoinedCall,
  { kernel, bStep, bStrip }: PlacedWeights,
  features: Features,
  matrix: Local,
  w: Local,
  y: Local,
  operands: readonly Local[],
  { first, end }: LineRange,
): void {
  const [kh, kw, depth, cout] = kernel as [number, number, number, number];
  const [, , ow] = productSpec(call).shape as [number, number, number];
  const k = kh * kw * depth;
  const epilogue = vectorEpilogue(call);
  const shape = { aRow: 4 * k, aStep: 4, bStep, bStrip, cRow: 4 * cout, n: cout, zero: true, epilogue };
  pushLine(f, matrix, first, 4 * ow * k);
  f.get(w);
  pushLine(f, y, first, 4 * ow * cout);
  pushCount(f, { first, end }, ow);
  f.i32(k);
  pushOperands(f, epilogue, operands);
  f.call(gemm(module, shape, features));
}

/** Whether windows one pixel wide cover whole lines: all pixels are then one product, and lines are pixels. */
function isFlat({ strides }: Conv2dAttrs, { rowBytes, pixelBytes }: ImageLayout, width: number): boolean {
  return strides.every((stride) => stride === 1) && rowBytes === width * pixelBytes;
}

/**
 * For each output line, one GEMM per kernel row, summed in y. The GEMM's rows are pixels, read in place from the image. Flat lines
 * are one GEMM.
 */
function emitRowProducts(
  module: ModuleBuilder,
  f: FunctionBuilder,
  call: JoinedCall,
  layout: ImageLayout,
  weights: PlacedWeights,
  features: Features,
  image: Local,
  w: Local,
  y: Local,
  operands: readonly Local[],
  range: LineRange,
): void {
  const attrs = call.attrs as Conv2dAttrs;
  const { kernel } = weights;
  const cout = kernel[3]!;
  const [, , ow] = productSpec(call).shape as [number, number, number];
  const filters = cout / attrs.groups;
  const flat = isFlat(attrs, layout, ow);
  const { bStep, bStrip } = weights;
  const strides = { aRow: attrs.strides[1] * layout.pixelBytes, aStep: 4, bStep, bStrip, cRow: 4 * cout };
  const [i, from, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const [lineBytes, outputBytes] = flat
    ? [layout.pixelBytes, 4 * cout]
    : [attrs.strides[0] * layout.rowBytes, 4 * ow * cout];
  pushLine(f, image, range.first, lineBytes);
  f.set(from);
  pushLine(f, y, range.first, outputBytes);
  f.set(to);
  const products = () => {
    for (let group = 0; group < attrs.groups; group++) {
      const runs = kernelRuns(kernel, layout, attrs, group);
      runs.forEach(({ imageOffset, weightRow, length }, number) => {
        // The sum is complete only after the last run.
        const epilogue = number === runs.length - 1 ? vectorEpilogue(call) : undefined;
        f.get(from).i32(imageOffset).op("i32.add");
        f.get(w)
          .i32(weightRow * bStep + group * weights.group)
          .op("i32.add");
        f.get(to)
          .i32(4 * group * filters)
          .op("i32.add");
        if (flat) pushCount(f, range, 1);
        else f.i32(ow);
        f.i32(length);
        pushOperands(f, epilogue, operands, 4 * group * filters);
        f.call(gemm(module, { ...strides, n: filters, zero: number === 0, epilogue }, features));
      });
    }
  };
  if (flat) products();
  else {
    pushNumber(f, range.first).set(i);
    f.forLoop(i, range.end, 1, () => {
      products();
      advanceBy(f, from, lineBytes);
      advanceBy(f, to, outputBytes);
    });
  }
}
