/** Code that builds a model again, in TypeScript and in Keras's Python. */
import { toSnakeCase } from "../../base/case.ts";
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type ConfigurableClass, optionTableOf } from "../../nn/configurable.ts";
import { isKerasTensor, type KerasTensor } from "../../nn/keras-tensor.ts";
import * as layerBarrel from "../../nn/layers/index.ts";
import { InputLayer } from "../../nn/layers/input-layer.ts";
import { Layer } from "../../nn/layers/layer.ts";
import { isObjectConfig } from "../../nn/options.ts";
import { snakeCaseName } from "../../nn/process-state.ts";
import { classesOf } from "../../nn/registry.ts";
import { type AnyModel, Model } from "../../train/model.ts";
import { Sequential } from "../../train/sequential.ts";

/** How a language writes what models are made of. */
interface Language {
  /** The function that writes it, for messages. */
  readonly who: string;
  readonly none: string;
  readonly flags: readonly [no: string, yes: string];
  key(name: string): string;
  /** `new Dense({ units: 10 })`, `layers.Dense(units=10)`. */
  make(className: string, options: readonly (readonly [name: string, value: string])[]): string;
  /** The object of another kind that an option holds: an initializer, a regularizer. */
  object(module: string, className: string, options: readonly (readonly [name: string, value: string])[]): string;
  record(entries: readonly (readonly [name: string, value: string])[]): string;
}

/** Names of classes by the subpath that they are imported from. */
type Imports = Map<string, Set<string>>;

function typeScript(imports: Imports): Language {
  const note = (from: string, className: string) => {
    imports.set(from, (imports.get(from) ?? new Set()).add(className));
  };
  const record: Language["record"] = (entries) =>
    entries.length === 0 ? "{}" : `{ ${entries.map(([name, value]) => `${name}: ${value}`).join(", ")} }`;
  const call: Language["make"] = (className, options) =>
    `new ${className}(${options.length === 0 ? "" : record(options)})`;
  return {
    who: "writeTypeScript",
    none: "null",
    flags: ["false", "true"],
    key: (name) => name,
    record,
    make(className, options) {
      note("fovea/layers", className);
      return call(className, options);
    },
    object(module, className, options) {
      note(`fovea/${module.replace(/^keras\./, "")}`, className);
      return call(className, options);
    },
  };
}

const python: Language = {
  who: "writePython",
  none: "None",
  flags: ["False", "True"],
  key: toSnakeCase,
  record: (entries) => `{${entries.map(([name, value]) => `"${name}": ${value}`).join(", ")}}`,
  make: (className, options) => `layers.${className}(${options.map(([name, value]) => `${name}=${value}`).join(", ")})`,
  object: (module, className, options) =>
    `${module}.${className}(${options.map(([name, value]) => `${name}=${value}`).join(", ")})`,
};

/**
 * A program in TypeScript that builds a model of the same architecture. Options with their default are left out.
 *
 * @param model a Sequential or functional model of Keras's layers
 * @throws ArgumentError for a model of layers of one's own, or with operations between its layers
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { writeTypeScript } from "fovea/code";
 * import { Dense } from "fovea/layers";
 * writeTypeScript(new Sequential([new Dense({ units: 2, activation: "relu", inputShape: [3] })]));
 * // import { input, Sequential } from "fovea"; …
 * ```
 */
export function writeTypeScript(model: AnyModel): string {
  const imports: Imports = new Map();
  const language = typeScript(imports);
  const { layers, body } = describe("writeTypeScript", model, language);
  const lines = body.isChain
    ? [
        "const model = new Sequential();",
        ...body.inputs.map(({ shape }) => `model.add(input({ shape: ${shape} }));`),
        ...layers.map((layer) => `model.add(${layer.made});`),
      ]
    : [
        ...body.inputs.map(({ name, shape }) => `const ${name} = input({ shape: ${shape} });`),
        ...layers.map((layer) => `const ${layer.made};`),
        `const model = new Model({ inputs: ${list(body.inputs.map(({ name }) => name))}, outputs: ${list(body.outputs)} });`,
      ];
  const root = [...(body.inputs.length > 0 ? ["input"] : []), body.isChain ? "Sequential" : "Model"];
  const head = [
    `import { ${root.join(", ")} } from "fovea";`,
    ...[...imports].sort().map(([from, names]) => `import { ${[...names].sort().join(", ")} } from "${from}";`),
  ];
  return `${[...head, "", ...lines].join("\n")}\n`;
}

