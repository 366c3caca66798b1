/** Computes the cost of each layer, and its cost without shared weights. */

import { formatBytes, formatCount } from "../base/format.ts";
import { sizeOf } from "../base/shape.ts";
import type { AnyModel } from "../train/model.ts";
import { plainTable } from "../view/plain-table.ts";
import { checkModel } from "./check-model.ts";
import { rowShape } from "./layer-shapes.ts";

export interface LayerCost {
  /** Name of the layer. */
  readonly layer: string;
  readonly className: string;
  /** Shape for one image. */
  readonly outputShape: readonly number[];
  /** Weights, trainable or not. */
  readonly params: number;
  /** Multiply-adds with a weight for one forward image. A training step takes about three times as many.
   * undefined for a layer with weights that does not state it (`Layer.multiplyAdds`).
   */
  readonly multiplyAdds: number | undefined;
  /** float32 bytes of the output for one image. */
  readonly outputBytes: number;
  /**
   * Number of weights if every position of the output had its own kernel and bias; undefined for layers that share no weights.
   */
  readonly locallyConnectedParams: number | undefined;
  /** Number of weights of a Dense layer between the same input and output; undefined for layers that share no weights. */
  readonly denseParams: number | undefined;
}

export interface Cost {
  readonly layers: readonly LayerCost[];
  readonly params: number;
  /** float32 bytes of all weights. */
  readonly paramBytes: number;
  /** Of the layers that state theirs. */
  readonly multiplyAdds: number;
  /** float32 bytes of the outputs of all layers, for one image. */
  readonly outputBytes: number;
}

const FLOAT_BYTES = 4;

/**
 * Counts parameters, multiply-adds and bytes, layer by layer.
 *
 * @param model a built model; the weights of a layer that is called several times count once, its work counts every time
 * @returns one entry per call of a layer, in execution order, and the totals
 * @throws StateError when the model is not built or has axes of unknown size
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { cost } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([new Conv2D({ filters: 64, kernelSize: 3, inputShape: [28, 28, 1] })]);
 * const [first] = cost(model).layers;
 * first?.multiplyAdds;           // 389376
 * first?.locallyConnectedParams; // 432640
 * first?.denseParams;            // 33962240
 * ```
 */
export function cost(model: AnyModel): Cost {
  checkModel("cost", model);
  const seen = new Set<string>();
  const layers = model.graph.calls
    .filter(({ node }) => node.inputs.length > 0)
    .map(({ layer, node: { inputs, outputs } }): LayerCost => {
      const [inputShape, outputShape] = [rowShape(layer.name, inputs[0]!), rowShape(layer.name, outputs[0]!)];
      const [inputSize, outputSize] = [sizeOf(inputShape), sizeOf(outputShape)];
      const params = layer.countParams();
      const shares = layer.sharesWeights;
      const places = sizeOf(outputShape.slice(0, -1));
      const counted = seen.has(layer.name) ? 0 : params;
      seen.add(layer.name);
      return {
        layer: layer.name,
        className: layer.className,
        outputShape,
        params: counted,
        multiplyAdds: layer.multiplyAdds(inputShape, outputShape),
        outputBytes: outputSize * FLOAT_BYTES,
        locallyConnectedParams: shares ? places * params : undefined,
        denseParams: shares ? inputSize * outputSize + outputSize : undefined,
      };
    });
  const sum = (count: (layer: LayerCost) => number) => layers.reduce((total, layer) => total + count(layer), 0);
  const params = sum((layer) => layer.params);
  return {
    layers,
    params,
    paramBytes: params * FLOAT_BYTES,
    multiplyAdds: sum((layer) => layer.multiplyAdds ?? 0),
    outputBytes: sum((layer) => layer.outputBytes),
  };
}

/**
 * `cost` as an aligned text table with a line of totals; ends with "\n".
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { costText } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * costText(new Sequential([new Dense({ units: 10, inputShape: [784] })]));
 * ```
 */
export function costText(model: AnyModel): string {
  const { layers, params, paramBytes, multiplyAdds, outputBytes } = cost(model);
  const rows = layers.map((layer) => [
    `${layer.layer} (${layer.className})`,
    layer.outputShape.join("x"),
    layer.params,
    layer.multiplyAdds,
    formatBytes(layer.outputBytes),
    layer.locallyConnectedParams,
    layer.denseParams,
  ]);
  const columns = [
    { heading: "layer" },
    { heading: "output" },
    { heading: "params" },
    { heading: "multiply-adds" },
    { heading: "output bytes" },
    { heading: "params, not shared" },
    { heading: "params, as Dense" },
  ] as const;
  const total = ["total", "", params, multiplyAdds, formatBytes(outputBytes), "", ""];
  const silent = layers.filter((layer) => layer.multiplyAdds === undefined);
  const names = silent.map(({ layer, className }) => `${layer} (${className})`).join(", ");
  return (
    `${plainTable(
      columns.map((column, i) => (i > 1 ? { ...column, align: "right" } : column)),
      [...rows, total],
    )}\n` +
    `Of one image, forward; a training step takes about three times the multiply-adds. ` +
    `${formatCount(params)} float32 parameters take ${formatBytes(paramBytes)}.\n` +
    (names === "" ? "" : `Multiply-adds not known, and not in the total: ${names}.\n`)
  );
}
