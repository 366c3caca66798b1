/** Applications of layers in the functional API. */
import type { DType } from "../../base/dtype.ts";
import { ArgumentError, ShapeError, StateError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import { flatten, isNoContainer, mapNested, type Nested } from "../../base/structure.ts";
import { isLeaf } from "../doors.ts";
import { type BatchShape, isBatchShape, isKerasTensor, KerasTensor } from "../keras-tensor.ts";
import type { Layer } from "./layer.ts";
import type { LayerNode, NodeOptions } from "./layer-types.ts";

/** The inputs as a list. @throws ArgumentError unless they are symbolic tensors of the functional API */
export function checkSymbols(title: string, inputs: unknown): readonly KerasTensor[] {
  const list = flatten<unknown>(inputs as Nested<unknown>, isLeaf);
  if (list.length === 0) throw new ArgumentError(`${title} takes one input or more, got 0.`);
  if (!list.every(isKerasTensor))
    throw new ArgumentError(
      `${title}: apply takes what input({ shape }) or another layer's apply returned; numbers go to layer.run or model.predict.`,
    );
  return list;
}

/** Weights are made for one input shape; a second application must have it too. */
export function checkSameRows(title: string, built: Nested<BatchShape> | undefined, shapes: Nested<BatchShape>): void {
  if (built === undefined) return;
  const given = flatten(shapes, isBatchShape);
  flatten(built, isBatchShape).forEach((first, i) => {
    const shape = given[i];
    if (shape !== undefined && first.at(-1) !== shape.at(-1))
      throw new ShapeError(
        `${title} was built for inputs ${formatShape(first)} and cannot take ${formatShape(shape)}; make a second layer.`,
      );
  });
}

/** The next application of a layer, with outputs of these shapes. */
export function makeNode(
  layer: Layer,
  args: Nested<KerasTensor>,
  shapes: Nested<BatchShape>,
  options: NodeOptions,
  dtype: DType,
): LayerNode {
  const nodeIndex = layer.inboundNodes.length;
  let tensorIndex = 0;
  const result = mapNested<BatchShape, KerasTensor>(
    shapes,
    isBatchShape,
    (shape) => new KerasTensor({ shape, dtype, layer, nodeIndex, tensorIndex: tensorIndex++ }),
  );
  const outputs = flatten(result, isKerasTensor);
  const inputs = [...flatten(args, isKerasTensor), ...optionTensors(options)];
  return { args, inputs, outputs, result, options };
}

const isAny = (value: unknown): value is unknown => isKerasTensor(value) || isNoContainer(value);

/** The symbolic tensors among the options of a call. */
export function optionTensors(options: NodeOptions): KerasTensor[] {
  return flatten<unknown>(options as Nested<unknown>, isAny).filter(isKerasTensor);
}

/** The options of a call with something else in the place of their symbolic tensors. */
export function mapOptions<T>(options: NodeOptions, change: (tensor: KerasTensor) => T): NodeOptions {
  const made = (value: unknown) => (isKerasTensor(value) ? change(value) : value);
  return mapNested<unknown, unknown>(options as Nested<unknown>, isAny, made) as NodeOptions;
}

/** The first application of a layer. @throws StateError before there is one */
export function firstNode(title: string, nodes: readonly LayerNode[], what: string): LayerNode {
  const [node] = nodes;
  if (node === undefined)
    throw new StateError(`${title} has no ${what} yet: apply it, or put it into a model with a known input shape.`);
  return node;
}
