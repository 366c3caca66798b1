/** A classifier of small images slid over a large one: its Dense head is the same computation as a convolution. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import { activate } from "../nn/activations.ts";
import { Dense } from "../nn/layers/dense.ts";
import { Flatten } from "../nn/layers/flatten.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { conv2d } from "../ops/conv2d.ts";
import { add, cast } from "../ops/elementwise.ts";
import { reshape } from "../ops/reshape.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, imageSize } from "./image-model.ts";
import { rowShape } from "./layer-shapes.ts";
import { runStep } from "./probe.ts";
import { receptiveField } from "./receptive-field.ts";

/** What `slideOverPage` resolves to: the model's answer for each window of the page. */
export interface SlidingMap {
  /** The model's outputs, [rows, columns, classes]: entry (i, j) is what it says of the window whose first pixel is (i·stride, j·stride). */
  readonly scores: Tensor;
  /** Rows and columns of a window: the size of the images that the model takes. */
  readonly window: readonly [number, number];
  /** Pixels between neighbouring windows, downwards and to the right. */
  readonly stride: readonly [number, number];
  /** Mean pixel value of each window, [rows, columns]: a classifier answers for empty paper, too. */
  readonly ink: Tensor;
}

/**
 * Slides a classifier over an image that is larger than those it was trained on. Flatten and the Dense layer behind it become a
 * convolution whose kernel has the size of the last maps (Sermanet et al., "OverFeat", 2013), so that overlapping windows share the
 * layers before it. Where no layer pads its input, an entry equals the model's output for the window alone.
 *
 * @param model a chain of layers with one Flatten, followed by Dense layers and layers that work entry by entry
 * @param page [rows, columns, channels], or a batch of one, at least as large as the model's images
 * @throws ShapeError for a page that is too small; ArgumentError for a model of another form, with the layer's name
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { slideOverPage } from "fovea/insight";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
 *   new Flatten(),
 *   new Dense({ units: 10, activation: "softmax" }),
 * ]);
 * const { scores } = await slideOverPage(model, tensor(new Float32Array(20 * 30), [20, 30, 1]));
 * scores.shape; // [13, 23, 10]
 * ```
 */
export async function slideOverPage(model: AnyModel, page: TensorLike): Promise<SlidingMap> {
  const who = "slideOverPage";
  checkImageModel(who, model);
  const [height, width, channels] = imageSize(who, model);
  const chain = chainOf(who, model);
  const given = tensor(page);
  const batch = given.rank === 3 ? given.reshape([1, ...given.shape]) : given;
  const [count, rows = 0, columns = 0, colours] = batch.shape;
  if (batch.rank !== 4 || count !== 1 || colours !== channels || rows < height || columns < width)
    throw new ShapeError(
      `${who}: page has shape ${formatShape(given.shape)}, expected (rows, columns, ${channels}) with ${height} rows and ${width} columns or more.`,
    );
  const [scores] = await runStep(
    model,
    {
      key: "slide",
      feeds: { x0: batch },
      write: (_, { x0 }) => [slideChain(chain, x0!.spec.dtype === "float32" ? x0! : cast(x0!))],
    },
    1,
  );
  const flat = chain.findIndex(({ layer }) => layer instanceof Flatten);
  const before = receptiveField(model).find(({ layer }) => layer === chain[flat - 1]?.layer.name);
  const stride = before === undefined ? ([1, 1] as const) : before.jump;
  const [, down, across, classes] = scores!.shape as [number, number, number, number];
  return {
    scores: scores!.reshape([down, across, classes]),
    window: [height, width],
    stride,
    ink: inkOf(batch, [height, width], stride, [down, across]),
  };
}

interface Link {
  readonly layer: Layer;
  /** Of its input, without the batch axis. */
  readonly inputShape: readonly number[];
}

/** The model's layers, if it is a chain that can slide. */
function chainOf(who: string, model: AnyModel): readonly Link[] {
  const calls = model.graph.calls.filter(({ node }) => node.inputs.length > 0);
  const refuse = (layer: Layer, why: string) => {
    throw new ArgumentError(
      `${who}: layer "${layer.name}" (${layer.className}) of model "${model.name}" ${why}. It takes a chain of layers over the image, one Flatten, and behind it Dense layers and layers that work entry by entry.`,
    );
  };
  const chain = calls.map(({ layer, node }, i): Link => {
    if (node.inputs.length !== 1 || (i > 0 && node.inputs[0] !== calls[i - 1]!.node.outputs[0]))
      refuse(layer, "is no link of a chain");
    return { layer, inputShape: rowShape(layer.name, node.inputs[0]!) };
  });
  const flat = chain.findIndex(({ layer }) => layer instanceof Flatten);
  if (flat < 0) throw new ArgumentError(`${who}: model "${model.name}" has no Flatten whose Dense layer could slide.`);
  chain.forEach(({ layer, inputShape }, i) => {
    if (i === flat) return;
    const kind = layer.reading(inputShape)?.kind;
    if (i < flat && (kind === undefined || kind === "all" || kind === "reorder")) refuse(layer, "cannot slide");
    if (i === flat + 1 && !(layer instanceof Dense))
      refuse(layer, "stands behind Flatten, where a Dense layer is expected");
    if (i > flat && !(layer instanceof Dense) && kind !== "same") refuse(layer, "cannot slide");
  });
  if (flat === chain.length - 1) refuse(chain[flat]!.layer, "is the last layer");
  return chain;
}

/** Writes the chain over a page; after Flatten each place of the map is a row of its own. */
function slideChain(chain: readonly Link[], page: Sym): Sym {
  const flat = chain.findIndex(({ layer }) => layer instanceof Flatten);
  return chain.reduce((x, { layer }, i) => {
    if (i === flat) return x;
    if (i !== flat + 1) return layer.call(x, { training: false });
    const { kernel, bias, options } = layer as Dense;
    const [rows, columns, channels] = chain[flat]!.inputShape as [number, number, number];
    const window = reshape(kernel.read(), [rows, columns, channels, options.units]);
    const none = [0, 0] as const;
    const y = conv2d(x, window, { strides: [1, 1], pad: [none, none], dilation: [1, 1], groups: 1 });
    return activate(options.activation, bias === undefined ? y : add(y, bias.read()));
  }, page);
}

/** Mean pixel value of each window, by sums over rectangles from the page's corner. */
function inkOf(
  page: Tensor,
  [height, width]: readonly [number, number],
  [down, right]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): Tensor {
  const [, extent, breadth, channels] = page.shape as [number, number, number, number];
  const line = breadth + 1;
  const sums = new Float64Array((extent + 1) * line);
  for (let i = 0; i < extent; i++) {
    for (let j = 0; j < breadth; j++) {
      let pixel = 0;
      for (let c = 0; c < channels; c++) pixel += page.data[(i * breadth + j) * channels + c]!;
      const at = (i + 1) * line + j + 1;
      sums[at] = pixel / channels + sums[at - 1]! + sums[at - line]! - sums[at - line - 1]!;
    }
  }
  const ink = Float32Array.from({ length: rows * columns }, (_, i) => {
    const top = Math.floor(i / columns) * down * line;
    const left = (i % columns) * right;
    const bottom = top + height * line;
    const sum = sums[bottom + left + width]! - sums[top + left + width]! - sums[bottom + left]! + sums[top + left]!;
    return sum / (height * width);
  });
  return new Tensor(ink, [rows, columns]);
}
