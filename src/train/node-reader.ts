/** The calls of a functional config: layers, and functions of "fovea/ops", applied to each other (K: `models/functional.py`). */
import { toCamelCase } from "../base/case.ts";
import { FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Nested } from "../base/structure.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { applyOperation, type OperationJson } from "./operation-forms.ts";

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Calls that are not made yet. */
interface Waiting {
  readonly name: string;
  readonly nodes: Json[];
  /** Makes one; undefined while it needs another call. */
  readonly call: (node: Json) => readonly KerasTensor[] | undefined;
}

function nodesOf(name: string, nodes: unknown): Json[] {
  const list: unknown[] = Array.isArray(nodes) ? nodes : [];
  if (list.every(isRecord)) return [...list] as Json[];
  throw new FormatError(
    `modelFromJSON: the calls of "${name}" are ${formatValue(nodes)}, expected { args, kwargs } each.`,
  );
}

/** Applies the layers of a functional config to each other. */
export class NodeReader {
  readonly #model: string;
  readonly #waiting: Waiting[] = [];
  /** Outputs of each layer's calls, in the config's numbering. */
  readonly #outputs = new Map<string, KerasTensor[][]>();

  constructor(model: string) {
    this.#model = model;
  }

  add(layer: Layer, nodes: unknown): void {
    const isInput = layer instanceof InputLayer;
    this.#outputs.set(layer.name, isInput ? [[layer.output]] : []);
    const call = (node: Json) => this.#callLayer(layer, node);
    if (!isInput) this.#waiting.push({ name: layer.name, nodes: nodesOf(layer.name, nodes), call });
  }

  /** Adds a function of "fovea/ops" that is applied between the layers. */
  addOperation(json: OperationJson): void {
    const { name } = json;
    this.#outputs.set(name, []);
    const call = ({ args, kwargs }: Json) => {
      const [given, named] = [this.#operands(args), this.#operands(kwargs)];
      if (given === undefined || named === undefined) return undefined;
      return applyOperation(json, Array.isArray(given) ? given : [given], isRecord(named) ? named : {});
    };
    this.#waiting.push({ name, nodes: nodesOf(name, json.inbound_nodes), call });
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
      for (const { name, nodes, call } of this.#waiting)
        for (let made = nodes[0] && call(nodes[0]); made !== undefined; made = nodes[0] && call(nodes[0])) {
          this.#outputs.get(name)!.push([...made]);
          nodes.shift();
        }
    }
  }

  #callLayer(layer: Layer, { args, kwargs }: Json): readonly KerasTensor[] | undefined {
    const { structure, named } = this.#callOf(layer, Array.isArray(args) ? args : [], isRecord(kwargs) ? kwargs : {});
    const inputs = this.#arguments(structure);
    const options = this.#operands(named);
    if (inputs === undefined || options === undefined) return undefined;
    layer.apply(inputs as KerasTensor, options as object);
    return layer.inboundNodes.at(-1)!.outputs;
  }

  /** What a layer is called with: its inputs in their structure, and the arguments that have a value by their names. */
  #callOf(layer: Layer, args: readonly unknown[], kwargs: Json): { readonly structure: unknown; readonly named: Json } {
    const { inputArguments, callArguments } = layer;
    // Without names for them, what is called with several arguments has as many inputs.
    const names = [
      ...(inputArguments.length > 0 ? inputArguments : ["inputs"]),
      ...(inputArguments.length > 0 || callArguments.length > 0 ? [...callArguments, "mask", "training"] : []),
    ];
    const byPlace: [string, unknown][] =
      names.length === 1
        ? args.length === 0
          ? []
          : [["inputs", args.length === 1 ? args[0] : args]]
        : args.map((value, i) => [names[i]!, value]);
    const byName = Object.entries(kwargs).map(([name, value]): [string, unknown] => [toCamelCase(name), value]);
    const given = new Map([...byPlace, ...byName].filter(([, value]) => value !== null));
    const structure =
      inputArguments.length > 0
        ? inputArguments.flatMap((name) => (given.has(name) ? [given.get(name)] : []))
        : (given.get("inputs") ?? given.get("sequences") ?? []);
    const named: Record<string, unknown> = {};
    for (const [name, value] of given) {
      if (inputArguments.includes(name) || name === "inputs" || name === "sequences") continue;
      if (![...callArguments, "mask", "training"].includes(name))
        throw new FormatError(
          `modelFromJSON: ${layer.title} in model "${this.#model}" is called with the argument ${name}, which it does not take.`,
        );
      named[name] = value;
    }
    return { structure, named };
  }

  /** The arguments of a function: symbolic tensors in their places, constants as they are; undefined while one is not made. */
  #operands(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (isRecord(value) && value.class_name === "__keras_tensor__" && isRecord(value.config))
      return this.#tensor(value.config.keras_history);
    const entries = Object.entries(value).map(([name, each]) => [name, this.#operands(each)] as const);
    if (entries.some(([, each]) => each === undefined)) return undefined;
    return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
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
    if (typeof name !== "string" || !this.#outputs.has(name))
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
