/** Layers and weights of the test cases on a device. Variables stay there, so each case gets names of its own. */
import type { Device } from "../../src/ir/device.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { Variable } from "../../src/nn/variable.ts";
import { runGraph } from "../devices/run-graph.ts";
import type { Value } from "./numbers.ts";
import { buildFor, traceLayer } from "./run-layer.ts";

type Numbers = ArrayLike<number>;

let cases = 0;

/** A name that no case before had. */
export function freshName(): string {
  return `case${cases++}`;
}

export interface LayerFeeds {
  readonly shapes: readonly (readonly number[])[];
  readonly training: boolean;
  readonly x: readonly Numbers[];
  readonly cotangent: Numbers;
  readonly weights: readonly Numbers[];
  /** Default: all. */
  readonly rows?: number;
}

/** One layer forward and back, as `traceLayer` writes it, and its weights after the step. */
export async function layerOnDevice(
  device: Device,
  layer: Layer,
  { shapes, training, x, cotangent, weights, rows }: LayerFeeds,
) {
  const prefix = `${freshName()}/`;
  buildFor(layer, shapes);
  const values = layer.weights.map(({ shape }, i) => [
    `${prefix}weight${i}`,
    { shape, value: Float32Array.from(weights[i]!) },
  ]);
  const { outputs, variables } = await runGraph(
    device,
    (builder) => void traceLayer(builder, layer, shapes, { training, withGradients: true, prefix }),
    {
      ...Object.fromEntries(x.map((values, i) => [`x${i}`, Float32Array.from(values)])),
      seed: Float32Array.from(cotangent),
      meanOver: Float32Array.of(rows ?? shapes[0]![0]!),
    },
    rows ?? shapes[0]![0]!,
    Object.fromEntries(values),
  );
  return { outputs, after: layer.weights.map((_, i) => variables[`${prefix}weight${i}`]!) };
}

/** Weights for an optimizer. */
export function freshVariables(values: readonly Value[], names: readonly string[] = []): Variable[] {
  const prefix = freshName();
  return values.map(({ shape, data }, i) => {
    const variable = new Variable({
      name: names[i] ?? `w${i}`,
      shape,
      trainable: true,
      value: Float32Array.from(data),
    });
    variable.path = `${prefix}/${variable.name}`;
    return variable;
  });
}
