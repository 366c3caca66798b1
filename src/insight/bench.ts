/** Measures the speed of a model on this machine, and the time of each part of a step. */

import { ArgumentError, DeviceError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { sizeOf } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";
import { shareOf } from "../data/batch-source.ts";
import { CpuDevice } from "../devices/cpu/cpu-device.ts";
import { measurePeaks } from "../devices/cpu/peak.ts";
import { type CallTime, profileProgram } from "../devices/cpu/profile.ts";
import type { ProfiledDispatch } from "../devices/gpu/profile.ts";
import type { Peaks } from "../devices/peaks.ts";
import { readVariables } from "../devices/variables.ts";
import type { CompiledStep } from "../engine/compiled-step.ts";
import { checkDeviceName, type DeviceName } from "../engine/device-options.ts";
import { LazySession } from "../engine/lazy-session.ts";
import type { Session } from "../engine/session.ts";
import type { BatchShare, Device, Feeds } from "../ir/device.ts";
import { decideTogether, type Group } from "../ir/group.ts";
import type { Program } from "../ir/program.ts";
import { checkNumber } from "../nn/options.ts";
import type { ProcessDistribution } from "../nn/process-state.ts";
import { allSumOp, beginSumOp } from "../ops/all-sum.ts";
import { Breath, valuesOf } from "../train/batch-runner.ts";
import { type Feed, sliceFeed, specsOf } from "../train/data.ts";
import { judgeOf } from "../train/judge.ts";
import type { AnyModel } from "../train/model.ts";
import { feedName, stopName } from "../train/step.ts";
import { readyStep } from "../train/steps.ts";
import { checkModel } from "./check-model.ts";
import { copyRunner } from "./fresh-copy.ts";
import { syntheticBatch } from "./synthetic-data.ts";

export interface BenchmarkOptions {
  /** Rows of a step. Default 32. */
  readonly batchSize?: number;
  /** Seconds of each of the two measurements (whole steps, layers), after half as long for warm-up. Default 1. */
  readonly seconds?: number;
  /** "train": whole training steps, including metrics and optimizer; "predict": forward only. Default "train". */
  readonly mode?: "train" | "predict";
  /** Default: the model's, as set by `compile`. */
  readonly device?: DeviceName;
  /** Worker threads of the CPU device. Default: the model's, as set by `compile`. */
  readonly threads?: number;
}

/** One layer's time in a step, as `LayerProfile` measures it. */
export interface LayerTime {
  /** Name of the layer; "loss", "metrics", "optimizer", "exchange" or "other" for work that belongs to no layer. */
  readonly layer: string;
  /** undefined if the row is not a layer. */
  readonly className: string | undefined;
  /** Milliseconds per step. */
  readonly forwardMs: number;
  /** Milliseconds per step, for the gradients of inputs and weights. */
  readonly backwardMs: number;
  /** Fraction of the time of all rows, 0 to 1. */
  readonly share: number;
  /** GFLOP/s of the layer's operations; undefined if they do not state their number (fused elementwise ops). */
  readonly gflops: number | undefined;
  /** The same as a fraction of `peakGflops`, 0 to 1. */
  readonly peakShare: number | undefined;
  /** GB/s of the values that the layer's operations read and write, each once in an operation; undefined if it has none. */
  readonly gigabytesPerSecond: number | undefined;
  /** What bounds most of the layer's time: arithmetic at `peakGflops`, or memory at `peakGigabytesPerSecond`. */
  readonly bound: "arithmetic" | "memory" | undefined;
  /**
   * The time that the layer's operations would take at their bounds, as a fraction of the time that they take (roofline: Williams et
   * al. 2009). Values that stay in a cache are faster than memory, so it may exceed 1.
   */
  readonly boundShare: number | undefined;
}

/** Time of each part of a step: on one thread of the CPU device, or on the GPU with one operation at a time. */
export interface LayerProfile {
  readonly timedOn: "thread" | "gpu";
  /** Peak GFLOP/s of one thread, or of the GPU, for multiply-adds in registers. */
  readonly peakGflops: number;
  /** Peak GB/s of the same for a copy that no cache holds, reads plus writes. */
  readonly peakGigabytesPerSecond: number;
  /** Milliseconds of one such step. */
  readonly stepMs: number;
  /** The layers in order, then loss, metrics and optimizer. */
  readonly layers: readonly LayerTime[];
}

/** What the steps of several processes exchange. */
export interface ExchangeTime {
  readonly processes: number;
  /** Exchanges of a step. */
  readonly count: number;
  /** Bytes of a step's exchanges in all, as each process has them. */
  readonly bytes: number;
  /** Milliseconds of a step, in the mean, in which this process exchanged or waited for the others to do so. */
  readonly stepMs: number;
}

export interface Benchmark {
  readonly model: string;
  readonly mode: "train" | "predict";
  /** Rows of a step; of several processes in all. */
  readonly batchSize: number;
  readonly device: string;
  /** Threads, instruction set, adapter. */
  readonly deviceDescription: string;
  readonly imagesPerSecond: number;
  /** Mean over the measured steps, with all threads. */
  readonly stepMs: number;
  /** Number of measured steps. */
  readonly steps: number;
  /** undefined if this process computes the steps alone. */
  readonly exchange: ExchangeTime | undefined;
  /** undefined if single layers cannot be timed. */
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
 * Measures a model on this machine: real steps on synthetic data of its input shape, on its device and threads; then the same
 * step layer by layer, on one thread of the CPU device or by the GPU's own clock. The steps run on a copy: the model's weights,
 * optimizer and compiled steps do not change.
 *
 * Of a model that was compiled while a `DataParallel` was set, all processes must call it: they share each training step, and the
 * profile has a row for the exchanges.
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
export async function benchmark(model: AnyModel, options: BenchmarkOptions = {}): Promise<Benchmark> {
  checkModel("benchmark", model);
  const { batchSize = 32, seconds = 1, mode = "train" } = checkOptions(options);
  const { name, options: ownOptions } = model.runner.device;
  const threads = options.threads ?? ownOptions.threads;
  const group = mode === "train" ? model.runner.parts?.distribution?.group : undefined;
  const deviceName = checkDeviceName(options.device ?? name);
  const lazy = new LazySession(deviceName, threads === undefined ? {} : { threads }, group);
  const session = await lazy.get();
  const { device } = session;
  try {
    const prepared = await prepareStep(model, lazy, session, mode, batchSize);
    const whole = await timeSteps(prepared, group, seconds);
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
      exchange: group && {
        processes: group.size,
        count: whole.exchanges / whole.steps,
        bytes: exchangedBytes(prepared.step.program),
        stepMs: whole.exchangeMs / whole.steps,
      },
      ...(await profileLayers(model, device, prepared, seconds)),
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
  /** Rows of this process. */
  readonly rows: number;
  readonly share: BatchShare | undefined;
}

/** The step that `fit` or `predict` would run, over copies of the model's variables on a device of its own. */
async function prepareStep(
  model: AnyModel,
  lazy: LazySession,
  session: Session,
  mode: "train" | "predict",
  batchSize: number,
): Promise<PreparedStep> {
  const owned = model.runner.parts;
  const losses = mode === "train" && owned !== undefined ? judgeOf(owned.objective).losses : [];
  const { inputs, targets } = syntheticBatch("benchmark", model, batchSize, losses);
  const runner = copyRunner("benchmark", model, lazy, mode);
  const parts = [
    ...inputs.map((input, i): [string, Tensor] => [feedName("x", i), input]),
    ...targets.flatMap((target, i): [string, Tensor][] => (target === undefined ? [] : [[feedName("y", i), target]])),
  ];
  const all: Feed = Object.fromEntries(parts);
  const own = await shareOfBatch(all, batchSize, lazy.group, owned?.distribution);
  const spec = { mode, capacity: own.most, feeds: specsOf(own.feed) };
  const { about, compiled } = await readyStep(runner, session, spec);
  // The copies of the model's variables are this device's own: the model does not ask it for them.
  await session.sync(about.uses);
  return { step: compiled, feeds: { ...valuesOf(own.feed), ...own.alsoFed }, rows: own.rows, share: own.share };
}

/** What this process computes of a batch, and what its step is fed besides, as in `fit`. */
async function shareOfBatch(
  all: Feed,
  rows: number,
  group: Group | undefined,
  distribution: ProcessDistribution | undefined,
) {
  if (group === undefined) return { feed: all, rows, share: undefined, most: rows, alsoFed: {} };
  const { begin, end, share } = shareOf(rows, group);
  const feed = sliceFeed(all, begin, end);
  const { feedCounts } = await import("../train/shared-source.ts");
  const counts = distribution?.autoShardDataset === false ? feedCounts(group, { feeds: feed, rows: end - begin }) : {};
  const alsoFed = { [stopName]: new Float32Array(2), ...counts };
  return { feed, rows: end - begin, share, most: share.most, alsoFed };
}

/** Bytes of the exchanges of a step. */
function exchangedBytes({ phases }: Program): number {
  const calls = phases.flatMap((phase) => phase.calls).filter(({ op }) => op === allSumOp || op === beginSumOp);
  return calls.flatMap(({ outputs }) => outputs).reduce((sum, { spec }) => sum + 4 * sizeOf(spec.shape), 0);
}

/**
 * Runs steps as `fit` does, with the device's maximum of steps in flight: for half the time as warm-up, then for the measured
 * time.
 */
async function timeSteps(
  { step, feeds, rows, share }: PreparedStep,
  group: Group | undefined,
  seconds: number,
): Promise<TimedSteps> {
  const runUntil = async (isOver: (steps: number, seconds: number) => boolean): Promise<TimedSteps> => {
    const before = group?.exchanges;
    const pending: Promise<unknown>[] = [];
    const breath = new Breath();
    const begin = performance.now();
    let steps = 0;
    try {
      do {
        if (pending.length >= step.stepsInFlight) await pending.shift();
        await step.reserve();
        pending.push(step.start(feeds, rows, share));
        steps++;
        await breath.take();
      } while (!isOver(steps, (performance.now() - begin) / 1000));
      while (pending.length > 0) await pending.shift();
    } finally {
      await Promise.allSettled(pending);
    }
    const after = group?.exchanges;
    const exchanges = (after?.count ?? 0) - (before?.count ?? 0);
    const exchangeMs = (after?.milliseconds ?? 0) - (before?.milliseconds ?? 0);
    return { steps, seconds: (performance.now() - begin) / 1000, exchanges, exchangeMs };
  };
  if (group === undefined) {
    await runUntil((_, spent) => spent >= seconds / 2);
    return runUntil((_, spent) => spent >= seconds);
  }
  // Processes have clocks of their own, and must take as many steps. Doubled numbers of them are about half of the time.
  const agree = <T>(own: T) => decideTogether(group, "measure steps", own);
  const run = (count: number) => runUntil((steps) => steps >= count);
  let warm = await run(await agree(step.stepsInFlight));
  while (await agree(warm.seconds < seconds / 4)) warm = await run(2 * warm.steps);
  return run(await agree(Math.max(1, Math.round((seconds * warm.steps) / warm.seconds))));
}

interface TimedSteps {
  readonly steps: number;
  readonly seconds: number;
  readonly exchanges: number;
  readonly exchangeMs: number;
}

async function profileLayers(
  model: AnyModel,
  device: Device,
  { step: { program }, feeds, rows, share }: PreparedStep,
  seconds: number,
): Promise<Pick<Benchmark, "profile" | "unprofiled">> {
  const variables = await readVariables(device, program);
  if (device instanceof CpuDevice) {
    const options = { ...device.features, group: device.group, share };
    const { calls, stepSeconds } = await profileProgram(program, variables, feeds, rows, seconds, options);
    const peaks = await measurePeaks(device.features);
    return { profile: layerProfile("thread", model, calls, peaks, 1000 * stepSeconds), unprofiled: undefined };
  }
  if (device.name !== "gpu")
    return { profile: undefined, unprofiled: `device "${device.name}" has no clock for them.` };
  try {
    const { profileOnGpu } = await import("../devices/gpu/profile.ts");
    const { dispatches, peaks } = await profileOnGpu(program, variables, feeds, rows, seconds);
    const calls = dispatches.flatMap(callTimes);
    const stepMs = dispatches.reduce((sum, dispatch) => sum + 1000 * dispatch.seconds, 0);
    return { profile: layerProfile("gpu", model, calls, peaks, stepMs), unprofiled: undefined };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { profile: undefined, unprofiled: error.message };
  }
}

/** Calls that share a dispatch (the updates of all weights) share its time. */
function callTimes({ calls, seconds, flops, bytes }: ProfiledDispatch): CallTime[] {
  const share = (whole: number) => whole / calls.length;
  return calls.map((call) => ({ call, seconds: share(seconds), flops: share(flops), bytes: share(bytes) }));
}

function layerProfile(
  timedOn: LayerProfile["timedOn"],
  model: AnyModel,
  calls: readonly CallTime[],
  peaks: Peaks,
  stepMs: number,
): LayerProfile {
  // What is prepared once takes no time in a step.
  const timed = calls.filter(({ seconds }) => seconds > 0);
  const { gflops: peakGflops, gigabytes: peakGigabytesPerSecond } = peaks;
  return { timedOn, peakGflops, peakGigabytesPerSecond, stepMs, layers: sumByOwner(model, timed, peaks) };
}

/** The layer of the model itself that a call is for: what layers inside a model write counts for that model. */
function ownerOf({ origin }: CallTime["call"]): string {
  return origin?.owner.split("/")[0] ?? "other";
}

function sumByOwner(model: AnyModel, calls: readonly CallTime[], peaks: Peaks): LayerTime[] {
  const total = calls.reduce((sum, { seconds }) => sum + seconds, 0);
  const rowOf = (layer: string, className: string | undefined): LayerTime => {
    const own = calls.filter(({ call }) => ownerOf(call) === layer);
    const sum = (each: (time: CallTime) => number) => own.reduce((so, time) => so + each(time), 0);
    const seconds = sum((time) => time.seconds);
    const backward = sum((time) => (time.call.origin?.backward ? time.seconds : 0));
    const flops = sum((time) => time.flops);
    const gflops = flops > 0 && seconds > 0 ? flops / seconds / 1e9 : undefined;
    // Each call takes at least as long as the slower of the two.
    const bounds = own.map((time) => ({
      arithmetic: time.flops / peaks.gflops / 1e9,
      memory: time.bytes / peaks.gigabytes / 1e9,
    }));
    const boundBy = (kind: "arithmetic" | "memory") =>
      bounds.reduce((so, each) => so + (Math.max(each.arithmetic, each.memory) === each[kind] ? each[kind] : 0), 0);
    const bound = boundBy("arithmetic") >= boundBy("memory") ? "arithmetic" : "memory";
    const boundSeconds = bounds.reduce((so, each) => so + Math.max(each.arithmetic, each.memory), 0);
    return {
      layer,
      className,
      forwardMs: 1000 * (seconds - backward),
      backwardMs: 1000 * backward,
      share: seconds / total,
      gflops,
      peakShare: gflops === undefined ? undefined : gflops / peaks.gflops,
      gigabytesPerSecond: seconds > 0 ? sum((time) => time.bytes) / seconds / 1e9 : undefined,
      bound: seconds > 0 ? bound : undefined,
      boundShare: seconds > 0 ? boundSeconds / seconds : undefined,
    };
  };
  const layers = model.graph.calls.filter(({ node }) => node.inputs.length > 0).map(({ layer }) => layer);
  const owners = new Set(calls.map(({ call }) => ownerOf(call)));
  return [
    ...[...new Set(layers)].map(({ name, className }) => rowOf(name, className)),
    ...["loss", "metrics", "optimizer", "exchange", "other"]
      .filter((owner) => owners.has(owner))
      .map((owner) => rowOf(owner, undefined)),
  ];
}