/**
 * A program in Python that builds a model of the same architecture with Keras 3. Options with their default are left out.
 *
 * @param model a Sequential or functional model of Keras's layers
 * @throws ArgumentError for a model of layers of one's own, or with operations between its layers
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { writePython } from "fovea/code";
 * import { Dense } from "fovea/layers";
 * writePython(new Sequential([new Dense({ units: 2, activation: "relu", inputShape: [3] })]));
 * // import keras … model.add(layers.Dense(units=2, activation="relu"))
 * ```
 */
export function writePython(model: AnyModel): string {
  const { layers, body } = describe("writePython", model, python);
  const lines = body.isChain
    ? [
        "model = keras.Sequential()",
        ...body.inputs.map(({ shape }) => `model.add(keras.Input(shape=${shape}))`),
        ...layers.map((layer) => `model.add(${layer.made})`),
      ]
    : [
        ...body.inputs.map(({ name, shape }) => `${name} = keras.Input(shape=${shape})`),
        ...layers.map((layer) => layer.made),
        `model = keras.Model(inputs=${list(body.inputs.map(({ name }) => name))}, outputs=${list(body.outputs)})`,
      ];
  return `${["import keras", "from keras import layers", "", ...lines].join("\n")}\n`;
}

const list = (names: readonly string[]) => (names.length === 1 ? names[0]! : `[${names.join(", ")}]`);

interface Body {
  readonly isChain: boolean;
  readonly inputs: readonly { readonly name: string; readonly shape: string }[];
  readonly outputs: readonly string[];
}

function describe(who: string, model: unknown, language: Language) {
  if (!(model instanceof Model)) throw new ArgumentError(`${who} takes a model, got ${formatValue(model)}.`);
  if (model instanceof Sequential) {
    const inputs = model.isFunctional
      ? model.inputs.map(({ shape }) => ({ name: "", shape: writeShape(shape, language) }))
      : [];
    const layers = model.layers
      .filter((layer) => !(layer instanceof InputLayer))
      .map((layer) => ({ made: writeLayer(who, layer, language) }));
    return { layers, body: { isChain: true, inputs, outputs: [] } satisfies Body };
  }
  const { graph } = model as unknown as AnyModel;
  const names = new Map<KerasTensor, string>();
  const fresh = (base: string) => {
    const taken = new Set(names.values());
    const stem = base.replace(/\W/g, "_").replace(/^(?=\d)/, "_");
    let name = stem;
    for (let i = 1; taken.has(name) || reserved.has(name); i++) name = `${stem}_${i}`;
    return name;
  };
  for (const input of graph.inputs) names.set(input, fresh(input.name));
  const seen = new Set<Layer>();
  const layers = graph.calls
    .filter(({ node }) => node.inputs.length > 0)
    .map(({ layer, node }) => {
      if ("isOperation" in layer)
        throw new ArgumentError(
          `${who}: model "${model.name}" has the operation "${layer.name}" between its layers, which is not written.`,
        );
      if (seen.has(layer) || node.outputs.length !== 1 || Object.keys(node.options).length > 0)
        throw new ArgumentError(
          `${who}: layer "${layer.name}" is shared, has several outputs or is called with options, which is not written.`,
        );
      seen.add(layer);
      const args = argument(who, layer, node.args, names);
      const made = writeLayer(who, layer, language);
      const name = fresh(layer.name);
      names.set(node.outputs[0]!, name);
      return { made: language === python ? `${name} = ${made}(${args})` : `${name} = ${made}.apply(${args})` };
    });
  const inputs = graph.inputs.map((input) => ({ name: names.get(input)!, shape: writeShape(input.shape, language) }));
  return {
    layers,
    body: { isChain: false, inputs, outputs: graph.outputs.map((output) => names.get(output)!) } satisfies Body,
  };
}

