/** A model's architecture in the form of Keras's `config.json` (K: `saving/serialization_lib.py`). */
import { toSnakeCaseKeys } from "../base/case.ts";
import { ArgumentError } from "../base/errors.ts";
import { mapNested, type Nested } from "../base/structure.ts";
import { type ConfigurableClass, classNameOf } from "../nn/configurable.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import type { Layer, LayerNode } from "../nn/layers/layer.ts";
import type { LayerGraph } from "./layer-graph.ts";
import type { AnyModel } from "./model.ts";

/** A Keras object in JSON: where its class lives, its name and its options, keys in snake_case. */
export interface KerasJson {
  /** Null for a class of the user's own. */
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: string | null;
  readonly build_config?: { readonly input_shape: BatchShape | readonly BatchShape[] };
}

export type ModelJson = KerasJson;

/** Keras's own classes state their names; one of the user's own has none there, and belongs to no module of Keras. */
function placeOfClass(made: unknown): Pick<KerasJson, "module" | "registered_name"> | undefined {
  const isOurs = Object.hasOwn(made as object, "className");
  return isOurs ? undefined : { module: null, registered_name: classNameOf(made as ConfigurableClass) };
}

const isModel = (layer: Layer): layer is Layer & AnyModel => "isFunctional" in layer;

function describeLayer(layer: Layer): KerasJson {
  if (isModel(layer)) return describeModel(layer);
  const shape = layer.buildShape as BatchShape | readonly BatchShape[] | undefined;
  const built = layer.storesBuildShape && shape !== undefined ? { build_config: { input_shape: shape } } : {};
  return {
    module: "keras.layers",
    class_name: layer.className,
    config: toSnakeCaseKeys(layer.getConfig()) as Record<string, unknown>,
    registered_name: null,
    ...placeOfClass(layer.constructor),
    ...built,
  };
}

/** The calls of a graph's layers. A layer may be part of other graphs too, so its calls are numbered within this one. */
class NodeWriter {
  readonly #calls = new Map<Layer, LayerNode[]>();

  /** @throws ArgumentError for functions of "fovea/ops" */
  constructor({ calls }: LayerGraph) {
    for (const { layer, node } of [...calls].sort((a, b) => a.nodeIndex - b.nodeIndex)) {
      if ("isOperation" in layer)
        throw new ArgumentError(
          `The model applies a function of "fovea/ops" (${layer.className} "${layer.name}") between its layers, which its config cannot hold. Put the function into a layer: const double = (x: Sym) => multiply(x, 2); new Lambda(double), or a class of your own.`,
        );
      this.#calls.set(layer, [...(this.#calls.get(layer) ?? []), node]);
    }
  }

  /** [layer, call, output] of a symbolic tensor. */
  #place({ layer, nodeIndex, tensorIndex }: KerasTensor): [string, number, number] {
    return [layer.name, Math.max(0, this.#calls.get(layer)?.indexOf(layer.inboundNodes[nodeIndex]!) ?? 0), tensorIndex];
  }

  /** One tensor is a list of one place, as Keras writes it. */
  places(structure: Nested<KerasTensor>): unknown {
    const places = mapNested<KerasTensor, unknown>(structure, isKerasTensor, (tensor) => this.#place(tensor));
    return isKerasTensor(structure) ? [places] : places;
  }

  /** A layer is called with one argument: a tensor, a list or a record of them. */
  calls(layer: Layer): object[] {
    const describe = (tensor: KerasTensor) => ({
      class_name: "__keras_tensor__",
      config: { shape: tensor.shape, dtype: tensor.dtype, keras_history: this.#place(tensor) },
    });
    return this.#calls.get(layer)!.map(({ args, options: { training } }) => ({
      args: [mapNested<KerasTensor, unknown>(args, isKerasTensor, describe)],
      kwargs: training === undefined ? {} : { training },
    }));
  }
}

const policy = {
  module: "keras",
  class_name: "DTypePolicy",
  config: { name: "float32" },
  registered_name: null,
};

/** @throws ArgumentError for what a config cannot hold: functions of "fovea/ops" between the layers, and functions without a name */
export function describeModel(model: AnyModel): ModelJson {
  const common = { name: model.name, trainable: model.trainable };
  if (model.className === "Sequential") return describeSequential(model, common);
  const { module, registered_name } = placeOfClass(model.constructor) ?? {
    module: "keras.src.models.functional",
    registered_name: "Functional",
  };
  if (!model.isFunctional && module === null) return describeOwnModel(model, { module, registered_name });
  const { graph } = model;
  const writer = new NodeWriter(graph);
  const layers = graph.layers.map((layer) => ({
    ...describeLayer(layer),
    name: layer.name,
    inbound_nodes: layer instanceof InputLayer ? [] : writer.calls(layer),
  }));
  const input_layers = writer.places(graph.inputStructure);
  const output_layers = writer.places(graph.outputStructure);
  return {
    module,
    class_name: model.className,
    config: { ...common, layers, input_layers, output_layers },
    registered_name,
    build_config: { input_shape: mapNested(graph.inputStructure, isKerasTensor, ({ shape }) => shape) as BatchShape },
  };
}

function describeSequential(
  model: AnyModel,
  common: { readonly name: string; readonly trainable: boolean },
): ModelJson {
  const { shape } = model.graph.inputs[0]!;
  const layers = model.graph.layers.map(describeLayer);
  return {
    module: "keras",
    class_name: "Sequential",
    config: { ...common, dtype: policy, layers, build_input_shape: shape },
    registered_name: null,
    build_config: { input_shape: shape },
  };
}

/** A class of the user's own with `call`: its config is what its constructor takes. */
function describeOwnModel(model: AnyModel, place: Pick<KerasJson, "module" | "registered_name">): ModelJson {
  const { buildShape } = model;
  return {
    ...place,
    class_name: model.className,
    config: toSnakeCaseKeys(model.getConfig()) as Record<string, unknown>,
    ...(buildShape === undefined ? {} : { build_config: { input_shape: buildShape as BatchShape } }),
  };
}
