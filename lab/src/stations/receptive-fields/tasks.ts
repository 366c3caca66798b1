/** What the engine measures on the network: tuning curves, fields, and the proof that a field ends. */
import { Model, type Sequential, setSeed, type Tensor } from "fovea";
import { measuredField, orientationTuning } from "fovea/insight";
import { compileNetwork, imagesTensor, makeHandout } from "../../engine/networks.ts";
import type { WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import type { MapLayer } from "./network.ts";

/** Of the recorded run: the weights before training are a function of it. */
const SEED = 7;

let untrained: Sequential | undefined;

/** The shipped network before its training. */
function initialModel(): Sequential {
  if (untrained === undefined) {
    setSeed(SEED);
    untrained = compileNetwork(makeHandout(), { device: "cpu" });
  }
  return untrained;
}

export interface TuningInput {
  readonly layer: MapLayer;
  /** "initial": the shipped network before its training. */
  readonly at: WeightsAt | "initial";
}

export interface Tuning {
  /** Row and column of the unit that was measured in each map. */
  readonly place: readonly [number, number];
  /** In radians. */
  readonly orientations: readonly number[];
  /** [channels, orientations] */
  readonly responses: Float32Array;
  readonly selectivity: readonly number[];
  /** In radians; NaN for units that never respond. */
  readonly preferred: readonly number[];
}

/** The experiment of Hubel and Wiesel on all filters of a layer. */
export const tuning: Task<TuningInput, Tuning> = ({ layer, at }, { withModel, signal }) => {
  const measure = async (model: Sequential): Promise<Tuning> => {
    signal.throwIfAborted();
    const { place, orientations, responses, selectivity, preferred } = await orientationTuning(model, { layer });
    return { place, orientations, responses: Float32Array.from(responses.data), selectivity, preferred };
  };
  return at === "initial" ? measure(initialModel()) : withModel(at, measure);
};

export interface UnitInput {
  readonly at: WeightsAt;
  readonly layer: MapLayer;
  readonly y: number;
  readonly x: number;
  readonly channel: number;
  /** [n, 28, 28, 1] */
  readonly images: Float32Array;
}

/** How much the unit changes with each pixel, a mean over the images: [28, 28]. */
export const field: Task<UnitInput, Float32Array> = ({ at, layer, y, x, channel, images }, { withModel, signal }) =>
  withModel(at, async (model) => {
    signal.throwIfAborted();
    const measured = await measuredField(model, { layer, unit: [y, x, channel], images: imagesTensor(images) });
    return Float32Array.from(measured.data);
  });

/** The network's layers on the reference device, by layer. */
const plain = new Map<MapLayer, { predict(images: Tensor): Promise<Tensor> }>();

function plainModel(model: Sequential, layer: MapLayer) {
  let known = plain.get(layer);
  if (known === undefined) {
    const seer = new Model({
      inputs: model.inputs[0]!,
      outputs: model.getLayer(layer).output as Sequential["outputs"][number],
    });
    seer.compile({ device: "reference" });
    known = { predict: (images) => seer.predict(images, { verbose: 0 }) };
    plain.set(layer, known);
  }
  return known;
}

/** The unit's value for each image, by the reference device: products added one by one, without the CPU device's shared tiles. */
export const unitValues: Task<UnitInput, Float32Array> = (
  { at, layer, y, x, channel, images },
  { withModel, signal },
) =>
  withModel(at, async (model) => {
    signal.throwIfAborted();
    const maps = await plainModel(model, layer).predict(imagesTensor(images));
    const [count, height, width, channels] = maps.shape as [number, number, number, number];
    const values = Float32Array.from(
      { length: count },
      (_, image) => maps.data[((image * height + y) * width + x) * channels + channel]!,
    );
    return values;
  });