/** Names that a program of ours or Python itself has for something else. */
const reserved: ReadonlySet<string> = /* @__PURE__ */ new Set(
  "input model keras layers Model Sequential lambda class def return import from as in is not and or if else for while with".split(
    " ",
  ),
);

function argument(who: string, layer: Layer, args: unknown, names: ReadonlyMap<KerasTensor, string>): string {
  if (isKerasTensor(args)) return names.get(args)!;
  if (Array.isArray(args) && args.every(isKerasTensor)) return `[${args.map((each) => names.get(each)).join(", ")}]`;
  throw new ArgumentError(`${who}: layer "${layer.name}" is called with more than tensors, which is not written.`);
}

function writeShape(shape: readonly (number | null)[], language: Language): string {
  const axes = shape.slice(1).map((axis) => (axis === null ? language.none : String(axis)));
  if (language !== python) return `[${axes.join(", ")}]`;
  return `(${axes.join(", ")}${axes.length === 1 ? "," : ""})`;
}

function writeLayer(who: string, layer: Layer, language: Language): string {
  const made = layer.constructor as unknown as ConfigurableClass;
  const known = classesOf<Layer>({ barrel: layerBarrel, base: Layer as never });
  if ((known.get(layer.className) as unknown) !== made)
    throw new ArgumentError(
      `${who}: layer "${layer.name}" is of a class of your own, ${layer.className}, which is not written.`,
    );
  const auto = new RegExp(`^${snakeCaseName(layer.className)}(_\\d+)?$`);
  const options = writeOptions(layer.getConfig(), made, language, ["name", "dtype"]);
  const named = auto.test(layer.name) ? [] : [["name", JSON.stringify(layer.name)] as const];
  return language.make(layer.className, [...options, ...named]);
}

/** What differs from the defaults. */
function writeOptions(
  config: Readonly<Record<string, unknown>>,
  made: ConfigurableClass,
  language: Language,
  without: readonly string[],
): (readonly [string, string])[] {
  const table = optionTableOf(made);
  const isDefault = (name: string, value: unknown) => {
    const option = table[name];
    if (option === undefined || option.default === undefined) return false;
    return JSON.stringify(option.write(option.read(option.default, made.name, name))) === JSON.stringify(value);
  };
  return Object.entries(config)
    .filter(([name, value]) => !without.includes(name) && !isDefault(name, value))
    .map(([name, value]) => [language.key(name), writeValue(value, language)] as const);
}

function writeValue(value: unknown, language: Language): string {
  if (value === null || value === undefined) return language.none;
  if (typeof value === "boolean") return language.flags[value ? 1 : 0];
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((each) => writeValue(each, language));
    if (language === python && value.every((each) => typeof each === "number" || each === null))
      return `(${items.join(", ")}${items.length === 1 ? "," : ""})`;
    return `[${items.join(", ")}]`;
  }
  if (value instanceof Layer) return writeLayer(language.who, value, language);
  if (isObjectConfig(value)) {
    const entries = Object.entries(value.config as object).filter(([, each]) => each !== null);
    const options = entries.map(([name, each]) => [language.key(name), writeValue(each, language)] as const);
    return value.module === "keras.layers"
      ? language.make(
          value.className,
          options.filter(([name]) => !["trainable", "dtype", "name"].includes(name)),
        )
      : language.object(value.module, value.className, options);
  }
  return language.record(
    Object.entries(value as object).map(([name, each]) => [language.key(name), writeValue(each, language)] as const),
  );
}
