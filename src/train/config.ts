/** A model's architecture in the form of Keras's `config.json` (K: `saving/serialization_lib.py`). */
import { toSnakeCaseKeys } from "../base/case.ts";
import { mapNested, type Nested } from "../base/structure.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import type { Layer, LayerNode } from "../nn/layers/layer.ts";
import type { AnyModel } from "./model.ts";

/** A Keras object in JSON: where its class lives, its name and its options, keys in snake_case. */
export interface KerasJson {
  readonly module: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: string | null;
  readonly build_config?: { readonly input_shape: BatchShape | readonly BatchShape[] };
}

export type ModelJson = KerasJson;

function describeLayer(layer: Layer): KerasJson {
  const shape = layer.buildShape as BatchShape | readonly BatchShape[] | undefined;
  const built = layer.storesBuildShape && shape !== undefined ? { build_config: { input_shape: shape } } : {};
  return {
    module: "keras.layers",
    class_name: layer.className,
    config: toSnakeCaseKeys(layer.getConfig()) as Record<string, unknown>,
    registered_name: null,
    ...built,
  };
}

/** A symbolic tensor as an argument in `inbound_nodes`. */
const describeTensor = ({ shape, dtype, layer, nodeIndex, tensorIndex }: KerasTensor) => ({
  class_name: "__keras_tensor__",
  config: { shape, dtype, keras_history: [layer.name, nodeIndex, tensorIndex] },
});

/** A layer is called with one argument: a tensor, a list or a record of them. */
function describeCall({ args, options }: LayerNode): object {
  const { training } = options;
  return {
    args: [mapNested<KerasTensor, unknown>(args, isKerasTensor, describeTensor)],
    kwargs: training === undefined ? {} : { training },
  };
}

const place = ({ layer, nodeIndex, tensorIndex }: KerasTensor) => [layer.name, nodeIndex, tensorIndex];

/** One tensor stands in a list, as Keras writes it. */
const placeAll = (structure: Nested<KerasTensor>): unknown =>
  isKerasTensor(structure) ? [place(structure)] : mapNested<KerasTensor, unknown>(structure, isKerasTensor, place);

const policy = {
  module: "keras",
  class_name: "DTypePolicy",
  config: { name: "float32" },
  registered_name: null,
};

export function describeModel(model: AnyModel): ModelJson {
  const { graph } = model;
  const common = { name: model.name, trainable: true };
  if (model.className === "Sequential") {
    const { shape } = graph.inputs[0]!;
    const layers = graph.layers.map(describeLayer);
    return {
      module: "keras",
      class_name: "Sequential",
      config: { ...common, dtype: policy, layers, build_input_shape: shape },
      registered_name: null,
      build_config: { input_shape: shape },
    };
  }
  const layers = graph.layers.map((layer) => ({
    ...describeLayer(layer),
    name: layer.name,
    inbound_nodes:
      layer instanceof InputLayer
        ? []
        : graph.calls.filter((call) => call.layer === layer).map(({ node }) => describeCall(node)),
  }));
  const input_layers = placeAll(graph.inputStructure);
  const output_layers = placeAll(graph.outputStructure);
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: { ...common, layers, input_layers, output_layers },
    registered_name: "Functional",
    build_config: { input_shape: mapNested(graph.inputStructure, isKerasTensor, ({ shape }) => shape) as BatchShape },
  };
}
