/**
 * Convolution over three spatial axes, in one product of images. The cells that a window reads along the depth become channels, and
 * the slices of the depth stand below each other in one high image, each with so many rows that no window reaches into the next.
 * Values are [n, d, h, w, c].
 */
import { dilatedExtent, type Pad } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne } from "../ir/op.ts";
import { conv2d, conv2dGradInputOp } from "./conv2d.ts";
import { transposedAxis } from "./conv2d-transpose.ts";
import { add } from "./elementwise.ts";
import { transpose } from "./mat-mul.ts";
import { crop, pad } from "./pad.ts";
import { reshape } from "./reshape.ts";
import { concatenateAxis, sliceAxis } from "./slice.ts";

type Three<T> = readonly [T, T, T];
type Five = [number, number, number, number, number];

export interface Conv3dAttrs {
  readonly strides: Three<number>;
  readonly pad: Three<Pad>;
  readonly dilation: Three<number>;
  readonly groups: number;
}

/** How one padded axis meets a window. */
interface AxisPlan {
  /** Cells with padding. */
  readonly cells: number;
  readonly extent: number;
  readonly outputs: number;
}

interface Plan {
  readonly depth: AxisPlan;
  readonly height: AxisPlan;
  readonly width: AxisPlan;
  /** Rows of one slice in the high image, a multiple of the stride. */
  readonly rows: number;
  /** Rows of one slice in its convolution, of which the first ones are wanted. */
  readonly outputRows: number;
  /** Rows below the last slice. */
  readonly below: number;
}

function planOf(x: readonly number[], kernel: readonly number[], { strides, pad, dilation }: Conv3dAttrs): Plan {
  const axis = (i: 0 | 1 | 2): AxisPlan => {
    const cells = x[1 + i]! + pad[i][0] + pad[i][1];
    const extent = dilatedExtent(kernel[i]!, dilation[i]);
    return { cells, extent, outputs: Math.floor((cells - extent) / strides[i]) + 1 };
  };
  const [depth, height, width] = [axis(0), axis(1), axis(2)];
  const stride = strides[1];
  const outputRows = Math.ceil(height.cells / stride);
  return {
    depth,
    height,
    width,
    rows: outputRows * stride,
    outputRows,
    below: Math.max(0, height.extent - stride),
  };
}

/** The kernel [kd, kh, kw, c/groups, f] as one of images whose channels are those of each depth in turn: [kh, kw, kd·c/groups, f]. */
function imageKernel(w: Sym): Sym {
  const [kd, kh, kw, channels, filters] = w.spec.shape as Five;
  return reshape(transpose(w, [1, 2, 0, 3, 4]), [kh, kw, kd * channels, filters]);
}

const windowOf = ({ strides, dilation, groups }: Conv3dAttrs, { below }: Plan) => ({
  strides: [strides[1], strides[2]] as const,
  pad: [
    [0, below],
    [0, 0],
  ] as const,
  dilation: [dilation[1], dilation[2]] as const,
  groups,
});

/** x [n, d, h, w, cin], kernel [kd, kh, kw, cin/groups, cout] → y [n, od, oh, ow, cout]. */
export function conv3d(x: Sym, kernel: Sym, attrs: Conv3dAttrs): Sym {
  const { shape } = x.spec;
  const [n, , , , channels] = shape as Five;
  const [kd, , , perGroup, filters] = kernel.spec.shape as Five;
  const plan = planOf(shape, kernel.spec.shape, attrs);
  const { depth, height, width, rows } = plan;
  const [front, [top, bottom], sides] = attrs.pad;
  const padded = pad(x, [[0, 0], front, [top, bottom + rows - height.cells], sides, [0, 0]]);
  const slices = reshape(padded, [n, depth.cells, rows * width.cells * attrs.groups, perGroup]);
  const [step, rate] = [attrs.strides[0], attrs.dilation[0]];
  const seen = Array.from({ length: kd }, (_, tap) =>
    crop(slices, [0, tap * rate, 0, 0], slices.spec.shape.with(1, depth.outputs), [1, step, 1, 1]),
  );
  const image = reshape(concatenateAxis(seen, 3), [n, depth.outputs * rows, width.cells, kd * channels]);
  const y = conv2d(image, imageKernel(kernel), windowOf(attrs, plan));
  const volume = reshape(y, [n, depth.outputs, plan.outputRows, width.outputs, filters]);
  return sliceAxis(volume, 2, 0, height.outputs);
}

