/** Ops that move or cut values. Where the numbers can stay in place, only the order of the axes is noted. */
import { type Pad, sizeOf } from "../../../base/shape.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { Concatenate } from "../../../nn/layers/concatenate.ts";
import { Flatten } from "../../../nn/layers/flatten.ts";
import { Reshape } from "../../../nn/layers/reshape.ts";
import { take } from "../../../nn/operations/indexing.ts";
import { getItem, type Key, pad, split } from "../../../nn/operations/parts.ts";
import { tile } from "../../../nn/operations/shapes.ts";
import { channelsLast, plainOrder, regroup, renamed, reshapable, type Sizes, sameOrder, toStored } from "../order.ts";
import type { Converter } from "./converter.ts";
import { type Flow, inOrder, isFlow, plain, rankOf, shapeOf, storedAxis, through, unscrambled } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";
import { embedding } from "./products.ts";
import { LOWEST, surrounded } from "./windows.ts";

/** A flow with the row of another shape; `to` is the graph's, its axis 0 the batch. */
export function reshaped(call: NodeCall, given: Flow, to: Sizes): Flow {
  const flow = unscrambled(given);
  const from = shapeOf(flow);
  const preferred = [channelsLast(to.length), plainOrder(to.length)];
  const order = regroup(from, flow.order, to, preferred);
  if (order !== undefined) return { tensor: laidOut(call, flow.tensor, toStored(to, order)), order };
  const sizes = from.slice(1);
  if (to.length === 2 && flow.order[0] === 0 && !sizes.includes(null)) {
    const scramble = { sizes: sizes as number[], order: flow.order.slice(1).map((axis) => axis - 1) };
    return { tensor: through(new Flatten(), flow.tensor), order: [0, 1], scramble };
  }
  const ready = inOrder(flow, reshapable(from, flow.order, to) ?? plainOrder(from.length));
  const made = regroup(from, ready.order, to, preferred) ?? plainOrder(to.length);
  return { tensor: laidOut(call, ready.tensor, toStored(to, made)), order: made };
}

function laidOut(call: NodeCall, tensor: KerasTensor, to: Sizes): KerasTensor {
  if (tensor.shape.length === to.length && tensor.shape.every((size, i) => i === 0 || size === to[i])) return tensor;
  const row = to.slice(1);
  if (row.includes(null)) call.fail("the size of its input is not known; export with sizes of images");
  if (row.length === 1 && tensor.shape.length > 2) return through(new Flatten(), tensor);
  return through(new Reshape({ targetShape: row as number[] }), tensor);
}

const reshape: Converter = (call) => {
  const x = call.flow(0);
  const wanted = call.numbers("shape", 1) ?? call.fail("it states no shape");
  const from = shapeOf(x);
  const stated = wanted.map((size, axis) => {
    if (size === 0 && call.int("allowzero", 0) === 0) return axis === 0 ? Number.NaN : (from[axis] ?? null);
    return size;
  });
  const [rows, ...row] = stated;
  const known = from.slice(1);
  const show = `it makes [${wanted.map((size) => (Number.isNaN(size) ? "batch" : size)).join(", ")}] of [${["batch", ...known].join(", ")}]`;
  if (known.includes(null) || row.includes(null))
    call.fail(`${show}, and sizes are not known; export with sizes of images`);
  const size = sizeOf(known as number[]);
  const fixed = sizeOf((row as number[]).filter((each) => each !== -1));
  const free = row.filter((each) => each === -1).length;
  call.require(
    row.every((each) => each === -1 || (Number.isInteger(each) && each! >= 1)) &&
      free <= 1 &&
      (free === 0 ? fixed === size : size % fixed === 0) &&
      rows !== undefined &&
      // The file may have been written for one number of rows; fovea takes any.
      (Number.isNaN(rows) || (rows! >= 1 && Number.isInteger(rows)) || (rows === -1 && free === 0)),
    `${show}, which does not keep the rows of the batch apart`,
  );
  return [reshaped(call, x, [null, ...(row as number[]).map((each) => (each === -1 ? size / fixed : each))])];
};

