/** Sequence and attention layers of real Keras: arguments of calls, several inputs and outputs, stacks through which masks travel. */
import { toCamelCase, toCamelCaseKeys } from "../../src/base/case.ts";
import { flatten, type Nested } from "../../src/base/structure.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import type { GraphBuilder, Sym } from "../../src/ir/graph.ts";
import { isSym } from "../../src/nn/keras-tensor.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { Trace } from "../../src/nn/trace.ts";
import { add, mul } from "../../src/ops/elementwise.ts";
import { literal } from "../../src/ops/literal.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import goldenFile from "../golden/sequence-layers.json" with { type: "json" };
import { assertClose } from "../ir/closeness.ts";
import { layerClasses } from "./make-layer.ts";
import type { Value } from "./numbers.ts";

type Json = Readonly<Record<string, unknown>>;

export interface SequenceCase {
  readonly layer: string;
  readonly config: Json;
  readonly training: boolean;
  readonly inputs: readonly Value[];
  readonly callArgs?: Json;
  readonly weights: readonly { readonly name: string; readonly trainable: boolean; readonly value: Value }[];
  readonly output?: Value;
  readonly outputs?: readonly Value[];
  readonly cotangent?: Value;
  readonly cotangents?: readonly Value[];
  readonly losses?: readonly number[];
  /** Of layers that change their weights themselves. */
  readonly weightsAfter?: readonly Value[] | null;
  readonly inputGrads: readonly (Value | null)[] | null;
  readonly weightGrads: readonly (Value | null)[];
  readonly outputShape?: readonly (number | null)[] | null;
  readonly kerasConfig?: Json;
}

export const sequenceCases = (goldenFile.cases as unknown as readonly SequenceCase[]).map((golden) => ({
  golden,
  title: `${golden.layer} ${JSON.stringify(golden.config)} ${Object.keys(golden.callArgs ?? {}).join(" ")}`.trim(),
}));

const isObject = (value: unknown): value is { class_name: string; config: Json } =>
  typeof value === "object" && value !== null && "class_name" in value;

/** An option of a config: layers are made, everything else stays. */
function optionOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(optionOf);
  if (isObject(value) && layerClasses.has(value.class_name)) return makeFrom(value.class_name, value.config);
  return toCamelCaseKeys(value);
}

/** A layer out of Keras's config. */
export function makeFrom(name: string, config: Json): Layer {
  const options = Object.entries(config).map(([key, value]) => [toCamelCase(key), optionOf(value)]);
  return new (layerClasses.get(name)!)(Object.fromEntries(options) as never);
}

/** The layer of a case, or the layers of a stack. */
export function layersOf({ layer, config }: SequenceCase): readonly Layer[] {
  const list = layer === "Sequential" ? (config.layers as { class_name: string; config: Json }[]) : undefined;
  return list?.map((each) => makeFrom(each.class_name, each.config)) ?? [makeFrom(layer, config)];
}

const isValue = (value: unknown): value is Value => typeof value === "object" && value !== null && "data" in value;

/** All arrays that are fed: inputs, those of the call's arguments, cotangents. */
export function feedsOf({ inputs, callArgs = {}, cotangent, cotangents }: SequenceCase): Record<string, Float32Array> {
  const args: Value[] = [];
  const collect = (value: unknown): void => {
    if (isValue(value)) args.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
  };
  Object.values(callArgs).forEach(collect);
  const named = (prefix: string, values: readonly Value[]) =>
    values.map(({ data }, i) => [`${prefix}${i}`, Float32Array.from(data)]);
  return Object.fromEntries([
    ...named("x", inputs),
    ...named("a", args),
    ...named("c", cotangents ?? [cotangent!]),
  ]) as Record<string, Float32Array>;
}

/**
 * Writes a case: outputs "y0" …, "loss0" …, and the gradients "dx0" … and "dw0" …. Weights are named by `prefix` and their place.
 */
