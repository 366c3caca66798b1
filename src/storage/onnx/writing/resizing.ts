/** Images of another size as Resize: repeated pixels, and the methods that ONNX computes as Keras does. The others are products. */
import type { Node, Sym } from "../../../ir/graph.ts";
import { ops } from "../../../ops/index.ts";
import type { ResizeAttrs, ResizeMethod } from "../../../ops/resize.ts";
import type { RepeatAttrs } from "../../../ops/slice.ts";
import { channelsFirst, type Order, plainOrder, toStored } from "../order.ts";
import type { Attributes, GraphWriter } from "./graph-writer.ts";
import type { Writer } from "./writer.ts";

interface Form {
  readonly attributes: Attributes;
  readonly floats?: Readonly<Record<string, number>>;
}

/** Keras's centres lie at halves. Its cubic is that of a = −½, and what lies outside of the image weighs nothing. */
const forms: Readonly<Partial<Record<ResizeMethod, Form>>> = {
  nearest: {
    attributes: { mode: "nearest", coordinate_transformation_mode: "half_pixel", nearest_mode: "round_prefer_ceil" },
  },
  bilinear: { attributes: { mode: "linear", coordinate_transformation_mode: "half_pixel" } },
  bicubic: {
    attributes: { mode: "cubic", coordinate_transformation_mode: "half_pixel", exclude_outside: 1 },
    floats: { cubic_coeff_a: -0.5 },
  },
};

const repeated: Form = {
  attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
};

/**
 * The scale from which a reader finds this size, in float64 and, since rounding keeps whole numbers in order, in float32; undefined
 * where there is none.
 */
function scaleOf(from: number, to: number): number | undefined {
  const nearest = Math.fround(to / from);
  const candidates = [nearest, Math.fround(nearest * (1 + 2 ** -23)), Math.fround(nearest * (1 + 2 ** -22))];
  return candidates.find((scale) => Math.floor(scale * from) === to);
}

/** Whether a reader that computes in float32 takes the same pixels as Keras. */
function takesSamePixels(from: number, to: number, scale: number): boolean {
  return Array.from({ length: to }, (_, o) => o).every((o) => {
    const own = Math.min(from - 1, Math.floor(((o + 0.5) * from) / to));
    const place = Math.fround(Math.fround(Math.fround(o + 0.5) / scale) - 0.5);
    return Math.min(from - 1, Math.max(0, Math.floor(place + 0.5))) === own;
  });
}

/** Scales of height and width; undefined where only products say the same. */
function scalesOf(x: Sym, { size, method, antialias }: ResizeAttrs): readonly number[] | undefined {
  if (antialias || forms[method] === undefined) return undefined;
  const scales = size.flatMap((to, axis) => {
    const from = x.spec.shape[axis + 1]!;
    const scale = scaleOf(from, to);
    const fits = scale !== undefined && (method !== "nearest" || takesSamePixels(from, to, scale));
    return fits ? [scale] : [];
  });
  return scales.length === size.length ? scales : undefined;
}

/** The order in which repeated axes are those of an image; undefined where they are none. */
function imageOrder(x: Sym, { times }: RepeatAttrs): Order | undefined {
  if (times.length !== 4 || times[0] !== 1 || !x.spec.batched) return undefined;
  if (times[3] === 1) return channelsFirst(4);
  return times[1] === 1 ? plainOrder(4) : undefined;
}

/** Whether a node changes the size of images in a way for which ONNX has no words; it is then written as what it consists of. */
export function needsProducts({ op, inputs: [x], attrs }: Node): boolean {
  if (op.name === ops.repeat.name) return imageOrder(x!, attrs as RepeatAttrs) === undefined;
  return op.name === ops.resize.name && scalesOf(x!, attrs as ResizeAttrs) === undefined;
}

function writeResize(writer: GraphWriter, node: Node, order: Order, scales: readonly number[], form: Form): void {
  const [x] = node.inputs as [Sym];
  const stored = Float32Array.from(toStored(scales, order));
  const factors = writer.vector(`scales ${stored}`, `scales_${[...stored].join("_").slice(0, 40)}`, stored);
  const image = writer.real(x, writer.inOrder(x, order));
  const name = writer.emit("Resize", [image, "", factors], form.attributes, form.floats);
  writer.define(node.outputs[0]!, { name, order });
}

export const repeat: Writer = (writer, node) => {
  const attrs = node.attrs as RepeatAttrs;
  writeResize(writer, node, imageOrder(node.inputs[0]!, attrs)!, attrs.times, repeated);
};

export const resize: Writer = (writer, node) => {
  const attrs = node.attrs as ResizeAttrs;
  const scales = [1, ...scalesOf(node.inputs[0]!, attrs)!, 1];
  writeResize(writer, node, channelsFirst(4), scales, forms[attrs.method]!);
};
