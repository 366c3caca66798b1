/** A training run that can be paused, stepped and steered: one step at a time, so that what it was told holds for the next step. */
import { DeviceError, type Sequential, setSeed, Tensor } from "fovea";
import { grouped } from "../base/numbers.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { gradientNormsIn, logGradientNorms, weightedLayers } from "./gradient-norms.ts";
import { makeNetwork } from "./make-network.ts";
import { Microscope, weightNamesOf } from "./microscope.ts";
import type {
  DeviceChoice,
  RunFrame,
  RunOptions,
  RunState,
  RunStep,
  RunTest,
  WeightLook,
  WeightName,
} from "./protocol.ts";
import { forgetRecord, type RunRecord, writeRecord } from "./saved-run.ts";
import { shuffledRows } from "./shuffle.ts";
import { loadTrainingData, type TrainingData } from "./training-data.ts";

/** Speed is a mean over this time. */
const SPEED_MS = 1000;
/** Messages get a turn at least this often, where the device computes on the worker's own thread. */
const TURN_MS = 8;
/** The browser keeps a copy of the run this often. */
const SAVE_MS = 5000;
/** Looks at the test images in an epoch. */
const TESTS = 5;

/** What a run needs of its surroundings. */
export interface RunPlace {
  /** Address of the page. */
  readonly page: string;
  readonly checkpoints: Checkpoints;
  /** A run that is gone on with. */
  readonly record?: RunRecord;
  send(frame: RunFrame): void;
}

/** A number of a weight's flat array. */
interface WeightPlace {
  readonly weight: number;
  readonly place: number;
}

interface Change {
  readonly state?: RunState;
  readonly doing?: string;
  readonly message?: string;
  readonly steps?: readonly RunStep[];
  readonly tests?: readonly RunTest[];
}

export class Run {
  readonly id: number;
  readonly options: RunOptions;
  readonly #place: RunPlace;
  readonly #abort = new AbortController();
  /** Changes when the one that was asked for is lost twice. */
  #device: DeviceChoice;
  /** The step that a lost device was gone back to last. */
  #lostAt: number | undefined;
  #mishap: string | undefined;
  /** What a lost device is gone back to. */
  #kept!: RunRecord;
  #state: RunState = "preparing";
  #doing = "";
  #step = 0;
  #total = 0;
  #learningRate: number;
  #speed = 0;
  #model: Sequential | undefined;
  #data: TrainingData | undefined;
  #microscope: Microscope | undefined;
  /** Resolves when no look is under way. */
  #looked: Promise<unknown> = Promise.resolve();
  #steps: RunStep[] = [];
  #tests: RunTest[] = [];
  /** Whether it waits once it is prepared. */
  #startsPaused: boolean;
  /** Steps that a paused run may still take. */
  #allowed = 0;
  #wake: (() => void) | undefined;
  /** Whether the browser keeps runs; unknown until it was tried. */
  #keeps = true;
  /** Settles when the run has ended, in whatever way. */
  readonly ended: Promise<void>;

