/** Models out of their configs, as `toJSON` and Keras write them (K: `saving/serialization_lib.py`, `models/functional.py`). */
import { toCamelCaseKeys } from "../base/case.ts";
import { ArgumentError, FormatError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Nested } from "../base/structure.ts";
import { type ConfigurableClass, classNameOf } from "../nn/configurable.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import * as layerBarrel from "../nn/layers/index.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import { Layer } from "../nn/layers/layer.ts";
import { isObjectConfig } from "../nn/options.ts";
import { isPlainFunction } from "../nn/plain-function.ts";
import { classesOf } from "../nn/registry.ts";
import type { KerasJson } from "./config.ts";
import { type AnyModel, Model } from "./model.ts";
import { Sequential } from "./sequential.ts";

/** Classes of one's own by the names that configs hold. */
export type CustomObjects = Readonly<Record<string, unknown>>;

export interface FromConfigOptions {
  /** Own classes that the config names. */
  readonly customObjects?: CustomObjects | undefined;
}

type Json = Readonly<Record<string, unknown>>;
type LayerMaker = (new (options: never) => Layer) & ConfigurableClass;

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A model of the same architecture as the config's, with new weights.
 *
 * @param json what `model.toJSON()` or Keras's `model.to_json()` gave, as an object or as text
 * @throws FormatError for what is no config of a model; ArgumentError for classes that are not known
 * @example
 * ```ts
 * import { modelFromJSON, Sequential } from "fovea";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
 * modelFromJSON(model.toJSON()).countParams(); // 8
 * ```
 */
export function modelFromJSON(json: KerasJson | string, options: FromConfigOptions = {}): AnyModel {
  const parsed: unknown = typeof json === "string" ? parseJson(json) : json;
  const made = new Reader(checkCustomObjects(options.customObjects ?? {})).layer(parsed, "the config");
  if (!(made instanceof Model))
    throw new FormatError(
      `modelFromJSON: the config is of a ${made.className}, expected a Sequential or functional model.`,
    );
  return made as unknown as AnyModel;
}

