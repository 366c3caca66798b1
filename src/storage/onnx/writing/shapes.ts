/** Ops that move or cut values: where the numbers can stay in place only the order of the axes is noted. */
import type { Sym } from "../../../ir/graph.ts";
import type { TransposeAttrs } from "../../../ops/mat-mul.ts";
import { type ConcatenateAttrs, type CropAttrs, cropPlace } from "../../../ops/pad.ts";
import type { SplitAttrs } from "../../../ops/slice.ts";
import { channelsFirst, plainOrder, regroup, renamed, reshapable, sameOrder, toStored } from "../order.ts";
import type { GraphWriter } from "./graph-writer.ts";
import type { Writer } from "./writer.ts";

export const transpose: Writer = (writer, { inputs: [x], outputs: [y], attrs }) => {
  const { order } = writer.stored(x!);
  const { permutation } = attrs as TransposeAttrs;
  writer.define(y!, { name: writer.inOrder(x!, order), order: renamed(order, permutation) });
};

export const reshape: Writer = (writer, { inputs, outputs }) => {
  const [x] = inputs as [Sym];
  const [y] = outputs as [Sym];
  const [from, to] = [x.spec.shape, y.spec.shape];
  if (!x.spec.batched) {
    writer.define(y, {
      name: writer.emit("Reshape", [writer.plain(x), writer.whole(to)]),
      order: plainOrder(to.length),
    });
    return;
  }
  const stored = writer.stored(x);
  const preferred = [channelsFirst(to.length), plainOrder(to.length)];
  const into = (name: string, sizes: readonly number[]) =>
    writer.emit("Reshape", [name, writer.whole([0, ...sizes.slice(1)])]);
  const whole = stored.scramble === undefined ? regroup(from, stored.order, to, preferred) : undefined;
  if (whole !== undefined) {
    writer.define(y, { name: into(stored.name, toStored(to, whole)), order: whole });
    return;
  }
  if (to.length === 2 && stored.scramble === undefined && stored.order[0] === 0) {
    const scramble = { sizes: from.slice(1), order: stored.order.slice(1).map((axis) => axis - 1) };
    writer.define(y, { name: into(stored.name, to), order: [0, 1], scramble });
    return;
  }
  const own = stored.scramble === undefined ? reshapable(from, stored.order, to) : undefined;
  const ready = own ?? plainOrder(from.length);
  const made = regroup(from, ready, to, preferred) ?? plainOrder(to.length);
  writer.define(y, { name: into(writer.inOrder(x, ready), toStored(to, made)), order: made });
};

export const crop: Writer = (writer, { inputs: [x], outputs: [y], attrs }) => {
  const { size } = attrs as CropAttrs;
  const { start, strides } = cropPlace(attrs as CropAttrs);
  const { shape } = x!.spec;
  const { order } = writer.stored(x!);
  const moved = plainOrder(shape.length).filter(
    (axis) => axis > 0 && (start[axis] !== 0 || strides[axis] !== 1 || size[axis - 1] !== shape[axis]),
  );
  const ends = moved.map((axis) => {
    const last = start[axis]! + (size[axis - 1]! - 1) * strides[axis]!;
    // Going backwards the end lies before the first entry, which only a number below the axis says.
    return strides[axis]! > 0 ? last + 1 : last === 0 ? -shape[axis]! - 1 : last - 1;
  });
  const name = writer.emit("Slice", [
    writer.inOrder(x!, order),
    writer.whole(moved.map((axis) => start[axis]!)),
    writer.whole(ends),
    writer.whole(moved.map((axis) => order.indexOf(axis))),
    writer.whole(moved.map((axis) => strides[axis]!)),
  ]);
  writer.define(y!, { name, order });
};

/** The order of the first value, or channels first where one has them there. */
function commonOrder(writer: GraphWriter, values: readonly Sym[]): readonly number[] {
  const rank = values[0]!.spec.shape.length;
  const flows = values.filter((value) => !writer.isConstant(value)).map((value) => writer.stored(value).order);
  const first = channelsFirst(rank);
  return flows.some((order) => sameOrder(order, first)) ? first : (flows[0] ?? plainOrder(rank));
}

export const concatenate: Writer = (writer, { inputs, outputs: [y], attrs }) => {
  const order = commonOrder(writer, inputs);
  const names = inputs.map((input) => writer.real(input, writer.inOrder(input, order)));
  const axis = order.indexOf((attrs as ConcatenateAttrs).axis);
  writer.define(y!, { name: writer.emit("Concat", names, { axis }), order });
};

export const split: Writer = (writer, { inputs: [x], outputs, attrs }) => {
  const { axis, sizes } = attrs as SplitAttrs;
  const { order } = writer.stored(x!);
  const inputs = [writer.inOrder(x!, order), writer.whole(sizes)];
  const names = writer.emitSeveral("Split", inputs, { axis: order.indexOf(axis) }, sizes.length);
  outputs.forEach((output, i) => {
    writer.define(output, { name: names[i]!, order });
  });
};

/** Repeats along axes of one entry; the batch is as large as that of the model's first input. */
export const broadcastTo: Writer = (writer, { inputs, outputs }) => {
  const [x] = inputs as [Sym];
  const [y] = outputs as [Sym];
  const { shape, batched } = y.spec;
  const rank = x.spec.shape.length;
  const order = writer.isConstant(x) || rank < shape.length ? plainOrder(shape.length) : writer.stored(x).order;
  const name = writer.isConstant(x) || rank === shape.length ? writer.inOrder(x, order) : writer.plain(x);
  const sizes = toStored(shape, order);
  // An axis of one entry stays as it is, so a value of the batch keeps its rows.
  const target =
    batched && !x.spec.batched
      ? writer.emit("Concat", [writer.batchSize(), writer.whole(sizes.slice(1))], { axis: 0 })
      : writer.whole(batched ? [1, ...sizes.slice(1)] : sizes);
  writer.define(y, { name: writer.emit("Expand", [writer.real(x, name), target]), order });
};
