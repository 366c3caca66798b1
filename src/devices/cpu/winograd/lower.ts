/** Which convolutions are computed in Winograd's frequency domain, and how they are written there. */
import { changesVariables, type Spec, type Sym } from "../../../ir/graph.ts";
import { emitOne } from "../../../ir/op.ts";
import type { Lower } from "../../../ir/program.ts";
import {
  type Conv2dAttrs,
  type Conv2dGradInputAttrs,
  type Conv2dGradKernelAttrs,
  conv2dGradInputOp,
  conv2dGradKernelOp,
  conv2dOp,
} from "../../../ops/conv2d.ts";
import { transpose } from "../../../ops/mat-mul.ts";
import { reshape } from "../../../ops/reshape.ts";
import type { Tile } from "./matrices.ts";
import {
  tileGrid,
  type WinogradAttrs,
  winogradInputGradOp,
  winogradInputOp,
  winogradKernelGradOp,
  winogradKernelOp,
  winogradOutputGradOp,
  winogradOutputOp,
  winogradProductGradOp,
  winogradProductOp,
} from "./ops.ts";

/** The properties that decide: those of the forward convolution, also for its gradients. */
export interface Convolution {
  readonly batched: boolean;
  /** Of the kernel: height, width, input channels, filters. */
  readonly kernel: readonly number[];
  readonly size: readonly [number, number];
  readonly attrs: Conv2dAttrs;
  /** It is part of a step that trains through convolutions. */
  readonly trained: boolean;
}

/** Picks the fastest tile for an eligible convolution; undefined where direct convolution is faster. */
export type ChooseTile = (convolution: Convolution) => Tile | undefined;

/** 3x3 convolutions of stride 1, without dilation, groups or cropping; the kernels need channels in multiples of four. */
function isEligible({ batched, kernel, attrs }: Convolution): boolean {
  const [kh, kw, depth, filters] = kernel as [number, number, number, number];
  const { strides, dilation, inputDilation, groups, pad } = attrs;
  const plain = [...strides, ...dilation, ...inputDilation, groups].every((value) => value === 1);
  const padded = pad.flat().every((cells) => cells >= 0);
  return batched && plain && padded && kh === 3 && kw === 3 && depth % 4 === 0 && filters % 4 === 0;
}

export const fastestTile: ChooseTile = ({ kernel, size, attrs: { pad }, trained }) => {
  const [, , depth, filters] = kernel as [number, number, number, number];
  const tiles: readonly Tile[] = trained ? [4, 2] : [6, 4, 2];
  const costs = tiles.map((tile) => {
    const cost = tileCost({ tile, pad, size }, depth, filters);
    return { tile, cost: tile === 6 ? PRICE_OF_ERROR * cost : cost };
  });
  const [best] = costs.sort((a, b) => a.cost - b.cost);
  const { outputs } = tileGrid({ tile: 2, pad, size });
  return best!.cost < 9 * depth * filters * outputs[0] * outputs[1] ? best!.tile : undefined;
};

/**
 * F(6x6) errs about six times as much as F(4x4), still within the bound of 1e-5 (docs/numerics.md). In prediction it must save
 * more than a tenth, which it does where the output is a multiple of six or nearly so. It is never used in training: the first
 * steps of Adam follow the signs of gradients, and Keras's runs are no longer matched where rounding decides the signs.
 */
const PRICE_OF_ERROR = 1.12;

/**
 * Forward cost of one image in multiply-adds. A transform counts as the multiply-adds that take as long: a value of V or M costs
 * about TRANSFORM_COST multiply-adds of a GEMM, measured (bench/kernels).
 */
function tileCost(attrs: WinogradAttrs, depth: number, filters: number): number {
  const { planes, count } = tileGrid(attrs);
  return planes * count * (depth * filters + TRANSFORM_COST * (depth + filters));
}

const TRANSFORM_COST = 4;

