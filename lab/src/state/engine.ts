/** The engine as the page sees it: what it is, what its run does, and which weights are looked at. */
import { computed, signal } from "@preact/signals";
import { count } from "../base/numbers.ts";
import { EngineClient, type EngineError, type EngineWorker } from "../engine/client.ts";
import { engineAddress, NodeEngine } from "../engine/node-engine.ts";
import type { EngineInfo, RunFrame, RunOptions, RunStep, RunTest, SavedRun, WeightsAt } from "../engine/protocol.ts";
import { say } from "./live.ts";
import { moment } from "./selection.ts";

/** The network that is open; undefined until then. */
export const network = signal<EngineInfo | undefined>(undefined);
/** The device that answered last, as it describes itself. */
export const device = signal("");
/** The same in a few words: "CPU, 2 threads"; a GPU's description is short enough. */
export const deviceWords = computed(() => shortDevice(device.value));

export function shortDevice(description: string): string {
  if (!description.includes("WebAssembly")) return description;
  const threads = Number(/(\d+) worker thread/.exec(description)?.[1] ?? 1);
  return `CPU, ${count(threads, "thread")}${engineAddress() === undefined ? "" : " of Node"}`;
}

/** Notes which device has answered. The GPU is looked for after the first answer, which must not wait for it. */
export function takeDevice<T extends { readonly device: string }>(answer: T): T {
  if (device.peek() === "") void lookForGpu();
  device.value = answer.device;
  stopWaiting();
  return answer;
}

export interface GpuInfo {
  readonly isAvailable: boolean;
  /** "WebGPU", "WebGPU in software", "no WebGPU". */
  readonly words: string;
  /** What it is, or why there is none. */
  readonly description: string;
}
/** Undefined until it is known. */
export const gpu = signal<GpuInfo | undefined>(undefined);

async function lookForGpu(): Promise<void> {
  const found = (await engine.call("devices", null).catch(() => [])).find(({ name }) => name === "gpu");
  if (found === undefined) return;
  const { available: isAvailable, description } = found;
  const words = isAvailable
    ? /software|swiftshader|llvmpipe/i.test(description)
      ? "WebGPU in software"
      : "WebGPU"
    : "no WebGPU";
  gpu.value = { isAvailable, words, description };
}
/** Why the engine does not answer; undefined while it does. */
export const engineFailure = signal<string | undefined>(undefined);

/** Whether the page's first question is answered, or not to be waited for: until then nothing else takes the processor's time. */
export const isFirstAnswered = signal(false);
/** Nobody waits longer for it. */
const FIRST_ANSWER_MS = 5000;

/** The last frame of the visitor's run; undefined before the first one. */
export const run = signal<RunFrame | undefined>(undefined);
/** All steps of the run so far. The list grows in place; `run` tells when. */
export const runSteps: RunStep[] = [];
export const runTests: RunTest[] = [];
/** What the run was started with. */
export const runOptions = signal<RunOptions | undefined>(undefined);

/** A run that another one has followed. */
export interface PastRun {
  readonly run: number;
  readonly options: RunOptions;
  readonly steps: readonly RunStep[];
  readonly tests: readonly RunTest[];
}
/** The last ones, the newest last. */
export const pastRuns = signal<readonly PastRun[]>([]);
const PAST_RUNS = 4;

export const isTraining = computed(() => ["preparing", "running"].includes(run.value?.state ?? ""));

/**
 * The weights that are looked at, whatever their network is: the moment that is selected, or the shipped ones where the run does not
 * have it.
 */
export const anyWeightsAt = computed((): WeightsAt => {
  const checkpoints = run.value?.checkpoints ?? [];
  const wanted = moment.value;
  if (wanted === "shipped" || checkpoints.length === 0) return "shipped";
  if (wanted === "latest") return checkpoints.at(-1) ?? "shipped";
  // A step that was thinned out is shown by the kept one before it.
  return checkpoints.findLast((step) => step <= wanted) ?? "shipped";
});

/** The same for what knows the handout's network alone: the weights of another one are not for it. */
export const weightsAt = computed((): WeightsAt => (run.value?.isHandout === false ? "shipped" : anyWeightsAt.value));

export const engine = new EngineClient(startEngine, { onFrame: takeFrame, onCrash: takeCrash });

/** In a worker of this page, or in the process that serves it where that says so (`fovea lab --run`). */
function startEngine(): EngineWorker {
  const address = engineAddress();
  if (address !== undefined) return new NodeEngine(address);
  return new Worker(new URL("../engine/worker.ts", import.meta.url), { type: "module" });
}

/** Options of the run that the lists hold. */
let pastOptions: RunOptions | undefined;
/** Whether the engine was started again since the last frame: it counts its runs from 1. */
let isNewEngine = false;
/** Whether a run was under way when the engine stopped. */
let isInterrupted = false;
/** Whether the next frame is of the run that was under way. */
let isContinued = false;

