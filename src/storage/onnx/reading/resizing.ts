/** Images of another size: repeated cells, or a product with a matrix of weights along each axis. */
import { Tensor } from "../../../base/tensor.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { einsum } from "../../../nn/operations/einsum.ts";
import { resize as resizeImage } from "../../../nn/operations/image.ts";
import { type ResizeMethod, resizeWeights } from "../../../ops/resize.ts";
import type { Converter } from "./converter.ts";
import { image, shapeOf } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";

/** Where along an axis of `from` cells the middle of cell o of `to` lies, a cell's own middle being its number. */
type Place = (o: number, from: number, to: number, scale: number) => number;

/** ONNX's coordinate_transformation_mode. */
const places: Readonly<Record<string, Place>> = {
  half_pixel: (o, _from, _to, scale) => (o + 0.5) / scale - 0.5,
  pytorch_half_pixel: (o, _from, to, scale) => (to > 1 ? (o + 0.5) / scale - 0.5 : 0),
  asymmetric: (o, _from, _to, scale) => o / scale,
  align_corners: (o, from, to) => (to > 1 ? (o * (from - 1)) / (to - 1) : 0),
};

/** ONNX's nearest_mode. */
const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** What the cells at a distance weigh: those of a cubic with the slope a (Keys 1981), or of a straight line. */
const linear = (x: number): number => Math.max(0, 1 - x);
const cubic =
  (a: number) =>
  (x: number): number => {
    if (x >= 2) return 0;
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : a * (((x - 5) * x + 8) * x - 4);
  };

interface Rule {
  readonly mode: string;
  readonly place: Place;
  readonly round: (x: number) => number;
  readonly slope: number;
  /** Whether cells beyond the edge weigh nothing, and the others as much more. Otherwise they are those at the edge. */
  readonly excludesOutside: boolean;
}

/** The weights [from, to] of an axis. */
function matrix({ mode, place, round, slope, excludesOutside }: Rule, from: number, to: number, scale: number): Tensor {
  const weights = new Float32Array(from * to);
  const add = (cell: number, o: number, weight: number) => {
    weights[Math.min(from - 1, Math.max(0, cell)) * to + o]! += weight;
  };
  const weigh = mode === "cubic" ? cubic(slope) : linear;
  for (let o = 0; o < to; o++) {
    const x = place(o, from, to, scale);
    if (mode === "nearest") {
      add(round(x), o, 1);
      continue;
    }
    const near = [-1, 0, 1, 2].map((step) => Math.floor(x) + step);
    const cells = excludesOutside ? near.filter((cell) => cell >= 0 && cell < from) : near;
    const total = cells.reduce((sum, cell) => sum + weigh(Math.abs(x - cell)), 0);
    for (const cell of cells) add(cell, o, weigh(Math.abs(x - cell)) / total);
  }
  return new Tensor(weights, [from, to]);
}

/** The method of Keras that weighs the cells in the same way; undefined where there is none. */
function methodOf(weights: readonly Tensor[]): ResizeMethod | undefined {
  const methods = ["nearest", "bilinear", "bicubic"] as const;
  return methods.find((method) =>
    weights.every(({ shape: [from, to], data }) =>
      // Places beside each other differ by what a scale in float32 is off.
      resizeWeights(from!, to!, method, false).every((value, i) => Math.abs(value - data[i]!) <= 1e-6 * to!),
    ),
  );
}

function ruleOf(call: NodeCall): Rule {
  const mode = call.text("mode", "nearest");
  // Upsample, and Resize before set 11, know one rule.
  const isOld = call.node.opType === "Upsample" || call.opset < 11;
  const transformation = isOld ? "asymmetric" : call.text("coordinate_transformation_mode", "half_pixel");
  const nearest = isOld ? "floor" : call.text("nearest_mode", "round_prefer_floor");
  const [place, round] = [
    Object.hasOwn(places, transformation) ? places[transformation] : undefined,
    Object.hasOwn(roundings, nearest) ? roundings[nearest] : undefined,
  ];
  if (!["nearest", "linear", "cubic"].includes(mode)) call.fail(`its "mode" is "${mode}"`);
  if (place === undefined)
    call.fail(`its "coordinate_transformation_mode" is "${transformation}"; known: ${Object.keys(places).join(", ")}`);
  if (round === undefined) call.fail(`its "nearest_mode" is "${nearest}"`);
  call.only("antialias", 0);
  const excludesOutside = call.int("exclude_outside", 0) === 1;
  return { mode, place, round, slope: call.float("cubic_coeff_a", -0.75), excludesOutside };
}