const flatten: Converter = (call) => {
  const x = call.flow(0);
  const axis = call.axis(call.int("axis", 1), rankOf(x) + 1);
  call.require(axis === 1, `its axis is ${axis}, read only as 1, which keeps the rows of the batch apart`);
  const row = shapeOf(x).slice(1);
  if (row.includes(null)) call.fail("the size of its input is not known; export with sizes of images");
  return [reshaped(call, x, [null, sizeOf(row as number[])])];
};

const transpose: Converter = (call) => {
  const x = unscrambled(call.flow(0));
  const rank = rankOf(x);
  const permutation = call.ints("perm", plainOrder(rank).reverse(), rank);
  call.require(
    plainOrder(rank).every((axis) => permutation.includes(axis)),
    `its "perm" is [${permutation}]`,
  );
  return [{ ...x, order: renamed(x.order, permutation) }];
};

const squeeze: Converter = (call) => {
  const x = call.flow(0);
  const shape = shapeOf(x);
  const ones = plainOrder(shape.length).filter((axis) => axis > 0 && shape[axis] === 1);
  const axes = call.numbers("axes", 1)?.map((axis) => call.rowAxis(axis, shape.length)) ?? ones;
  call.require(
    axes.every((axis) => shape[axis] === 1),
    `it drops axes [${axes}] of [${["batch", ...shape.slice(1)]}]`,
  );
  return [
    reshaped(
      call,
      x,
      shape.filter((_, axis) => !axes.includes(axis)),
    ),
  ];
};

