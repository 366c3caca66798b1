/** Weights in a compact form, the error that it makes, and the way back. K: `models/model.py` (quantize), `quantizers/`. */
import { ArgumentError, StateError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { flatten, type Nested } from "../base/structure.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { bytesOfForm, type CompactForm, type CompactKind, Float16Form, Int8Form } from "../nn/compact-form.ts";
import { type ConfigurableClass, optionTableOf } from "../nn/configurable.ts";
import { Layer } from "../nn/layers/layer.ts";
import { checkFlag } from "../nn/options.ts";
import type { Variable } from "../nn/variable.ts";
import { type AnyModel, Model } from "./model.ts";

/** What weights can be kept as: whole numbers of 8 bits with a scale for each channel, or float16. */
export type QuantizationMode = CompactKind;

/** Which layers are quantized: a pattern of their names (a text is a regular expression, as in Keras), several, or a function. */
export type LayerFilters = string | RegExp | readonly (string | RegExp)[] | ((layer: Layer) => boolean);

/** Options of `model.quantize`. */
export interface QuantizeOptions {
  /** Default: all layers. */
  readonly filters?: LayerFilters | undefined;
  /**
   * Of "int8": whether Dense, EinsumDense and ReversibleEmbedding also round each row of their inputs to 255 levels, as
   * `keras_model.quantize("int8")` does. Default false: weights alone, Keras's `Int8QuantizationConfig(activation_quantizer=None)`.
   */
  readonly activations?: boolean | undefined;
  /** Inputs as `predict` takes them: predictions before and after are compared. */
  readonly data?: unknown;
  /** The classes of the rows of `data`, [n] or one-hot [n, classes]: accuracies before and after are compared. */
  readonly labels?: TensorLike | undefined;
}

/** A weight that is now in a compact form. */
export interface QuantizedWeight {
  /** "kernel", "embeddings", … */
  readonly name: string;
  readonly shape: readonly number[];
  /** Largest |w − ŵ|, divided by the largest |w|; 0 for a weight of zeros. */
  readonly largestError: number;
  /** Root mean square of w − ŵ, divided by that of w. */
  readonly meanError: number;
  /** Bytes that it takes now, scales included. */
  readonly bytes: number;
}

/** What `model.quantize` did. */
export interface QuantizationReport {
  readonly mode: QuantizationMode;
  readonly layers: readonly {
    readonly name: string;
    readonly className: string;
    readonly weights: readonly QuantizedWeight[];
  }[];
  /** Names of the layers with weights of two or more axes that stay as they were. */
  readonly left: readonly string[];
  /** Bytes of all weights of the model. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** With `data`: the gap between the predictions before and after. */
  readonly predictions?: {
    readonly rows: number;
    readonly largestGap: number;
    readonly meanGap: number;
    /** With `labels`. */
    readonly accuracy?: { readonly before: number; readonly after: number };
  };
}

const modes: readonly QuantizationMode[] = ["int8", "float16"];

/** A layer and the forms that its weights are to have. */
interface Plan {
  readonly layer: Layer;
  readonly forms: ReadonlyMap<Variable, CompactForm>;
}

export async function quantizeModel(
  model: AnyModel,
  mode: QuantizationMode,
  options: QuantizeOptions,
): Promise<QuantizationReport> {
  if (!modes.includes(mode)) throw unknownName("quantization mode", mode, modes);
  checkKeys("quantize", options, ["filters", "activations", "data", "labels"]);
  const { filters, activations = false, data, labels } = options;
  checkFlag("quantize", "activations", activations);
  if (activations && mode !== "int8")
    throw new ArgumentError(`quantize: activations are rounded with mode "int8"; the mode is "${mode}".`);
  if (labels !== undefined && data === undefined)
    throw new ArgumentError("quantize: labels are those of the rows of `data`, which is missing.");
  if (!model.built)
    throw new StateError(
      `quantize: model "${model.name}" is not built, so it has no weights yet; give its first layer an inputShape, or build it first.`,
    );
  model.runner.requireIdle();
  const before = data === undefined ? undefined : await predictions(model, data);
  const classes = labels === undefined ? undefined : classesOf(labels, before!);
  const size = bytesOfWeights(model);
  // All forms are made before the first is taken, so that nothing is changed where one cannot be.
  const { plans, left } = planForms(model, mode, chooser(filters));
  const layers = plans.map(({ layer, forms }) => ({
    name: layer.name,
    className: layer.className,
    weights: [...forms].map(([variable, form]) => describeWeight(variable, form)),
  }));
  model.runner.restart();
  for (const { layer, forms } of plans) {
    if (mode === "int8") layer.int8 = { activations };
    for (const [variable, form] of forms) variable.keepAs(form);
  }
  const report = { mode, layers, left, bytes: { before: size, after: bytesOfWeights(model) } };
  if (before === undefined) return report;
  const after = await predictions(model, data);
  const accuracy = classes && { before: accuracyOf(before, classes), after: accuracyOf(after, classes) };
  return { ...report, predictions: { ...gapsOf(before, after), ...(accuracy === undefined ? {} : { accuracy }) } };
}

/** Keeps the numbers that the compact forms stand for as float32 again. */
export function dequantizeModel(model: AnyModel): void {
  model.runner.restart();
  for (const layer of allLayers(model)) {
    layer.int8 = undefined;
    for (const variable of layer.ownWeights) if (variable.form !== undefined) variable.keepAs(undefined);
  }
}

/** The model's layers and those inside of them, each once. */
function allLayers(model: AnyModel): Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    layer.sublayers.forEach(visit);
  };
  visit(model as unknown as Layer);
  return [...found];
}

