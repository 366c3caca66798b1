/** How fast a model is on this machine, and where the time of a step goes. */
import { ArgumentError, DeviceError, StateError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";
import { CpuDevice } from "../devices/cpu/cpu-device.ts";
import { type CallTime, measurePeak, profileProgram } from "../devices/cpu/profile.ts";
import type { ProfiledDispatch } from "../devices/gpu/profile.ts";
import { readVariables } from "../devices/variables.ts";
import { checkDeviceName, type DeviceName, startDevice } from "../engine/choose-device.ts";
import { type CompiledStep, Session } from "../engine/session.ts";
import type { Device, Executable, Feeds } from "../ir/device.ts";
import type { Program } from "../ir/program.ts";
import { checkKeys, checkNumber } from "../nn/options.ts";
import { Breath, startStep } from "../train/batch-runner.ts";
import { rowSpec } from "../train/dataset-pair.ts";
import type { Model } from "../train/model.ts";
import { type StepSpec, stepKey, traceStep } from "../train/step.ts";
import { feedsOf, Trainer, weightsOf } from "../train/trainer.ts";
import { freshCopy } from "./fresh-copy.ts";
import { syntheticInputs, syntheticTargets } from "./synthetic-data.ts";

export interface BenchmarkOptions {
  /** Rows of a step. Default 32. */
  readonly batchSize?: number;
  /** How long each of the two measurements (whole steps, layers) takes, after half as long to warm up. Default 1. */
  readonly seconds?: number;
  /** "train": whole training steps, metrics and optimizer included; "predict": forward only. Default "train". */
  readonly mode?: "train" | "predict";
  /** Default: the model's own, as `compile` set it. */
  readonly device?: DeviceName;
  /** Worker threads of the CPU device. Default: the model's own, as `compile` set it. */
  readonly threads?: number;
}

/** The time that one layer takes of a step, as `LayerProfile` measures it. */
export interface LayerTime {
  /** Name of the layer; or "loss", "metrics", "optimizer", "other" for what no layer asks for. */
  readonly layer: string;
  /** undefined for what is no layer. */
  readonly className: string | undefined;
  /** Milliseconds per step. */
  readonly forwardMs: number;
  /** Milliseconds per step, for the gradients of inputs and weights. */
  readonly backwardMs: number;
  /** Of the time of all rows, 0 to 1. */
  readonly share: number;
  /** GFLOP/s that the layer's operations reach; undefined where they do not say how many they are (chains of elementwise ones). */
  readonly gflops: number | undefined;
  /** The same as a share of `peakGflops`, 0 to 1. */
  readonly peakShare: number | undefined;
}

/** Where the time of a step goes: on one thread of the CPU device, or on the GPU with one operation at a time. */
export interface LayerProfile {
  readonly timedOn: "thread" | "gpu";
  /** GFLOP/s that one thread, or the GPU, reached when it did nothing but multiply and add in registers. */
  readonly peakGflops: number;
  /** Milliseconds of one such step. */
  readonly stepMs: number;
  /** The layers in their order, then loss, metrics and optimizer. */
  readonly layers: readonly LayerTime[];
}

export interface Benchmark {
  readonly model: string;
  readonly mode: "train" | "predict";
  readonly batchSize: number;
  readonly device: string;
  /** Threads, instruction set, adapter. */
  readonly deviceDescription: string;
  readonly imagesPerSecond: number;
  /** Mean over the steps that were measured, with all threads. */
  readonly stepMs: number;
  /** Steps that were measured. */
  readonly steps: number;
  /** undefined where single layers cannot be timed. */
  readonly profile: LayerProfile | undefined;
  /** Why there is no profile. */
  readonly unprofiled: string | undefined;
}

const optionNames = [
  "batchSize",
  "seconds",
  "mode",
  "device",
  "threads",
] as const satisfies readonly (keyof BenchmarkOptions)[];
const modes: readonly string[] = ["train", "predict"] satisfies readonly BenchmarkOptions["mode"][];

/**
 * Measures a model on this machine: real steps on made-up data of its input shape, through its own device and threads; then the
 * same step layer by layer, on one thread of the CPU device or by the GPU's own clock. The steps run on a copy: the model's
 * weights, optimizer and compiled steps stay as they are.
 *
 * @param model a model whose input shape is known; to train, it must be compiled
 * @throws StateError when the model is not built, not compiled (to train), or has input axes of unknown size; ArgumentError for
 *   options, and for a loss that takes neither targets of the output's shape nor class numbers
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { benchmark, benchmarkText } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 10, activation: "softmax", inputShape: [784] })]);
 * model.compile({ optimizer: "adam", loss: "categorical_crossentropy" });
 * const result = await benchmark(model, { batchSize: 8, seconds: 0.01 });
 * result.imagesPerSecond > 0;    // true
 * result.profile?.layers.length; // 3: the layer, the loss and the optimizer
 * benchmarkText(result);
 * ```
 */
export async function benchmark(model: Model, options: BenchmarkOptions = {}): Promise<Benchmark> {
  const { batchSize = 32, seconds = 1, mode = "train" } = checkOptions(options);
  const { setup } = model;
  const threads = options.threads ?? setup.deviceOptions.threads;
  const device = await startDevice(
    checkDeviceName(options.device ?? setup.device),
    threads === undefined ? {} : { threads },
  );
  try {
    const { step, feeds } = await prepareStep(model, new Session(device), mode, batchSize);
    const whole = await timeSteps(step.executable, feeds, batchSize, seconds);
    const stepSeconds = whole.seconds / whole.steps;
    return {
      model: model.name,
      mode,
      batchSize,
      device: device.name,
      deviceDescription: device.description,
      imagesPerSecond: batchSize / stepSeconds,
      stepMs: 1000 * stepSeconds,
      steps: whole.steps,
      ...(await profileLayers(model, device, step.program, feeds, batchSize, seconds)),
    };
  } finally {
    device.dispose();
  }
}

function checkOptions(options: BenchmarkOptions): BenchmarkOptions {
  checkKeys("benchmark", options, optionNames);
  const { batchSize = 32, seconds = 1, mode = "train" } = options;
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  checkNumber("benchmark", "batchSize", batchSize, "a whole number of 1 or more", isCount);
  checkNumber("benchmark", "seconds", seconds, "a finite number above 0", (value) => value > 0);
  if (!modes.includes(mode))
    throw new ArgumentError(`benchmark: mode is ${JSON.stringify(mode)}, expected "train" or "predict".`);
  return options;
}

interface PreparedStep {
  readonly step: CompiledStep;
  readonly feeds: Feeds;
}

/** The step that `fit` or `predict` would run, over copies of the model's variables in a session of its own. */
async function prepareStep(
  model: Model,
  session: Session,
  mode: "train" | "predict",
  batchSize: number,
): Promise<PreparedStep> {
  const { graph } = model;
  const x = syntheticInputs(batchSize, knownShape(model), graph.inputs[0]!.dtype);
  const feedsFrom = (tensors: Readonly<Record<string, Tensor>>): Feeds =>
    Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  if (mode === "predict") {
    await session.sync(weightsOf(graph));
    const spec: StepSpec = { mode, batchSize, x: rowSpec(x), weighted: false };
    return { step: await session.step(stepKey(spec), traceStep(graph, spec)), feeds: feedsFrom({ x }) };
  }
  const { training } = model.setup;
  if (training === undefined)
    throw new StateError(
      `benchmark: model "${model.name}" is not compiled, so it has no training step. ` +
        'Call model.compile({ optimizer, loss }) first, or measure mode "predict".',
    );
  const data = { x, y: syntheticTargets(batchSize, graph.outputs[0]!.shape, training.loss), weights: undefined };
  const trainer = new Trainer({ ...training, graph, optimizer: freshCopy(training.optimizer) });
  return { step: await trainer.step(session, mode, batchSize, data), feeds: feedsFrom(feedsOf(data)) };
}

/** Shape of one row of the input. */
function knownShape({ name, graph }: Model): number[] {
  const { shape } = graph.inputs[0]!;
  return shape.slice(1).map((axis) => {
    if (axis === null)
      throw new StateError(
        `benchmark: the input of model "${name}" has shape ${formatShape(shape)}, with axes of unknown size; ` +
          "build a model of the same layers with a fixed inputShape to measure it.",
      );
    return axis;
  });
}

/** Runs steps as `fit` does, as many in flight as the device takes: for half the time to warm up, then for the time. */
async function timeSteps(
  executable: Executable,
  feeds: Feeds,
  rows: number,
  seconds: number,
): Promise<{ readonly steps: number; readonly seconds: number }> {
  const runFor = async (span: number) => {
    const pending: Promise<unknown>[] = [];
    const breath = new Breath();
    const begin = performance.now();
    let steps = 0;
    try {
      do {
        if (pending.length >= executable.stepsInFlight) await pending.shift();
        pending.push(startStep(executable, feeds, rows));
        steps++;
        await breath.take();
      } while (performance.now() - begin < 1000 * span);
      while (pending.length > 0) await pending.shift();
    } finally {
      await Promise.allSettled(pending);
    }
    return { steps, seconds: (performance.now() - begin) / 1000 };
  };
  await runFor(seconds / 2);
  return runFor(seconds);
}

async function profileLayers(
  model: Model,
  device: Device,
  program: Program,
  feeds: Feeds,
  rows: number,
  seconds: number,
): Promise<Pick<Benchmark, "profile" | "unprofiled">> {
  const variables = await readVariables(device, program);
  if (device instanceof CpuDevice) {
    const { calls, stepSeconds } = await profileProgram(program, variables, feeds, rows, seconds, device.features);
    const peakGflops = await measurePeak(device.features);
    const layers = sumByOwner(model, calls, peakGflops);
    return { profile: { timedOn: "thread", peakGflops, stepMs: 1000 * stepSeconds, layers }, unprofiled: undefined };
  }
  if (device.name !== "gpu")
    return { profile: undefined, unprofiled: `device "${device.name}" has no clock for them.` };
  try {
    const { profileOnGpu } = await import("../devices/gpu/profile.ts");
    const { dispatches, peaks } = await profileOnGpu(program, variables, feeds, rows, seconds);
    const calls = dispatches.flatMap(callTimes);
    const stepMs = dispatches.reduce((sum, dispatch) => sum + 1000 * dispatch.seconds, 0);
    const layers = sumByOwner(model, calls, peaks.gflops);
    return { profile: { timedOn: "gpu", peakGflops: peaks.gflops, stepMs, layers }, unprofiled: undefined };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { profile: undefined, unprofiled: error.message };
  }
}

/** Calls that share a dispatch (the updates of all weights) share its time. */
function callTimes({ calls, seconds, flops }: ProfiledDispatch): CallTime[] {
  return calls.map((call) => ({ call, seconds: seconds / calls.length, flops: flops / calls.length }));
}

function sumByOwner(model: Model, calls: readonly CallTime[], peakGflops: number): LayerTime[] {
  const total = calls.reduce((sum, { seconds }) => sum + seconds, 0);
  const rowOf = (layer: string, className: string | undefined): LayerTime => {
    const own = calls.filter(({ call }) => (call.origin?.owner ?? "other") === layer);
    const sum = (each: (time: CallTime) => number) => own.reduce((so, time) => so + each(time), 0);
    const seconds = sum((time) => time.seconds);
    const backward = sum((time) => (time.call.origin?.backward ? time.seconds : 0));
    const flops = sum((time) => time.flops);
    const gflops = flops > 0 && seconds > 0 ? flops / seconds / 1e9 : undefined;
    return {
      layer,
      className,
      forwardMs: 1000 * (seconds - backward),
      backwardMs: 1000 * backward,
      share: seconds / total,
      gflops,
      peakShare: gflops === undefined ? undefined : gflops / peakGflops,
    };
  };
  const layers = model.graph.calls.filter(({ inputs }) => inputs.length > 0).map(({ layer }) => layer);
  const owners = new Set(calls.map(({ call }) => call.origin?.owner ?? "other"));
  return [
    ...[...new Set(layers)].map(({ name, className }) => rowOf(name, className)),
    ...["loss", "metrics", "optimizer", "other"]
      .filter((owner) => owners.has(owner))
      .map((owner) => rowOf(owner, undefined)),
  ];
}