/** The lowering that rewrites 3x3 convolutions and their gradients where `choose` returns a tile. */
export function winogradLowering(choose: ChooseTile): Lower {
  return ({ op, attrs }, inputs, graph) => {
    const tileOf = (convolution: Omit<Convolution, "trained">) => {
      // A transposed convolution is the gradient of one, in predictions too: those change no variables.
      const trained = changesVariables(graph) && graph.nodes.some((other) => gradientOps.has(other.op.name));
      const known = { ...convolution, trained };
      return isEligible(known) ? choose(known) : undefined;
    };
    if (op.name === conv2dOp.name) return lowerForward(inputs, attrs as Conv2dAttrs, tileOf);
    if (op.name === conv2dGradInputOp.name) return lowerGradInput(inputs, attrs as Conv2dGradInputAttrs, tileOf);
    if (op.name === conv2dGradKernelOp.name) return lowerGradKernel(inputs, attrs as Conv2dGradKernelAttrs, tileOf);
    return undefined;
  };
}

const gradientOps: ReadonlySet<string> = /* @__PURE__ */ new Set([conv2dGradInputOp.name, conv2dGradKernelOp.name]);

type TileOf = (convolution: Omit<Convolution, "trained">) => Tile | undefined;

const imageSize = ({ shape }: Spec) => [shape[1]!, shape[2]!] as const;

function lowerForward([x, w]: readonly Sym[], attrs: Conv2dAttrs, tileOf: TileOf): readonly Sym[] | undefined {
  const kernel = w!.spec.shape;
  const size = imageSize(x!.spec);
  const tile = tileOf({ batched: x!.spec.batched, kernel, size, attrs });
  if (tile === undefined) return undefined;
  const grid = { tile, pad: attrs.pad, size };
  const [, , depth, filters] = kernel as [number, number, number, number];
  const [v, live] = x!.builder.emit(winogradInputOp, [x!], grid) as [Sym, Sym];
  const u = emitOne(winogradKernelOp, [w!], { tile });
  const m = emitOne(winogradProductOp, [v, u], { ...grid, depth, filters });
  return [emitOne(winogradOutputOp, [m, live], { ...grid, channels: filters })];
}

function lowerGradInput(
  [dy, w]: readonly Sym[],
  attrs: Conv2dGradInputAttrs,
  tileOf: TileOf,
): readonly Sym[] | undefined {
  const kernel = w!.spec.shape;
  const tile = tileOf({ batched: dy!.spec.batched, kernel, size: attrs.size, attrs });
  if (tile === undefined) return undefined;
  const grid = { tile, pad: attrs.pad, size: attrs.size };
  const [, , depth, filters] = kernel as [number, number, number, number];
  const z = emitOne(winogradOutputGradOp, [dy!], grid);
  // Uᵀ is the transform of the kernel with swapped channels.
  const swapped = reshape(transpose(reshape(w!, [9, depth, filters]), [0, 2, 1]), [3, 3, filters, depth]);
  const u = emitOne(winogradKernelOp, [swapped], { tile });
  const d = emitOne(winogradProductOp, [z, u], { ...grid, depth: filters, filters: depth });
  return [emitOne(winogradInputGradOp, [d], { ...grid, channels: depth })];
}

function lowerGradKernel(
  [x, dy]: readonly Sym[],
  attrs: Conv2dGradKernelAttrs,
  tileOf: TileOf,
): readonly Sym[] | undefined {
  const [depth, filters] = [x!.spec.shape[3]! / attrs.groups, dy!.spec.shape[3]!];
  const size = imageSize(x!.spec);
  const kernel = [...attrs.kernel, depth, filters];
  const tile = tileOf({ batched: x!.spec.batched && dy!.spec.batched, kernel, size, attrs });
  if (tile === undefined) return undefined;
  const grid = { tile, pad: attrs.pad, size };
  const [v] = x!.builder.emit(winogradInputOp, [x!], grid) as [Sym, Sym];
  const z = emitOne(winogradOutputGradOp, [dy!], grid);
  const du = emitOne(winogradProductGradOp, [v, z], { ...grid, depth, filters });
  return [emitOne(winogradKernelGradOp, [du], { tile, depth, filters })];
}