export function traceCase(
  builder: GraphBuilder,
  golden: SequenceCase,
  layers: readonly Layer[],
  prefix = "",
): readonly Sym[] {
  const { training, inputs, callArgs = {}, cotangent, cotangents } = golden;
  const fed = (name: string, { shape }: Value) => builder.input(name, { shape, dtype: "float32", batched: true });
  const x = inputs.map((value, i) => fed(`x${i}`, value));
  let args = 0;
  const argument = (value: unknown): unknown => {
    if (isValue(value)) return fed(`a${args++}`, value);
    return Array.isArray(value) ? value.map((each) => argument(each) ?? undefined) : value;
  };
  const options = Object.fromEntries(
    Object.entries(callArgs).map(([name, value]) => [toCamelCase(name), argument(value)]),
  );
  const weights = layers.flatMap((layer) => layer.weights);
  weights.forEach((variable, i) => {
    variable.path = `${prefix}weight${i}`;
  });
  const trace = new Trace({ builder, training, step: () => literal(builder, [0], []) });
  return trace.write(() => {
    const made = layers.reduce<Nested<Sym>>(
      (value, layer, i) => layer.call(value, i === 0 ? { training, ...options } : { training }),
      x.length === 1 ? x[0]! : x,
    );
    const outputs = flatten<Sym>(made, isSym);
    outputs.forEach((output, i) => void builder.output(`y${i}`, output));
    const trainable = layers.flatMap((layer) => layer.trainableWeights);
    const penalties = trainable.flatMap((weight) => weight.regularizer?.call(weight.read()) ?? []);
    const losses = [...trace.losses, ...penalties];
    losses.forEach((loss, i) => void builder.output(`loss${i}`, loss));
    trace.commit();
    const sums = outputs.map((output, i) => {
      const weighted = mul(output, fed(`c${i}`, (cotangents ?? [cotangent!])[i]!));
      return reduceSum(weighted, [...output.spec.shape.keys()]);
    });
    const wrt = [...x, ...trainable.map((variable) => trace.initial(variable))];
    gradients(
      [...sums, ...losses].reduce((sum, each) => add(sum, each)),
      wrt,
    ).forEach((gradient, i) => {
      if (gradient !== null) builder.output(i < x.length ? `dx${i}` : `dw${i - x.length}`, gradient);
    });
    return outputs;
  });
}

/** Builds the layers of a case, one for the shape that the one before gives. */
export function buildCase({ inputs }: SequenceCase, layers: readonly Layer[]): void {
  const shapes = inputs.map(({ shape }) => [null, ...shape.slice(1)]);
  let shape: Nested<readonly (number | null)[]> = shapes.length === 1 ? shapes[0]! : shapes;
  for (const layer of layers) {
    layer.build(shape);
    shape = layer.computeOutputShape(shape);
  }
}

/** Throws where a case's numbers are off; `read` has them by the names of `traceCase`, `after` the weight of a place after the step. */
export function checkNumbers(
  golden: SequenceCase,
  read: (name: string) => ArrayLike<number> | undefined,
  after: (place: number) => ArrayLike<number> | undefined,
  tolerance: number,
): void {
  const { output, outputs = [output!], losses = [], inputGrads, weightGrads, weights } = golden;
  const close = (name: string, data: ArrayLike<number>, what: string) => {
    // A value that nothing is multiplied by has no gradient at all here, and zeros in Keras.
    const found = read(name) ?? (name.startsWith("d") ? new Float64Array(data.length) : undefined);
    // Some gradients are 0 but for rounding: a key's bias does not change which scores are larger.
    assertClose(found, data, tolerance, what, name.startsWith("d") ? 1 : undefined);
  };
  outputs.forEach(({ data }, i) => {
    close(`y${i}`, data, `output ${i}`);
  });
  losses.forEach((loss, i) => {
    close(`loss${i}`, [loss], `loss ${i}`);
  });
  inputGrads?.forEach((gradient, i) => {
    if (gradient !== null) close(`dx${i}`, gradient.data, `gradient by input ${i}`);
  });
  golden.weightsAfter?.forEach(({ data }, i) => {
    assertClose(after(i), data, tolerance, `${weights[i]!.name} after the step`);
  });
  // Trainable weights alone have gradients; they come first in each layer.
  let next = 0;
  weights.forEach(({ name, trainable }, i) => {
    if (!trainable) return;
    const gradient = weightGrads[i];
    if (gradient != null) close(`dw${next}`, gradient.data, `gradient by the ${name}`);
    next++;
  });
}