/** A model of the same architecture with new weights. Classes of one's own are found by the layers that the model has. */
export function cloneModel(model: AnyModel): AnyModel {
  if (!((model as unknown) instanceof Model))
    throw new ArgumentError(`cloneModel takes a model, got ${formatValue(model)}.`);
  const own = new Map<string, unknown>();
  const collect = (layer: Layer): void => {
    own.set(layer.className, layer.constructor);
    layer.sublayers.forEach(collect);
  };
  collect(model as unknown as Layer);
  return modelFromJSON(model.toJSON(), { customObjects: Object.fromEntries(own) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`modelFromJSON: the text is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function checkCustomObjects(customObjects: CustomObjects): CustomObjects {
  for (const [name, made] of Object.entries(customObjects))
    if (typeof made !== "function")
      throw new ArgumentError(`customObjects: "${name}" is ${formatValue(made)}, expected a class or a function.`);
  return customObjects;
}

/** The name of a function out of a config: Keras writes { class_name: "function", config: name }. */
function functionName(value: unknown): string | undefined {
  if (!isObjectConfig(value) || value.className !== "function") return undefined;
  const { config }: { config: unknown } = value;
  return typeof config === "string" ? config : isRecord(config) ? String(config.name) : undefined;
}

/**
 * What a value of a config stands for, keys in camelCase: a function or an object of a class of the user's own, by its name in
 * `customObjects`; everything else stays.
 */
export function reviveObject(value: unknown, customObjects: CustomObjects): unknown {
  const own = (name: string) => (Object.hasOwn(customObjects, name) ? customObjects[name] : undefined);
  const name = typeof value === "string" ? value : functionName(value);
  if (name !== undefined) {
    const found = own(name);
    return isPlainFunction(found) ? found : name;
  }
  if (!isObjectConfig(value)) return value;
  const made = own(value.className) as { fromConfig?(config: object): unknown } | undefined;
  return typeof made?.fromConfig === "function" ? made.fromConfig(value.config) : value;
}

/** Reads the layers of one config. */
class Reader {
  readonly #customObjects: CustomObjects;
  readonly #classes: ReadonlyMap<string, LayerMaker>;

  constructor(customObjects: CustomObjects) {
    this.#customObjects = customObjects;
    const known = classesOf<Layer>({ barrel: layerBarrel, base: Layer as never });
    const own = Object.entries(customObjects).filter(([, made]) => !isPlainFunction(made));
    this.#classes = new Map([...known, ...(own as [string, LayerMaker][])]);
  }

  layer(json: unknown, where: string): Layer {
    if (!isRecord(json) || typeof json.class_name !== "string" || !isRecord(json.config))
      throw new FormatError(`modelFromJSON: ${where} is ${formatValue(json)}, expected { class_name, config }.`);
    const { class_name: className, config } = json;
    if (className === "Sequential") return this.#sequential(config);
    if (className === "Functional" || className === "Model") return this.#functional(config) as unknown as Layer;
    const made = this.#classes.get(className);
    if (made === undefined) throw unknownName("layer class", className, this.#classes.keys());
    const options = this.#options(className, toCamelCaseKeys(config) as Json);
    const layer = (made as unknown as { fromConfig(config: Json): Layer }).fromConfig(options);
    if (classNameOf(made) !== layer.className)
      throw new FormatError(`modelFromJSON: fromConfig of ${className} made a ${layer.className}.`);
    return layer;
  }

  /** The options of a layer, with functions and objects of the user's own in the place of their names. */
  #options(className: string, config: Json): Json {
    if (className === "Lambda" && !Object.hasOwn(this.#customObjects, "Lambda")) this.#checkLambda(config);
    const entries = Object.entries(config).map(([key, value]) => [
      key,
      key === "name" ? value : reviveObject(value, this.#customObjects),
    ]);
    return Object.fromEntries(entries) as Json;
  }

  /** Keras stores the code of a function; code out of a file is not run. */
  #checkLambda({ name, function: stored }: Json): void {
    const title = `Lambda "${name}"`;
    const known = functionName(stored);
    if (known === undefined)
      throw new FormatError(
        `modelFromJSON: ${title} holds Python code, which is never run. Write it as a layer of your own and give it the name: { customObjects: { Lambda: YourLayer } }.`,
      );
    if (!isPlainFunction(reviveObject(stored, this.#customObjects)))
      throw new ArgumentError(
        `modelFromJSON: ${title} needs the function "${known}"; pass it: { customObjects: { ${known} } }.`,
      );
  }

  #sequential({ layers, name, build_input_shape: shape, trainable }: Json): Sequential {
    if (!Array.isArray(layers)) throw new FormatError("modelFromJSON: a Sequential config has no list of layers.");
    const model = new Sequential([], { name: String(name) });
    for (const [i, layer] of layers.entries()) model.add(this.layer(layer, `layer ${i} of "${name}"`));
    if (Array.isArray(shape) && !model.isFunctional) model.build(shape as (number | null)[]);
    if (trainable === false) model.trainable = false;
    return model;
  }

  #functional({ layers, name, input_layers: inputs, output_layers: outputs, trainable }: Json): AnyModel {
    if (!Array.isArray(layers)) throw new FormatError("modelFromJSON: a functional config has no list of layers.");
    const graph = new NodeReader(String(name));
    for (const [i, json] of layers.entries()) {
      const layer = this.layer(json, `layer ${i} of "${name}"`);
      graph.add(layer, (json as Json).inbound_nodes);
    }
    graph.connect();
    const model = new Model<Nested<KerasTensor> & never, Nested<KerasTensor> & never>({
      inputs: graph.place(inputs) as never,
      outputs: graph.place(outputs) as never,
      name: String(name),
    }) as unknown as AnyModel;
    if (trainable === false) model.trainable = false;
    return model;
  }
}

/** Applies the layers of a functional config to each other. */
class NodeReader {
  readonly #model: string;
  readonly #layers = new Map<string, Layer>();
  readonly #waiting: { layer: Layer; nodes: Json[] }[] = [];
  /** Outputs of each layer's calls, in the config's numbering. */
  readonly #outputs = new Map<string, KerasTensor[][]>();

  constructor(model: string) {
    this.#model = model;
  }

  add(layer: Layer, nodes: unknown): void {
    this.#layers.set(layer.name, layer);
    const isInput = layer instanceof InputLayer;
    this.#outputs.set(layer.name, isInput ? [[layer.output]] : []);
    if (!isInput) this.#waiting.push({ layer, nodes: Array.isArray(nodes) ? (nodes as Json[]) : [] });
  }

  /** Makes the calls, each as soon as the calls that it needs are made. */
  connect(): void {
    let before = Number.POSITIVE_INFINITY;
    const left = () => this.#waiting.reduce((sum, { nodes }) => sum + nodes.length, 0);
    for (let count = left(); count > 0; count = left()) {
      if (count === before)
        throw new FormatError(
          `modelFromJSON: calls of model "${this.#model}" need each other, or a layer that is missing.`,
        );
      before = count;
      for (const { layer, nodes } of this.#waiting)
        while (nodes.length > 0 && this.#call(layer, nodes[0]!)) nodes.shift();
    }
  }

  #call(layer: Layer, { args, kwargs }: Json): boolean {
    const list = Array.isArray(args) ? args : [];
    const structure = list.length === 1 ? list[0] : list;
    const inputs = this.#arguments(structure);
    if (inputs === undefined) return false;
    const training = isRecord(kwargs) && typeof kwargs.training === "boolean" ? { training: kwargs.training } : {};
    layer.apply(inputs as KerasTensor, training);
    this.#outputs.get(layer.name)!.push([...layer.inboundNodes.at(-1)!.outputs]);
    return true;
  }

  /** The symbolic tensors of a call's arguments; undefined while one of them is not made. */
  #arguments(value: unknown): Nested<KerasTensor> | undefined {
    if (Array.isArray(value)) {
      const list = value.map((each) => this.#arguments(each));
      return list.some((each) => each === undefined) ? undefined : (list as Nested<KerasTensor>[]);
    }
    if (!isRecord(value))
      throw new FormatError(`modelFromJSON: an argument of a call in model "${this.#model}" is ${formatValue(value)}.`);
    if (value.class_name === "__keras_tensor__" && isRecord(value.config))
      return this.#tensor(value.config.keras_history);
    const entries = Object.entries(value).map(([name, each]) => [name, this.#arguments(each)] as const);
    return entries.some(([, each]) => each === undefined)
      ? undefined
      : (Object.fromEntries(entries) as Nested<KerasTensor>);
  }

  #tensor(place: unknown): KerasTensor | undefined {
    const [name, node = 0, tensor = 0] = Array.isArray(place) ? (place as [unknown, number?, number?]) : [undefined];
    if (typeof name !== "string" || !this.#layers.has(name))
      throw new FormatError(
        `modelFromJSON: model "${this.#model}" reads the output of layer ${formatValue(name)}, which it has not.`,
      );
    return this.#outputs.get(name)![node]?.[tensor];
  }

  /** `input_layers` or `output_layers`: one place, a list or a record of them. */
  place(places: unknown): Nested<KerasTensor> {
    const isPlace = (value: unknown): value is [string, number, number] =>
      Array.isArray(value) && typeof value[0] === "string";
    const read = (value: unknown): Nested<KerasTensor> => {
      if (isPlace(value)) {
        const found = this.#tensor(value);
        if (found === undefined || !isKerasTensor(found))
          throw new FormatError(`modelFromJSON: model "${this.#model}" has no output ${formatValue(value)}.`);
        return found;
      }
      if (Array.isArray(value)) return value.map(read);
      if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
      throw new FormatError(`modelFromJSON: model "${this.#model}" names ${formatValue(value)} as an input or output.`);
    };
    // Keras writes one tensor as a list of one place.
    if (Array.isArray(places) && places.length === 1 && isPlace(places[0])) return read(places[0]);
    return read(places);
  }
}
