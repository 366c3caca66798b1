/** Layers and weights of the test cases on a device. Variables stay there, so each case gets names of its own. */
import type { Device } from "../../src/ir/device.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { Variable } from "../../src/nn/variable.ts";
import { loadGraph } from "../devices/run-graph.ts";
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
}

/** One layer forward and back, as `traceLayer` writes it, and its weights after the step: a run for each number of rows. */
export async function layerOnDevice(
  device: Device,
  layer: Layer,
  { shapes, training, x, cotangent, weights }: LayerFeeds,
  rowCounts: readonly number[],
) {
  const prefix = `${freshName()}/`;
  buildFor(layer, shapes);
  const pathOf = (i: number) => `${prefix}weight${i}`;
  const loaded = await loadGraph(
    device,
    (builder) => void traceLayer(builder, layer, shapes, { training, withGradients: true, prefix }),
    Object.fromEntries(layer.weights.map(({ shape }, i) => [pathOf(i), { shape }])),
  );
  const values = Object.fromEntries(weights.map((value, i) => [pathOf(i), Float32Array.from(value)]));
  const feeds = {
    ...Object.fromEntries(x.map((values, i) => [`x${i}`, Float32Array.from(values)])),
    seed: Float32Array.from(cotangent),
  };
  const runs = [];
  for (const rows of rowCounts) {
    const { outputs, variables } = await loaded.run({ ...feeds, meanOver: Float32Array.of(rows) }, rows, values);
    runs.push({ rows, outputs, after: layer.weights.map((_, i) => variables[pathOf(i)]!) });
  }
  loaded.release();
  return runs;
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
