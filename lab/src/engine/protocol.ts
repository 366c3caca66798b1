/** What the page and the engine's worker say to each other. Plain data, so that it may as well be recorded or sent elsewhere. */

/** Which weights answer: the shipped ones, or the visitor's run after so many steps. */
export type WeightsAt = "shipped" | number;

export type DeviceChoice = "auto" | "cpu" | "gpu";

export interface LayerInfo {
  readonly name: string;
  readonly className: string;
  /** Of one image, without the batch. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** The receptive field of its units on the image, [rows, columns]; undefined where units have no place. */
  readonly field?: {
    readonly size: readonly [number, number];
    readonly jump: readonly [number, number];
    readonly start: readonly [number, number];
  };
}

export interface EngineInfo {
  readonly layers: readonly LayerInfo[];
  readonly parameters: number;
}

export interface Answer {
  /** Milliseconds that the engine took, without the way to it and back. */
  readonly ms: number;
  /** The device that computed, in words. */
  readonly device: string;
}

/** Images [n, 28, 28, 1] in 0 … 1. */
export type Images = Float32Array;

export interface LayerMaps {
  readonly name: string;
  readonly className: string;
  /** [height, width, channels] of maps, [units] behind Flatten. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type DataName = "digits" | "mnist";

export const optimizerNames = ["adam", "sgd", "momentum", "rmsprop"] as const;
/** "momentum" is sgd with a momentum of 0.9. */
export type OptimizerName = (typeof optimizerNames)[number];

export const lossNames = ["categorical_crossentropy", "mean_squared_error"] as const;
export type LossName = (typeof lossNames)[number];

export interface RunOptions {
  /** What `model.toJSON()` gives, as text: a network from 28x28 grey pixels to ten outputs. Default: the handout's. */
  readonly network?: string;
  readonly optimizer: OptimizerName;
  readonly loss: LossName;
  /** Whether the run waits before its first step. */
  readonly startsPaused?: boolean;
  readonly data: DataName;
  /** Training images taken. */
  readonly images: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly device: DeviceChoice;
  readonly seed: number;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
}

export type RunState = "preparing" | "running" | "paused" | "finished" | "stopped" | "failed";

/** A training step, counted from 1, with the loss and accuracy of its own batch. */
export interface RunStep {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** What the step was taken with. */
  readonly learningRate: number;
  /** Length of the gradient by the weights of each layer that has some, in the order of the frame's `layers`. */
  readonly gradients: readonly number[];
}

/** Test images after so many steps. */
export interface RunTest {
  readonly step: number;
  /** At the end of an epoch: its number, from 1. */
  readonly epoch?: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** News of the run since the last frame; at most one frame for each that the page has painted. */
export interface RunFrame {
  readonly run: number;
  readonly state: RunState;
  /** Whether the other stations can show its weights: they know the handout's network. */
  readonly isHandout: boolean;
  /** Names of the layers with weights. */
  readonly layers: readonly string[];
  /** What is happening, in words: "drawing 4,000 digits". */
  readonly doing: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  readonly device: string;
  /** New steps only. After a device was lost some are taken again: what was told of them and of later ones is void. */
  readonly steps: readonly RunStep[];
  readonly tests: readonly RunTest[];
  /** All that are kept. */
  readonly checkpoints: readonly number[];
  /** Why it failed. */
  readonly message?: string;
  /** What went wrong on the way: the run goes on. */
  readonly mishap?: string;
}

/** One weight of a paused run, and what its next step would do to it. */
export interface WeightLook {
  /** The next step, from 1. */
  readonly step: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Of the next batch. */
  readonly loss: number;
  readonly value: number;
  /** The derivative of the loss by this weight, as the backward pass computes it. */
  readonly gradient: number;
  /** The same by (loss(w + h) - loss(w - h)) / 2h, from two forward passes. */
  readonly difference: number;
  readonly h: number;
  /** What the optimizer keeps for this weight, by name: momentum, velocity. */
  readonly slots: Readonly<Record<string, number>>;
}

/** Weights of a run, as a look can name them. */
export interface WeightName {
  readonly name: string;
  readonly shape: readonly number[];
}

/** An image of the run's test set and what is thought of it. */
export interface HardSample {
  readonly image: Images;
  readonly label: number;
  readonly loss: number;
  readonly probabilities: readonly number[];
}

/** The weights of a run after a step, examined on its test images. */
export interface Examination extends Answer {
  readonly images: number;
  readonly right: number;
  /** Those with the highest loss first. */
  readonly hardest: readonly HardSample[];
  readonly zeros: readonly LayerZeros[];
}

export interface LayerZeros {
  readonly layer: string;
  /** Maps, or entries of a row. */
  readonly units: number;
  /** Units that are 0 for all images, at every place. */
  readonly dead: number;
  /** Share of all values that are 0. */
  readonly zeros: number;
}

/** A run that this browser has kept. */
export interface SavedRun {
  readonly options: RunOptions;
  readonly step: number;
  readonly totalSteps: number;
}

interface Call<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

/** The calls of the page, by name. */
export interface Calls {
  /** Builds the network with the shipped weights, numbers of 16 bits. */
  readonly open: Call<
    { readonly weights: ArrayBuffer /** The address of the page. */; readonly page: string },
    EngineInfo
  >;
  readonly devices: Call<
    null,
    readonly { readonly name: string; readonly available: boolean; readonly description: string }[]
  >;
  readonly predict: Call<
    { readonly images: Images; readonly at: WeightsAt },
    Answer & { /** [n, 10] */ readonly probabilities: Float32Array }
  >;
  /** Outputs of every layer for one image. */
  readonly featureMaps: Call<
    { readonly image: Images; readonly at: WeightsAt },
    Answer & { readonly layers: readonly LayerMaps[] }
  >;
  /** Kernels and biases, in Keras's order. */
  readonly weights: Call<
    { readonly at: WeightsAt },
    {
      readonly weights: readonly {
        readonly layer: string;
        readonly shape: readonly number[];
        readonly data: Float32Array;
      }[];
    }
  >;
  readonly evaluate: Call<
    { readonly images: Images; readonly labels: Int32Array; readonly at: WeightsAt },
    Answer & { readonly loss: number; readonly accuracy: number }
  >;
  /** Starts a run; one that is under way is stopped first. Resolves when it has begun; the rest comes in frames. */
  readonly startRun: Call<RunOptions, { readonly run: number }>;
  readonly pauseRun: Call<null, null>;
  readonly resumeRun: Call<null, null>;
  /** One step of a paused run. */
  readonly stepRun: Call<null, null>;
  readonly stopRun: Call<null, null>;
  readonly setLearningRate: Call<{ readonly learningRate: number }, null>;
  /** Names of what `lookAtWeight` can look at; empty without a run. */
  readonly weightNames: Call<null, readonly WeightName[]>;
  /** A weight of the paused run: number of the weight, and the place in its flat array. */
  readonly lookAtWeight: Call<{ readonly weight: number; readonly place: number }, WeightLook>;
  readonly examineRun: Call<{ readonly at: number }, Examination>;
  /** The run that a page before this one left; null where there is none. Rejects where the browser keeps nothing. */
  readonly savedRun: Call<null, SavedRun | null>;
  /** Goes on with it: at once, or when it is told to. */
  readonly resumeSavedRun: Call<{ readonly startsPaused: boolean }, { readonly run: number }>;
  readonly forgetSavedRun: Call<null, null>;
  /** A station's own work: the function `task` of its tasks.ts. */
  readonly task: Call<{ readonly station: string; readonly task: string; readonly input: unknown }, unknown>;
}

export type CallName = keyof Calls;
export type InputOf<N extends CallName> = Calls[N]["input"];
export type OutputOf<N extends CallName> = Calls[N]["output"];

export type ToEngine =
  | { readonly type: "call"; readonly id: number; readonly name: CallName; readonly input: unknown }
  | { readonly type: "abort"; readonly id: number }
  /** The page has painted the last frame. */
  | { readonly type: "painted" };

export interface Failure {
  readonly name: string;
  readonly message: string;
}

export type FromEngine =
  | { readonly type: "done"; readonly id: number; readonly output: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: Failure }
  | { readonly type: "progress"; readonly id: number; readonly value: unknown }
  | { readonly type: "frame"; readonly frame: RunFrame }
  /** The engine holds this lock (Web Locks) as long as it lives: whoever gets it knows that the engine has ended. */
  | { readonly type: "alive"; readonly lock: string };

/** The buffers of typed arrays in an answer, which move instead of being copied. */
export function buffersIn(value: unknown, found: Set<ArrayBuffer> = new Set()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) buffersIn(each, found);
  }
  return [...found];
}
