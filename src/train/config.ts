/** A model's architecture in the form of Keras's `config.json` (K: `saving/serialization_lib.py`). */
import { toSnakeCase, toSnakeCaseKeys } from "../base/case.ts";
import { ArgumentError } from "../base/errors.ts";
import { mapNested, type Nested } from "../base/structure.ts";
import { Tensor, tensor } from "../base/tensor.ts";
import { type ConfigurableClass, classNameOf } from "../nn/configurable.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import { Layer, type LayerNode } from "../nn/layers/layer.ts";
import { mapOptions } from "../nn/layers/layer-node.ts";
import type { Operation } from "../nn/operations/operation.ts";
import type { ObjectConfig } from "../nn/options.ts";
import type { LayerGraph } from "./layer-graph.ts";
import type { AnyModel } from "./model.ts";

/** A Keras object in JSON: where its class lives, its name and its options, keys in snake_case. */
export interface KerasJson {
  /** Null for a class of the user's own. */
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: string | null;
  readonly build_config?:
    | { readonly input_shape: BatchShape | readonly BatchShape[] }
    | { readonly shapes_dict: Readonly<Record<string, BatchShape>> };
}

export type ModelJson = KerasJson;

/** Keras's own classes state their names; one of the user's own has none there, and belongs to no module of Keras. */
function placeOfClass(made: unknown): Pick<KerasJson, "module" | "registered_name"> | undefined {
  const isOurs = Object.hasOwn(made as object, "className");
  return isOurs ? undefined : { module: null, registered_name: classNameOf(made as ConfigurableClass) };
}

const describeTensor = (value: Tensor) => ({
  class_name: "__tensor__",
  config: { value: value.toArray(), dtype: value.dtype },
});

const isModel = (layer: Layer): layer is Layer & AnyModel => "isFunctional" in layer;

/** A config with the layers that it holds as JSON: a wrapper's, a cell's. */
function describeConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const describe = (value: unknown): unknown => {
    if (value instanceof Layer) return describeLayer(value);
    return Array.isArray(value) ? value.map(describe) : toSnakeCaseKeys(value);
  };
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [toSnakeCase(name), describe(value)]));
}

/** The shapes that a layer was built for; by name where Keras's `build` has an argument for each input. */
function buildConfig({ buildShape, inputArguments }: Layer): NonNullable<KerasJson["build_config"]> {
  if (inputArguments.length === 0) return { input_shape: buildShape as BatchShape | readonly BatchShape[] };
  const named = (buildShape as readonly BatchShape[]).map((shape, i) => [`${inputArguments[i]}_shape`, shape] as const);
  return { shapes_dict: Object.fromEntries(named) };
}

/** A layer as Keras writes it, with the shape that it is built for. */
export function describeLayer(layer: Layer): KerasJson {
  if (isModel(layer)) return describeModel(layer);
  const built = layer.storesBuildShape && layer.buildShape !== undefined ? { build_config: buildConfig(layer) } : {};
  const { module } = layer.constructor as typeof Layer;
  return {
    module,
    class_name: layer.className,
    config: describeConfig(layer.getConfig()),
    // Keras names the class again where it is no public one.
    registered_name: module === Layer.module ? null : layer.className,
    ...placeOfClass(layer.constructor),
    ...built,
  };
}

/** The calls of a graph's layers. A layer may be part of other graphs too, so its calls are numbered within this one. */
class NodeWriter {
  readonly #calls = new Map<Layer, LayerNode[]>();

  /** @throws ArgumentError for an operation that has the name of a layer, which its places would be taken for */
  constructor({ calls, nodes }: LayerGraph) {
    for (const { layer, node } of [...calls].sort((a, b) => a.nodeIndex - b.nodeIndex))
      this.#calls.set(layer, [...(this.#calls.get(layer) ?? []), node]);
    const names = new Set<string>();
    for (const { name, title } of nodes) {
      if (names.has(name))
        throw new ArgumentError(
          `${title} is a function of "fovea/ops" between the layers, and another part of the model has its name; give that layer another \`name\`.`,
        );
      names.add(name);
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

  #describe(tensor: KerasTensor): object {
    const { shape, dtype } = tensor;
    return { class_name: "__keras_tensor__", config: { shape, dtype, keras_history: this.#place(tensor) } };
  }

  /** A layer or an operation, with its calls. */
  node(layer: Layer): object {
    if ("isOperation" in layer) return this.#operation(layer as unknown as Operation);
    const inbound_nodes = layer instanceof InputLayer ? [] : this.#layerCalls(layer);
    return { ...describeLayer(layer), name: layer.name, inbound_nodes };
  }

  #operation(operation: Operation): object {
    const { args, kwargs = {} } = operation.toCall();
    const { module, className, config } = operation.describe() as ObjectConfig & { readonly module: string };
    const describe = (value: unknown): unknown => {
      if (isKerasTensor(value)) return this.#describe(value);
      if (value instanceof Tensor || ArrayBuffer.isView(value)) return describeTensor(tensor(value as Tensor));
      return Array.isArray(value) ? value.map(describe) : value;
    };
    return {
      module,
      class_name: className,
      config: toSnakeCaseKeys(config),
      registered_name: className,
      name: operation.name,
      inbound_nodes: [{ args: args.map(describe), kwargs: toSnakeCaseKeys(kwargs) }],
    };
  }

  /** A layer is called with one argument, a tensor, a list or a record of them, or with an argument for each input. */
  #layerCalls(layer: Layer): object[] {
    const describe = (tensor: KerasTensor) => this.#describe(tensor);
    return this.#calls.get(layer)!.map(({ args, options }) => {
      const inputs = mapNested<KerasTensor, unknown>(args, isKerasTensor, describe);
      const stated = Object.entries(mapOptions(options, describe)).filter(([, value]) => value !== undefined);
      return {
        args: layer.inputArguments.length > 0 && Array.isArray(inputs) ? inputs : [inputs],
        kwargs: Object.fromEntries(stated.map(([name, value]) => [toSnakeCase(name), value])),
      };
    });
  }
}

/** @throws ArgumentError for what a config cannot hold: functions without a name, and some of "fovea/ops" between the layers */
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
  const layers = graph.nodes.map((layer) => writer.node(layer));
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
  const policy = toSnakeCaseKeys(model.getConfig().dtype);
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
    config: describeConfig(model.getConfig()),
    ...(buildShape === undefined ? {} : { build_config: { input_shape: buildShape as BatchShape } }),
  };
}
