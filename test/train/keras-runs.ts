/** Training runs of real Keras on models of every structure, done again from Keras's own configs. */
import { readFileSync } from "node:fs";
import { type AnyModel, type DeviceName, modelFromJSON, type Tensor, tensor } from "fovea";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { resolveOptimizer } from "../../src/nn/optimizers/resolve.ts";
import type { KerasJson } from "../../src/train/config.ts";
import { assertClose } from "../ir/closeness.ts";

/** Numbers with a shape, as the golden files hold them. */
interface Value {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: "int32";
}

type Structure = Value | readonly Value[] | { readonly [name: string]: Value };

interface Data {
  readonly x: Structure;
  readonly y: Structure;
  readonly sampleWeight?: Structure;
  readonly validation?: Data;
}

interface KerasRun {
  readonly model: KerasJson;
  readonly optimizer: object;
  readonly excludeFromWeightDecay: readonly string[] | null;
  readonly compile: Readonly<Record<string, unknown>>;
  readonly fit: { readonly batch_size: number; readonly epochs: number };
  readonly data: Data;
  readonly weights: readonly { readonly path: string; readonly shape: readonly number[] }[];
  readonly optimizerVariables: readonly { readonly path: string; readonly shape: readonly number[] }[];
  readonly steps: readonly Readonly<Record<string, number>>[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly evaluate: Readonly<Record<string, number>>;
  readonly predictions: Structure;
  /** Little-endian float32 in base64: all weights before and after, and the optimizer's slots after. */
  readonly initial: string;
  readonly final: string;
  readonly optimizerFinal: string;
}

export const kerasRunNames = ["multi_io", "nested", "regular", "mobile", "unet", "text_cnn", "lstm_rows"] as const;
export type KerasRunName = (typeof kerasRunNames)[number];

export interface RunDevice {
  readonly device: DeviceName;
  readonly threads?: number;
  /** Of losses and metrics, relative. */
  readonly tolerance: number;
}

const isValue = (value: unknown): value is Value =>
  typeof value === "object" && value !== null && "shape" in value && "data" in value;

function tensorsOf(value: Structure): unknown {
  const made = ({ shape, data, dtype }: Value) =>
    tensor(dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data), shape);
  if (isValue(value)) return made(value);
  if (Array.isArray(value)) return value.map(tensorsOf);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tensorsOf(each)]));
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function cut(values: Float32Array, specs: readonly { readonly shape: readonly number[] }[]): Float32Array[] {
  let at = 0;
  return specs.map(({ shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    at += size;
    return values.slice(at - size, at);
  });
}

function prepare(run: KerasRun, { device, threads }: RunDevice): AnyModel {
  const model = modelFromJSON(run.model);
  const exclude = run.excludeFromWeightDecay;
  const config = toCamelCaseKeys(run.optimizer) as { readonly className: string; readonly config: object };
  const optimizer = resolveOptimizer({
    ...config,
    config: { ...config.config, ...(exclude === null ? {} : { excludeFromWeightDecay: exclude }) },
  } as never);
  const { loss, metrics, lossWeights, weightedMetrics } = toCamelCaseKeys(run.compile) as Record<string, never>;
  model.compile({
    optimizer,
    loss,
    metrics,
    lossWeights,
    weightedMetrics,
    device,
    ...(threads === undefined ? {} : { threads }),
  });
  const values = cut(floats(run.initial), run.weights);
  model.setWeights(values.map((value, i) => tensor(value, run.weights[i]!.shape)));
  return model;
}

/** Counting metrics move by whole samples; everything else by rounding. */
const isCount = (name: string) => /accuracy|top2|miou|wacc|precision|auc/.test(name);

/** The same weights, the same batches: every step's logs, the history, weights, slots, evaluation and predictions. */
export async function checkKerasRun(name: KerasRunName, where: RunDevice): Promise<void> {
  const path = new URL(`../golden/runs/${name}.json`, import.meta.url);
  const run = JSON.parse(readFileSync(path, "utf8")) as KerasRun;
  const { tolerance } = where;
  const model = prepare(run, where);
  const { x, y, sampleWeight, validation } = run.data;
  const [inputs, targets] = [tensorsOf(x), tensorsOf(y)] as [never, never];
  const steps: Record<string, number>[] = [];
  const { history } = await model.fit(inputs, targets, {
    epochs: run.fit.epochs,
    batchSize: run.fit.batch_size,
    shuffle: false,
    verbose: 0,
    callbacks: { onTrainBatchEnd: (_batch, logs) => steps.push({ ...logs }) },
    ...(sampleWeight === undefined ? {} : { sampleWeight: tensorsOf(sampleWeight) }),
    ...(validation === undefined ? {} : { validationData: [tensorsOf(validation.x), tensorsOf(validation.y)] }),
  });
  const close = (key: string, actual: number | undefined, expected: number, what: string) =>
    assertClose(
      [actual ?? Number.NaN],
      [expected],
      isCount(key) ? Math.max(1e-6, tolerance) : tolerance,
      `${key} ${what}`,
    );
  if (steps.length !== run.steps.length) throw new Error(`${steps.length} steps were made, not ${run.steps.length}`);
  run.steps.forEach((logs, i) => {
    if (Object.keys(logs).join() !== Object.keys(steps[i]!).join())
      throw new Error(`step ${i} logs ${Object.keys(steps[i]!)}, Keras ${Object.keys(logs)}`);
    for (const [key, value] of Object.entries(logs)) close(key, steps[i]![key], value, `of step ${i}`);
  });
  for (const [key, values] of Object.entries(run.history))
    values.forEach((value, epoch) => {
      close(key, history[key]?.[epoch], value, `of epoch ${epoch}`);
    });
  const expected = cut(floats(run.final), run.weights);
  model.weights.forEach((variable, i) => {
    if (variable.path !== run.weights[i]!.path)
      throw new Error(`weight ${i} is ${variable.path}, not ${run.weights[i]!.path}`);
    assertClose(variable.value, expected[i]!, 10 * tolerance, `${variable.path} after training`);
  });
  const slots = cut(floats(run.optimizerFinal), run.optimizerVariables);
  const own = model.optimizer!.variables.filter(({ name }) => name !== "iteration" && name !== "learning_rate");
  if (own.length !== slots.length) throw new Error(`${own.length} slots, not ${slots.length}`);
  own.forEach((slot, i) => {
    assertClose(slot.value, slots[i]!, 10 * tolerance, `slot ${slot.path} (${run.optimizerVariables[i]!.path})`);
  });
  const scores = await model.evaluate(inputs, targets, {
    batchSize: run.fit.batch_size,
    verbose: 0,
    ...(sampleWeight === undefined ? {} : { sampleWeight: tensorsOf(sampleWeight) }),
  });
  for (const [key, value] of Object.entries(run.evaluate)) close(key, scores[key], value, "of the evaluation");
  const predicted: unknown = await model.predict(inputs, { verbose: 0 });
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
  list(run.predictions).forEach((value, i) => {
    const { data } = value as Value;
    assertClose((list(predicted)[i] as Tensor).data.subarray(0, data.length), data, 10 * tolerance, `prediction ${i}`);
  });
}