/**
 * The layers whose own configs stand in the model's: a file can say that they are int8. That of an attention layer, say, tells
 * nothing of the layers inside; Keras quantizes these, and then cannot open its file.
 */
function describedLayers(model: AnyModel): ReadonlySet<Layer> {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    const inside = layer instanceof Model ? (layer as unknown as AnyModel).layers : layersInOptions(layer);
    inside.forEach(visit);
  };
  visit(model as unknown as Layer);
  return found;
}

function layersInOptions(layer: Layer): Layer[] {
  const table = optionTableOf(layer.constructor as unknown as ConfigurableClass);
  const values = layer.options as Readonly<Record<string, unknown>>;
  return Object.entries(table).flatMap(([name, { holdsLayers }]) =>
    holdsLayers === true ? [values[name]].flat().filter((each): each is Layer => each instanceof Layer) : [],
  );
}

function chooser(filters: LayerFilters | undefined): (layer: Layer) => boolean {
  if (filters === undefined) return () => true;
  if (typeof filters === "function") return filters;
  const patterns = Array.isArray(filters) ? (filters as readonly (string | RegExp)[]) : [filters as string | RegExp];
  const isPattern = (each: unknown) => typeof each === "string" || each instanceof RegExp;
  if (!patterns.every(isPattern))
    throw new ArgumentError(
      `quantize: filters is ${formatValue(filters)}, expected a regular expression of layers' names, a list of them, or a function of a layer.`,
    );
  const expressions = patterns.map((pattern) => new RegExp(pattern));
  return ({ name }) => expressions.some((expression) => expression.test(name));
}

function planForms(
  model: AnyModel,
  mode: QuantizationMode,
  isChosen: (layer: Layer) => boolean,
): { readonly plans: readonly Plan[]; readonly left: readonly string[] } {
  const plans: Plan[] = [];
  const left: string[] = [];
  const seen = new Set<Variable>();
  const described = describedLayers(model);
  for (const layer of allLayers(model)) {
    const own = layer.ownWeights.filter((variable) => variable.shape.length > 1 && !seen.has(variable));
    for (const variable of own) seen.add(variable);
    if (own.length === 0) continue;
    const isPossible = mode !== "int8" || described.has(layer);
    const forms = isPossible && isChosen(layer) ? formsOf(layer, own, mode) : new Map<Variable, CompactForm>();
    if (forms.size > 0) plans.push({ layer, forms });
    else left.push(layer.name);
  }
  if (plans.length === 0)
    throw new ArgumentError(
      `quantize: no layer of model "${model.name}" that is chosen has weights that ${mode} keeps; give other \`filters\`.`,
    );
  return { plans, left };
}

