/** Layers of real Keras on a device; each check throws an Error where numbers differ, in Node as in a browser. */
import { toCamelCaseKeys } from "../../src/base/case.ts";
import type { Device } from "../../src/ir/device.ts";
import { assertClose } from "../ir/closeness.ts";
import { type GoldenLayer, goldenLayers } from "./golden-layers.ts";
import { makeLayer } from "./make-layer.ts";
import { layerOnDevice } from "./on-device.ts";

/** Largest error, relative to the largest value of the tensor. */
export const TOLERANCE = 1e-5;

async function checkLayer(device: Device, golden: GoldenLayer): Promise<void> {
  const layer = makeLayer(golden.layer, toCamelCaseKeys(golden.config) as object);
  const given = {
    shapes: golden.inputs.map(({ shape }) => shape),
    training: golden.training,
    x: golden.inputs.map(({ data }) => data),
    cotangent: golden.cotangent.data,
    weights: golden.weights.map(({ value }) => value.data),
  };
  const [run] = await layerOnDevice(device, layer, given, [given.shapes[0]![0]!]);
  const { after, outputs } = run!;
  assertClose(outputs.y, golden.output.data, TOLERANCE, "output");
  golden.inputGrads?.forEach((gradient, i) => {
    if (gradient !== null) assertClose(outputs[`dx${i}`], gradient.data, TOLERANCE, `gradient by input ${i}`);
  });
  golden.losses?.forEach((loss, i) => {
    assertClose(outputs[`loss${i}`], [loss], TOLERANCE, `loss ${i}`);
  });
  golden.weightGrads.forEach((gradient, i) => {
    if (gradient === null) return;
    assertClose(outputs[`dw${i}`], gradient.data, TOLERANCE, `gradient by the ${golden.weights[i]!.name}`);
  });
  golden.weightsAfter?.forEach(({ data }, i) => {
    assertClose(after[i], data, TOLERANCE, `${golden.weights[i]!.name} after the step`);
  });
}

export interface GoldenCheck {
  readonly title: string;
  run(device: Device): Promise<void>;
}

/** Every layer whose numbers the project carries. */
export const layerChecks: readonly GoldenCheck[] = goldenLayers.map(({ golden, title }) => ({
  title,
  run: (device) => checkLayer(device, golden),
}));