export const resize: Converter = (call) => {
  const x = image(call.flow(0, [4]));
  const rule = ruleOf(call);
  const [, channels, ...from] = shapeOf(x);
  if (from.includes(null)) call.fail("the size of its input is not known; export with sizes of images");
  const { scales, sizes } = targetOf(call);
  const to = from.map((cells, axis) =>
    sizes === undefined ? Math.floor(cells! * scales![axis + 2]!) : sizes[axis + 2]!,
  );
  const rowsKept = sizes === undefined ? scales![0] === 1 && scales![1] === 1 : sizes[1] === channels;
  call.require(rowsKept, "it changes the batch or the channels");
  call.require(
    to.every((cells) => Number.isInteger(cells) && cells >= 1 && cells < 2 ** 20),
    `it makes images of [${to}]`,
  );
  const [height, width] = from as [number, number];
  const size = to as [number, number];
  const resized = (interpolation: ResizeMethod) => [
    { ...x, tensor: resizeImage(x.tensor, size, { interpolation }) as KerasTensor },
  ];
  if (rule.mode === "nearest" && [height, width].every((cells, axis) => repeats(rule, cells, to[axis]!)))
    return resized("nearest");
  call.graph.spend(height * to[0]! + width * to[1]!);
  const weights = [height, width].map((cells, axis) =>
    matrix(rule, cells, to[axis]!, sizes === undefined ? scales![axis + 2]! : to[axis]! / cells),
  );
  const method = methodOf(weights);
  if (method !== undefined) return resized(method);
  const tall = to[0] === height ? x.tensor : einsum<KerasTensor | Tensor>("nhwc,hp->npwc", x.tensor, weights[0]!);
  const made = to[1] === width ? tall : einsum<KerasTensor | Tensor>("nhwc,wp->nhpc", tall as KerasTensor, weights[1]!);
  return [{ ...x, tensor: made as KerasTensor }];
};

/** Whether every cell is taken equally often, one after the other. */
function repeats({ place, round }: Rule, from: number, to: number): boolean {
  const times = to / from;
  if (!Number.isInteger(times)) return false;
  return Array.from({ length: to }, (_, o) => round(place(o, from, to, times))).every(
    (cell, o) => cell === Math.floor(o / times),
  );
}

/** Scales or sizes for each axis: an attribute or one of the inputs, by the set of operators. */
function targetOf(call: NodeCall): { readonly scales?: readonly number[]; readonly sizes?: readonly number[] } {
  const isNew = call.node.opType === "Resize" && call.opset >= 11;
  const axes = call.ints("axes", [0, 1, 2, 3]);
  call.require(axes.join() === "0,1,2,3" || axes.join() === "2,3", `its "axes" are [${axes}]`);
  const full = (list: readonly number[], fill: number) => (axes.length === 2 ? [fill, fill, ...list] : list);
  const sizes = isNew ? call.optional(3, "sizes") : undefined;
  if (sizes !== undefined && sizes.values.length === axes.length) {
    const [, channels] = shapeOf(call.flow(0));
    return { sizes: axes.length === 2 ? [Number.NaN, channels ?? 0, ...sizes.values] : Array.from(sizes.values) };
  }
  const scales = call.floats("scales") ?? call.optional(isNew ? 2 : 1, "scales")?.values;
  call.require(
    scales?.length === axes.length && scales.every((scale) => scale > 0 && Number.isFinite(scale)),
    "it states neither sizes nor scales for each axis",
  );
  return { scales: full(Array.from(scales!), 1) };
}