function takeFrame(frame: RunFrame): void {
  const before = run.peek();
  if (before?.run !== frame.run || isNewEngine) {
    // A run that outlives its engine sends its steps again.
    if (before !== undefined && !isContinued && runSteps.length > 0 && pastOptions !== undefined) {
      const past = { run: before.run, options: pastOptions, steps: [...runSteps], tests: [...runTests] };
      pastRuns.value = [...pastRuns.peek(), past].slice(-PAST_RUNS);
    }
    pastOptions = runOptions.peek();
    runSteps.length = 0;
    runTests.length = 0;
    isNewEngine = false;
    isContinued = false;
  }
  for (const step of frame.steps) append(runSteps, step);
  for (const test of frame.tests) {
    append(runTests, test);
    if (test.epoch !== undefined)
      say(`After step ${test.step}: ${(100 * test.accuracy).toFixed(1)} per cent of the test digits are right.`);
  }
  run.value = frame;
  if (frame.mishap !== undefined && frame.mishap !== before?.mishap) say(frame.mishap);
  if (before?.state !== frame.state && frame.state !== "preparing") say(sayings[frame.state](frame));
}

/** Adds a step or a test; those that it is not after are void: they are taken again. */
function append<T extends { readonly step: number }>(list: T[], next: T): void {
  while (list.length > 0 && list.at(-1)!.step >= next.step) list.pop();
  list.push(next);
}

const sayings: Readonly<Record<RunFrame["state"], (frame: RunFrame) => string>> = {
  preparing: () => "",
  running: () => "Training has started.",
  paused: ({ step }) => `Paused after step ${step}.`,
  finished: ({ step }) => `Training has finished after ${step} steps.`,
  stopped: ({ step }) => `Training was stopped after step ${step}.`,
  failed: ({ message }) => `Training failed: ${message ?? ""}`,
};

function takeCrash(error: EngineError): void {
  engineFailure.value = error.message;
  network.value = undefined;
  isNewEngine = true;
  const last = run.peek();
  isInterrupted = last !== undefined && !["finished", "stopped", "failed"].includes(last.state);
  if (last !== undefined && isInterrupted)
    run.value = { ...last, state: "failed", doing: "failed", message: error.message, checkpoints: [] };
  say(error.message);
}

/** Opens the shipped network; again after the engine has stopped. */
export async function openEngine(): Promise<void> {
  engineFailure.value = undefined;
  setTimeout(stopWaiting, FIRST_ANSWER_MS);
  engine.start();
  try {
    network.value = await engine.call("open", { weights: await fetchWeights(), page: document.baseURI });
    if (isInterrupted) await continueRun();
  } catch (error) {
    engineFailure.value = error instanceof Error ? error.message : String(error);
    stopWaiting();
  }
}

function stopWaiting(): void {
  isFirstAnswered.value = true;
}

/** They come while the worker starts. */
async function fetchWeights(): Promise<ArrayBuffer> {
  const response = await fetch(new URL("../../assets/weights.f16", import.meta.url));
  if (!response.ok) throw new Error(`The weights could not be read: ${response.status} ${response.statusText}.`);
  return response.arrayBuffer();
}

/** Goes on with the run that was under way when the engine stopped, if the browser has kept it. */
async function continueRun(): Promise<void> {
  isInterrupted = false;
  const saved = await engine.call("savedRun", null).catch(() => null);
  if (saved === null) return;
  isContinued = true;
  await resumeSavedRun(saved, { startsPaused: false });
}

/** What a run starts with when nobody says otherwise: a minute of two cores. */
export const defaultRun: RunOptions = {
  optimizer: "adam",
  loss: "categorical_crossentropy",
  data: "digits",
  images: 4000,
  epochs: 2,
  batchSize: 32,
  learningRate: 0.001,
  device: "auto",
  seed: 7,
  checkpointEvery: 10,
};

/** A network that the visitor built, and its name in words; undefined: the handout's. */
export const builtNetwork = signal<{ readonly json: string; readonly name: string } | undefined>(undefined);

export type RunChoice = Partial<RunOptions>;

/** Starts a run; the page then follows it. */
export async function startRun(options: RunChoice = {}): Promise<void> {
  const chosen = { ...defaultRun, ...options };
  runOptions.value = chosen;
  await engine.call("startRun", chosen);
  moment.value = "latest";
}

/** Goes on with the run that a page before this one left. */
export async function resumeSavedRun({ options }: SavedRun, { startsPaused = true } = {}): Promise<void> {
  runOptions.value = options;
  await engine.call("resumeSavedRun", { startsPaused });
  moment.value = "latest";
}
