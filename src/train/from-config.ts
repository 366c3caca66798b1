/** Models out of their configs, as `toJSON` and Keras write them (K: `saving/serialization_lib.py`, `models/functional.py`). */
import { toCamelCase, toCamelCaseKeys } from "../base/case.ts";
import { ArgumentError, FormatError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Nested } from "../base/structure.ts";
import { type ConfigurableClass, classNameOf, optionTableOf } from "../nn/configurable.ts";
import type { DTypePolicy } from "../nn/dtype-policy.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import * as layerBarrel from "../nn/layers/index.ts";
import { Layer } from "../nn/layers/layer.ts";
import type { OptionTable } from "../nn/option-kinds.ts";
import { isObjectConfig } from "../nn/options.ts";
import { isPlainFunction } from "../nn/plain-function.ts";
import { classesOf } from "../nn/registry.ts";
import type { KerasJson } from "./config.ts";
import { type AnyModel, Model } from "./model.ts";
import { NodeReader } from "./node-reader.ts";
import { isOperationConfig } from "./operation-forms.ts";
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
    const options = this.#options(className, config, optionTableOf(made));
    const layer = (made as unknown as { fromConfig(config: Json): Layer }).fromConfig(options);
    if (classNameOf(made) !== layer.className)
      throw new FormatError(`modelFromJSON: fromConfig of ${className} made a ${layer.className}.`);
    return layer;
  }

  /** The options of a layer, with functions and objects of the user's own in the place of their names. */
  #options(className: string, config: Json, table: OptionTable): Json {
    if (className === "Lambda" && !Object.hasOwn(this.#customObjects, "Lambda"))
      this.#checkLambda(toCamelCaseKeys(config) as Json);
    const where = `${className} "${config.name}"`;
    const entries = Object.entries(config).map(([given, json]) => {
      const key = toCamelCase(given);
      if (Object.hasOwn(table, key) && table[key]!.holdsLayers)
        return [key, this.#layersIn(json, `${given} of ${where}`)];
      const value = toCamelCaseKeys(json);
      return [key, key === "name" ? value : reviveObject(value, this.#customObjects)];
    });
    return Object.fromEntries(entries) as Json;
  }

  /** The layer, or the layers, that an option holds. */
  #layersIn(json: unknown, where: string): unknown {
    if (json === null) return null;
    return Array.isArray(json) ? json.map((each) => this.layer(each, where)) : this.layer(json, where);
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

  #sequential({ layers, name, build_input_shape: shape, trainable, dtype }: Json): Sequential {
    if (!Array.isArray(layers)) throw new FormatError("modelFromJSON: a Sequential config has no list of layers.");
    // What the file says of its policy is written again.
    const own = dtype === undefined ? {} : { dtype: toCamelCaseKeys(dtype) as DTypePolicy };
    const model = new Sequential([], { name: String(name), ...own });
    for (const [i, layer] of layers.entries()) model.add(this.layer(layer, `layer ${i} of "${name}"`));
    if (Array.isArray(shape) && !model.isFunctional) model.build(shape as (number | null)[]);
    if (trainable === false) model.trainable = false;
    return model;
  }

  #functional({ layers, name, input_layers: inputs, output_layers: outputs, trainable }: Json): AnyModel {
    if (!Array.isArray(layers)) throw new FormatError("modelFromJSON: a functional config has no list of layers.");
    const graph = new NodeReader(String(name));
    for (const [i, json] of layers.entries()) {
      if (isOperationConfig(json)) graph.addOperation(json);
      else graph.add(this.layer(json, `layer ${i} of "${name}"`), (json as Json).inbound_nodes);
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