const unsqueeze: Converter = (call) => {
  const x = call.flow(0);
  const given = call.numbers("axes", 1) ?? call.fail("it states no axes");
  const rank = rankOf(x) + given.length;
  const axes = given.map((axis) => call.rowAxis(axis, rank));
  call.require(new Set(axes).size === axes.length, `it adds axes [${axes}]`);
  const rest = [...shapeOf(x)];
  return [
    reshaped(
      call,
      x,
      plainOrder(rank).map((axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
    ),
  ];
};

const concat: Converter = (call) => {
  const flows = call.inputs.map((_, i) => call.flow(i));
  const [first] = flows;
  const axis = call.rowAxis(call.int("axis", 1), rankOf(first!));
  call.require(
    flows.every((flow) => rankOf(flow) === rankOf(first!)),
    "its inputs have different numbers of axes",
  );
  const last = channelsLast(rankOf(first!));
  const order = flows.some((flow) => sameOrder(flow.order, last)) ? last : first!.order;
  const tensors = flows.map((flow) => inOrder(flow, order).tensor);
  if (tensors.length === 1) return [{ tensor: tensors[0]!, order }];
  const layer = new Concatenate({ axis: order.indexOf(axis), name: call.layerName() });
  return [{ tensor: layer.apply(tensors) as KerasTensor, order }];
};

const splitUp: Converter = (call: NodeCall) => {
  const x = unscrambled(call.flow(0));
  const axis = call.rowAxis(call.int("axis", 0), rankOf(x));
  const size = shapeOf(x)[axis];
  if (typeof size !== "number") call.fail("the size of its axis is not known; export with sizes of images");
  const parts = call.node.output.length;
  const equal = Math.ceil(size / parts);
  const sizes =
    call.numbers("split", 1) ??
    Array.from({ length: parts }, (_, i) => (i < parts - 1 ? equal : size - equal * (parts - 1)));
  call.require(
    sizes.length === parts &&
      sizes.every((each) => Number.isInteger(each) && each >= 1) &&
      sizes.reduce((sum, each) => sum + each, 0) === size,
    `it cuts ${size} entries into [${sizes}]`,
  );
  if (parts === 1) return [x];
  let at = 0;
  const cuts = sizes.slice(0, -1).map((each) => (at += each));
  return split(x.tensor, cuts, storedAxis(x, axis)).map((tensor) => ({ ...x, tensor: tensor as KerasTensor }));
};

const slice: Converter = (call) => {
  const x = unscrambled(call.flow(0));
  const rank = rankOf(x);
  const starts = call.numbers("starts", 1) ?? call.fail("it states no starts");
  const ends = call.numbers("ends", 2) ?? call.fail("it states no ends");
  const axes = call.numbers("axes", 3) ?? plainOrder(starts.length);
  const steps = call.numbers("steps", 4) ?? starts.map(() => 1);
  call.require(
    [ends, axes, steps].every((list) => list.length === starts.length),
    `it states ${starts.length} starts, ${ends.length} ends, ${axes.length} axes and ${steps.length} steps`,
  );
  const keys = new Array<Key>(rank).fill(":");
  axes.forEach((given, i) => {
    const axis = call.axis(given, rank);
    const [start, end, step] = [starts[i]!, ends[i]!, steps[i]!];
    if (axis === 0 && start === 0 && end >= 2 ** 31 - 1 && step === 1) return;
    call.rowAxis(axis, rank);
    call.require(
      Number.isSafeInteger(start) && Number.isInteger(step) && step !== 0,
      `it begins at ${start}, in steps of ${step}`,
    );
    // Ends beyond the axis mean all of it; going backwards, one before the first cannot be said otherwise.
    const stop = Math.abs(end) >= 2 ** 31 - 1 ? null : end;
    keys[storedAxis(x, axis)] = [start, stop, step];
  });
  if (keys.every((key) => key === ":")) return [x];
  return [{ ...x, tensor: getItem(x.tensor, keys) as KerasTensor }];
};

/** Entries of an axis by constant numbers, or rows of a constant table by numbers of a flow. */
const gather: Converter = (call) => {
  const [table, indices] = call.inputs;
  if (table !== undefined && !isFlow(table)) {
    const axis = call.axis(call.int("axis", 0), table.shape.length);
    call.require(axis === 0, `it looks numbers up along axis ${axis} of a constant, read for axis 0 only`);
    return [embedding(call, table, call.flow(1))];
  }
  const x = unscrambled(call.flow(0));
  if (indices !== undefined && isFlow(indices)) call.fail("both of its inputs depend on the model's inputs");
  const { shape, values } = call.constant(1, "indices");
  const axis = call.rowAxis(call.int("axis", 0), rankOf(x));
  const size = shapeOf(x)[axis];
  const places = Array.from(values, (at) => (at < 0 && typeof size === "number" ? at + size : at));
  call.require(
    shape.length <= 1 && typeof size === "number" && places.every((at) => Number.isInteger(at) && at >= 0 && at < size),
    `it takes entries [${places.slice(0, 8)}] of an axis of ${size}`,
  );
  if (shape.length === 1) return [{ ...x, tensor: take(x.tensor, places, storedAxis(x, axis)) as KerasTensor }];
  const keys: Key[] = x.order.map((each) => (each === axis ? places[0]! : ":"));
  const order = x.order.filter((each) => each !== axis).map((each) => (each > axis ? each - 1 : each));
  return [{ tensor: getItem(x.tensor, keys) as KerasTensor, order }];
};

const padding: Converter = (call) => {
  const x = unscrambled(call.flow(0));
  const rank = rankOf(x);
  const mode = call.text("mode", "constant");
  const amounts = call.numbers("pads", 1) ?? call.fail('it states no "pads"');
  const axes = call.optional(3, "axes")?.values ?? plainOrder(rank);
  call.require(amounts.length === 2 * axes.length, `its "pads" are ${amounts.length} numbers for ${axes.length} axes`);
  const pads = new Array<Pad>(rank).fill([0, 0]);
  axes.forEach((axis, i) => {
    pads[call.axis(axis, rank)] = [amounts[i]!, amounts[i + axes.length]!];
  });
  call.require(
    pads[0]!.every((cells) => cells === 0) &&
      pads.every((pair) => pair.every((cells) => Number.isInteger(cells) && cells >= 0 && cells < 2 ** 20)),
    `its "pads" are [${amounts}], read as numbers of 0 or more, with 0 for the batch`,
  );
  call.require(mode === "constant" || mode === "reflect", `its "mode" is "${mode}", read as "constant" or "reflect"`);
  const value = call.scalar(2, "value") ?? call.float("value", 0);
  const around = toStored(pads, x.order);
  if (around.flat().every((cells) => cells === 0)) return [x];
  const isImage = rank === 4 && around[3]!.every((cells) => cells === 0);
  if (mode === "constant" && value === 0 && isImage)
    return [{ ...x, tensor: surrounded(x.tensor, around.slice(1, 3), "zeros") }];
  const constantValues = Math.max(LOWEST, value);
  const tensor = pad(x.tensor, around, mode as "constant" | "reflect", mode === "constant" ? { constantValues } : {});
  return [{ ...x, tensor: tensor as KerasTensor }];
};

/** Repeats along axes of one entry. */
const expand: Converter = (call) => {
  const x = unscrambled(call.flow(0));
  const wanted = call.numbers("shape", 1) ?? call.fail("it states no shape");
  const from = shapeOf(x);
  const given = `[${wanted}]`;
  call.require(wanted.length <= from.length, `it makes ${given} of ${from.length} axes, which would move the batch`);
  const target = [...new Array<number>(from.length - wanted.length).fill(1), ...wanted];
  // The file may have been written for one number of rows; fovea takes any.
  call.require(Number.isNaN(target[0]) || Number.isInteger(target[0]), `its shape is ${given}`);
  const repeats = from.map((size, axis) =>
    axis === 0 || target[axis] === 1 || target[axis] === size ? 1 : target[axis]!,
  );
  call.require(
    repeats.every((count, axis) => count === 1 || (from[axis] === 1 && Number.isInteger(count) && count >= 1)),
    `it makes ${given} of [${["batch", ...from.slice(1)]}]`,
  );
  if (repeats.every((count) => count === 1)) return [x];
  call.graph.spend(repeats.reduce((product, count) => product * count, 1));
  return [{ ...x, tensor: tile(x.tensor, toStored(repeats, x.order)) as KerasTensor }];
};

/** The shape of a flow as numbers; NaN stands for the batch. */
const shape: Converter = (call) => {
  const sizes = shapeOf(call.flow(0));
  const rank = sizes.length;
  const place = (given: number) => Math.min(rank, Math.max(0, given < 0 ? given + rank : given));
  const part = sizes.slice(place(call.int("start", 0)), place(call.int("end", rank)));
  const values = Float64Array.from(part, (size, axis) => {
    if (size === null && (axis > 0 || call.int("start", 0) !== 0))
      call.fail("it asks for a size of the input that is not known; export with sizes of images");
    return size ?? Number.NaN;
  });
  return [{ shape: [values.length], values, whole: true }];
};

/** Channels as pixels: [b, b, c] of each cell become b rows and columns of c. */
const depthToSpace: Converter = (call: NodeCall) => {
  const x = call.flow(0, [4]);
  const [, channels, height, width] = shapeOf(x);
  const block = call.int("blocksize", 0);
  if (typeof channels !== "number" || typeof height !== "number" || typeof width !== "number")
    call.fail("the size of its input is not known; export with sizes of images");
  const depth = channels / block ** 2;
  call.require(block >= 1 && Number.isInteger(depth), `its "blocksize" is ${block}, for ${channels} channels`);
  const isDepthFirst = call.text("mode", "DCR") === "DCR";
  const apart = isDepthFirst ? [block, block, depth] : [depth, block, block];
  const permutation = isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  const cut = reshaped(call, x, [null, ...apart, height, width]);
  const turned = plain({ ...cut, order: renamed(cut.order, permutation) });
  return [reshaped(call, turned, [null, depth, height * block, width * block])];
};

export const shapeOps: Readonly<Record<string, Converter>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Expand: expand,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Split: splitUp,
  Slice: slice,
  Gather: gather,
  Pad: padding,
  Shape: shape,
  DepthToSpace: depthToSpace,
};