/** The gradient of `conv3d` by its input of the given depth, height and width: dy [n, od, oh, ow, cout] → dx [n, d, h, w, cin]. */
export function conv3dGradInput(dy: Sym, kernel: Sym, size: Three<number>, attrs: Conv3dAttrs): Sym {
  const [n, , , , filters] = dy.spec.shape as Five;
  const [kd, , , perGroup] = kernel.spec.shape as Five;
  const channels = perGroup * attrs.groups;
  const plan = planOf([n, ...size, channels], kernel.spec.shape, attrs);
  const { depth, height, width, rows, outputRows } = plan;
  const tall = pad(dy, [
    [0, 0],
    [0, 0],
    [0, outputRows - height.outputs],
    [0, 0],
    [0, 0],
  ]);
  const image = emitOne(
    conv2dGradInputOp,
    [reshape(tall, [n, depth.outputs * outputRows, width.outputs, filters]), imageKernel(kernel)],
    { ...windowOf(attrs, plan), inputDilation: [1, 1], size: [depth.outputs * rows, width.cells] },
  );
  const seen = reshape(image, [n, depth.outputs, rows * width.cells * attrs.groups, kd * perGroup]);
  const [step, rate] = [attrs.strides[0], attrs.dilation[0]];
  const covered = (depth.outputs - 1) * step + 1;
  const slices = Array.from({ length: kd }, (_, tap) => {
    const before = tap * rate;
    const part = sliceAxis(seen, 3, tap * perGroup, (tap + 1) * perGroup);
    return pad(
      part,
      [
        [0, 0],
        [before, depth.cells - covered - before],
        [0, 0],
        [0, 0],
      ],
      [1, step, 1, 1],
    );
  });
  const volume = reshape(
    slices.reduce((sum, slice) => add(sum, slice)),
    [n, depth.cells, rows, width.cells, channels],
  );
  return crop(volume, [0, ...attrs.pad.map(([before]) => before), 0], [n, ...size, channels]);
}

export interface Conv3dTransposeOptions {
  readonly strides: Three<number>;
  readonly padding: "valid" | "same";
  /** Entries added at the end of each axis, less than its stride. Default: what makes the sizes of `transposedSize`. */
  readonly outputPadding?: Three<number>;
  readonly dilation: Three<number>;
}

/** x [n, d, h, w, cin], w [kd, kh, kw, cout, cin] → y [n, od, oh, ow, cout]; see `conv2dTranspose`. */
export function conv3dTranspose(x: Sym, w: Sym, options: Conv3dTransposeOptions): Sym {
  const { strides, dilation } = options;
  const axes = ([0, 1, 2] as const).map((axis) =>
    transposedAxis(
      x.spec.shape[1 + axis]!,
      dilatedExtent(w.spec.shape[axis]!, dilation[axis]),
      strides[axis],
      options.padding,
      options.outputPadding?.[axis],
    ),
  );
  // Where windows leave gaps at the end, nothing is padded, and the last cells stay zero.
  const pad = axes.map(({ pad: [before, after] }): Pad => [before, Math.max(0, after)]) as unknown as Three<Pad>;
  return conv3dGradInput(x, w, axes.map(({ size }) => size) as unknown as Three<number>, {
    strides,
    pad,
    dilation,
    groups: 1,
  });
}