function formsOf(layer: Layer, own: readonly Variable[], mode: QuantizationMode): Map<Variable, CompactForm> {
  const forms = new Map<Variable, CompactForm>();
  const scaled = mode === "int8" ? layer.int8Weights : undefined;
  for (const variable of own) {
    const axes = scaled?.get(variable);
    if (scaled !== undefined && axes === undefined) continue;
    if (variable.form !== undefined)
      throw new StateError(
        `quantize: ${layer.title} is already ${variable.form.kind}; call model.dequantize() first, or leave it out with \`filters\`.`,
      );
    const { value } = variable;
    forms.set(
      variable,
      axes === undefined ? Float16Form.encode(variable, value) : Int8Form.encode(variable, axes, value),
    );
  }
  return forms;
}

function describeWeight({ name, shape, value }: Variable, form: CompactForm): QuantizedWeight {
  const kept = form.decode();
  let [largest, largestGap, square, gapSquare] = [0, 0, 0, 0];
  value.forEach((number, i) => {
    const gap = Math.abs(number - kept[i]!);
    largest = Math.max(largest, Math.abs(number));
    largestGap = Math.max(largestGap, gap);
    square += number * number;
    gapSquare += gap * gap;
  });
  const relative = (error: number, of: number) => (of === 0 ? 0 : error / of);
  return {
    name,
    shape,
    largestError: relative(largestGap, largest),
    meanError: Math.sqrt(relative(gapSquare, square)),
    bytes: bytesOfForm(form),
  };
}

/** Bytes that a model's weights take: float32, or their compact forms. */
export function bytesOfWeights(model: AnyModel): number {
  return model.weights.reduce((sum, { form, size }) => sum + (form === undefined ? 4 * size : bytesOfForm(form)), 0);
}

async function predictions(model: AnyModel, data: unknown): Promise<Tensor[]> {
  const made: unknown = await model.predict(data as never, { verbose: 0 });
  return flatten<Tensor>(made as Nested<Tensor>, (each): each is Tensor => each instanceof Tensor);
}

function gapsOf(before: readonly Tensor[], after: readonly Tensor[]) {
  let [largestGap, sum, count] = [0, 0, 0];
  before.forEach(({ data }, output) => {
    data.forEach((value, i) => {
      const gap = Math.abs(value - after[output]!.data[i]!);
      largestGap = Math.max(largestGap, gap);
      sum += gap;
    });
    count += data.length;
  });
  return { rows: before[0]?.shape[0] ?? 0, largestGap, meanGap: count === 0 ? 0 : sum / count };
}

/** The class of each row. @throws ArgumentError for labels that are not of the rows, or for outputs that are no classes */
function classesOf(labels: TensorLike, [output, ...others]: readonly Tensor[]): Int32Array {
  const given = tensor(labels);
  if (output === undefined || others.length > 0 || output.shape.length !== 2)
    throw new ArgumentError("quantize: labels are for a model with one output [n, classes].");
  const [rows, classes] = output.shape as [number, number];
  const isOneHot = given.shape.length === 2 && given.shape[1] === classes && classes > 1;
  if (given.shape[0] !== rows || !(isOneHot || given.shape.length === 1))
    throw new ArgumentError(
      `quantize: labels have shape [${given.shape.join(", ")}], expected [${rows}] or [${rows}, ${classes}], one for each row of data.`,
    );
  return isOneHot ? Int32Array.from(given.argMax(-1).data) : Int32Array.from(given.data);
}

/** The share of rows whose largest output is that of their class; of a single output, whose side of ½ is. */
function accuracyOf([output]: readonly Tensor[], classes: Int32Array): number {
  const chosen =
    output!.shape[1] === 1 ? Array.from(output!.data, (value) => (value > 0.5 ? 1 : 0)) : output!.argMax(-1).data;
  return classes.filter((wanted, row) => chosen[row] === wanted).length / classes.length;
}