  constructor(id: number, options: RunOptions, place: RunPlace) {
    this.id = id;
    this.options = options;
    this.#place = place;
    this.#device = options.device;
    this.#startsPaused = options.startsPaused ?? false;
    this.#learningRate = place.record?.learningRate ?? options.learningRate;
    this.ended = this.#run().catch(async (error: unknown) => {
      if (this.#abort.signal.aborted) this.#tell({ state: "stopped", doing: "stopped" });
      else
        this.#tell({
          state: "failed",
          doing: "failed",
          message: error instanceof Error ? error.message : String(error),
        });
      await this.#forget();
    });
  }

  pause(): void {
    if (this.#state === "preparing") this.#startsPaused = true;
    if (this.#state === "running") this.#tell({ state: "paused", doing: "pausing" });
  }

  resume(): void {
    if (this.#state === "preparing") this.#startsPaused = false;
    if (this.#state !== "paused") return;
    this.#tell({ state: "running", doing: "training" });
    this.#wake?.();
  }

  /** Takes exactly one step and pauses again. */
  stepOnce(): void {
    this.pause();
    if (this.#state !== "paused" && this.#state !== "preparing") return;
    this.#allowed++;
    this.#wake?.();
  }

  stop(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  setLearningRate(rate: number): void {
    this.#learningRate = rate;
    if (this.#model !== undefined) this.#model.optimizer!.learningRate = rate;
    this.#tell({});
  }

  /** Undefined until it is loaded. */
  get data(): TrainingData | undefined {
    return this.#data;
  }

  get weightNames(): readonly WeightName[] {
    return this.#model === undefined ? [] : weightNamesOf(this.#model);
  }

  /** Looks at what the next step would do to a weight, one look after the other. The run must be paused. */
  look(at: WeightPlace): Promise<WeightLook> {
    const looked = this.#looked.then(() => this.#look(at));
    this.#looked = looked.catch(() => undefined);
    return looked;
  }

  async #look(at: WeightPlace): Promise<WeightLook> {
    if (this.#state !== "paused" || this.#model === undefined || this.#step >= this.#total)
      throw new Error("Pause the run before its last step: only then its weights stand still.");
    this.#microscope ??= new Microscope(this.options);
    return this.#microscope.look(this.#model, this.#batch(this.#step), { ...at, step: this.#step + 1 });
  }

  #tell(change: Change): void {
    this.#state = change.state ?? this.#state;
    this.#doing = change.doing ?? this.#doing;
    this.#place.send({
      run: this.id,
      state: this.#state,
      isHandout: this.options.network === undefined,
      layers: this.#model === undefined ? [] : weightedLayers(this.#model).map(({ name }) => name),
      doing: this.#doing,
      step: this.#step,
      totalSteps: this.#total,
      learningRate: this.#learningRate,
      imagesPerSecond: this.#speed,
      device: this.#model?.compiledSteps()?.device.description ?? "",
      steps: change.steps ?? [],
      tests: change.tests ?? [],
      checkpoints: this.#place.checkpoints.steps,
      ...(change.message === undefined ? {} : { message: change.message }),
      ...(this.#mishap === undefined ? {} : { mishap: this.#mishap }),
    });
  }

  async #run(): Promise<void> {
    const { data: name, images, epochs, batchSize, seed } = this.options;
    const { page, checkpoints, record } = this.#place;
    const count = grouped(images);
    this.#tell({ doing: name === "digits" ? `drawing ${count} digits` : `reading ${count} digits of MNIST` });
    await turn();
    this.#data = await loadTrainingData({ data: name, images, page }, this.#abort.signal, (doing) =>
      this.#tell({ doing }),
    );
    setSeed(seed);
    const model = this.#makeModel();
    this.#model = model;
    this.#total = epochs * Math.ceil(this.#data.images.shape[0]! / batchSize);
    if (record !== undefined) this.#restore(model, record);
    checkpoints.keep(this.#step, model.getWeights());
    this.#tell({ doing: "compiling for the device", steps: [...this.#steps], tests: [...this.#tests] });
    await turn();
    this.#abort.signal.throwIfAborted();
    if (this.#startsPaused) this.#tell({ state: "paused", doing: "pausing" });
    else this.#tell({ state: "running", doing: "training" });
    await this.#train(this.#data);
    this.#tell({ state: "finished", doing: `finished ${this.#total} steps` });
    await this.#forget();
  }

  #makeModel(): Sequential {
    const { network, optimizer, loss } = this.options;
    const model = makeNetwork({
      ...(network === undefined ? {} : { network }),
      ...{ optimizer, loss, device: this.#device, learningRate: this.#learningRate },
    });
    logGradientNorms(model);
    return model;
  }

  #restore(model: Sequential, record: RunRecord): void {
    const weights = model.getWeights();
    model.setWeights(weights.map(({ shape }, index) => new Tensor(record.weights[index]!, shape)));
    model.optimizer!.build(model.trainableWeights);
    model.optimizer!.variables.forEach((variable, index) => {
      // Before the first step there are none yet.
      if (record.optimizer[index] !== undefined) variable.value = record.optimizer[index];
    });
    this.#step = record.step;
    this.#steps = [...record.steps];
    this.#tests = [...record.tests];
  }

  #stepsPerEpoch(): number {
    return Math.ceil(this.#data!.images.shape[0]! / this.options.batchSize);
  }

  #order: { epoch: number; rows: Int32Array } | undefined;

  /** The batch of the step after so many: a function of the seed alone. */
  #batch(step: number): { readonly images: Tensor; readonly targets: Tensor } {
    const { seed, batchSize } = this.options;
    const epoch = Math.floor(step / this.#stepsPerEpoch());
    if (this.#order?.epoch !== epoch)
      this.#order = { epoch, rows: shuffledRows(this.#data!.images.shape[0]!, seed, epoch) };
    const from = (step % this.#stepsPerEpoch()) * batchSize;
    const rows = this.#order.rows.subarray(from, from + batchSize);
    return { images: gather(this.#data!.images, rows), targets: gather(this.#data!.targets, rows) };
  }

  async #train(data: TrainingData) {
    const { checkpointEvery } = this.options;
    const perEpoch = this.#stepsPerEpoch();
    const testEvery = Math.max(1, Math.floor(perEpoch / TESTS));
    let lap = { at: performance.now(), images: 0 };
    let breath = performance.now();
    let saved = performance.now();
    this.#kept = this.record();
    while (this.#step < this.#total) {
      const model = this.#model!;
      try {
        if (this.#state === "paused" && this.#allowed === 0) await this.#rest(model);
        this.#abort.signal.throwIfAborted();
        if (this.#allowed > 0) this.#allowed--;
        const { images, targets } = this.#batch(this.#step);
        const learningRate = this.#learningRate;
        const logs = await model.trainOnBatch(images, targets);
        const { loss = Number.NaN, accuracy = Number.NaN } = logs;
        // The step has kept the weights from before it; fit runs the batch again and names the layer where the numbers go wrong.
        if (!Number.isFinite(loss)) {
          await model.fit(images, targets, { epochs: 1, batchSize: images.shape[0]!, verbose: 0 });
          throw new Error(`The loss of step ${this.#step + 1} is ${loss}. Start again with a smaller learning rate.`);
        }
        this.#step++;
        const now = performance.now();
        lap.images += images.shape[0]!;
        if (now - lap.at > SPEED_MS || this.#speed === 0) {
          this.#speed = (1000 * lap.images) / (now - lap.at);
          lap = { at: now, images: 0 };
        }
        const isEnd = this.#step === this.#total;
        const step = { step: this.#step, loss, accuracy, learningRate, gradients: gradientNormsIn(logs) };
        const tests = isEnd || (this.#step % perEpoch) % testEvery === 0 ? [await this.#test(model, data)] : [];
        this.#steps.push(step);
        this.#tests.push(...tests);
        if (isEnd || this.#step % checkpointEvery === 0) {
          this.#place.checkpoints.keep(this.#step, model.getWeights());
          this.#kept = this.record();
        }
        this.#tell({ steps: [step], tests });
        if (now - saved > SAVE_MS) {
          await this.#save();
          saved = performance.now();
        }
        if (now - breath > TURN_MS) {
          await turn();
          breath = performance.now();
        }
      } catch (error) {
        // A device that has not taken a step is not there at all: going on elsewhere would be another run than the one asked for.
        if (!(error instanceof DeviceError) || this.#speed === 0) throw error;
        this.#recover(this.#kept, error);
      }
    }
  }

  /** Goes back to what was kept last, on a device that is started anew; on the CPU if that has been tried from there. */
  #recover(kept: RunRecord, error: DeviceError): void {
    const device = this.#lostAt === kept.step ? "cpu" : this.#device;
    if (this.#lostAt === kept.step && this.#device === "cpu") throw error;
    this.#lostAt = kept.step;
    this.#device = device;
    const lost = this.#step;
    this.#place.checkpoints.dropAfter(kept.step);
    this.#model = this.#makeModel();
    this.#restore(this.#model, kept);
    const where = device === this.options.device ? "a device that was started anew" : "the CPU";
    this.#mishap = `The device was lost after step ${lost}. The run goes on from step ${kept.step}, on ${where}.`;
    this.#tell({});
  }

  /** Waits while the run is paused, with a checkpoint of where it stands. */
  async #rest(model: Sequential): Promise<void> {
    this.#place.checkpoints.keep(this.#step, model.getWeights());
    this.#kept = this.record();
    // Whoever reads that it is paused may close the page.
    await this.#save();
    this.#tell({ doing: this.#step === 0 ? "before the first step" : `paused after step ${this.#step}` });
    while (this.#state === "paused" && this.#allowed === 0 && !this.#abort.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async #test(model: Sequential, data: TrainingData): Promise<RunTest> {
    const { loss = Number.NaN, accuracy = Number.NaN } = await model.evaluate(data.testImages, data.testTargets, {
      verbose: 0,
      batchSize: 100,
    });
    const epoch = this.#step / this.#stepsPerEpoch();
    return { step: this.#step, loss, accuracy, ...(Number.isInteger(epoch) ? { epoch } : {}) };
  }

  /** Everything that is needed to go on with the run elsewhere. It must be paused, or between two steps. */
  record(): RunRecord {
    const model = this.#model!;
    return {
      options: this.options,
      step: this.#step,
      totalSteps: this.#total,
      learningRate: this.#learningRate,
      steps: [...this.#steps],
      tests: [...this.#tests],
      weights: model.getWeights().map(({ data }) => Float32Array.from(data)),
      optimizer: model.optimizer!.variables.map(({ value }) => Float32Array.from(value)),
    };
  }

  /** Keeps the run in the browser, where that is possible; the page was told when it is not. */
  async #save(): Promise<void> {
    if (!this.#keeps || this.#step === 0) return;
    try {
      await writeRecord(this.record());
    } catch {
      this.#keeps = false;
    }
  }

  async #forget(): Promise<void> {
    if (this.#keeps) await forgetRecord().catch(() => undefined);
  }
}

/** Rows of a tensor, in this order. */
function gather(from: Tensor, rows: Int32Array): Tensor {
  const [, ...shape] = from.shape;
  const size = from.size / from.shape[0]!;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    data.set((from.data as Float32Array).subarray(row * size, (row + 1) * size), at * size);
  });
  return new Tensor(data, [rows.length, ...shape]);
}

/** Lets messages have their turn. A timer would wait four milliseconds. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
