/** A run that ends at any moment and goes on in another process's place ends as if nothing had happened, bit for bit. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  type CompileOptions,
  Dataset,
  type FileStore,
  type FitOptions,
  type History,
  memorySource,
  Sequential,
  type StepBatch,
  type StoredFile,
  type Sym,
  setSeed,
  type TrainStep,
} from "fovea";
import {
  BackupAndRestore,
  type BackupAndRestoreOptions,
  Callback,
  type CallbackState,
  EarlyStopping,
  ModelCheckpoint,
  ReduceLROnPlateau,
} from "fovea/callbacks";
import { BatchNormalization, Dense, Dropout, Flatten } from "fovea/layers";
import { Adam, SGD } from "fovea/optimizers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blobOf } from "../../src/io/byte-source.ts";
import { seededCnn, silent, stripes, weightValues } from "./small-models.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-runs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { images, labels } = stripes(37);
const [batchSize, batches] = [5, 6];

/** Everything that is random or is kept: dropout, moving statistics, slots. Its seed is another one each time. */
function makeModel(options: Partial<CompileOptions> = {}): Sequential {
  const model = new Sequential([
    new Flatten({ inputShape: [6, 6, 1] }),
    new Dense({ units: 7, activation: "relu" }),
    new BatchNormalization(),
    new Dropout({ rate: 0.4 }),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  const loss = "sparse_categorical_crossentropy";
  model.compile({
    optimizer: "adam",
    loss,
    metrics: ["accuracy"],
    ...(options.device === undefined ? { device: "cpu", threads: 1 } : {}),
    ...options,
  });
  return model;
}

/** What is quickly compiled. */
function smallModel(): Sequential {
  const model = new Sequential([
    new Flatten({ inputShape: [6, 6, 1] }),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
  return model;
}

class Crash extends Error {}

/** A place in memory, of which any number of runs may be in one store. */
function memoryPlace(name: string) {
  const files = new Map<string, Uint8Array>();
  const store: FileStore = {
    open: async (file) => (files.has(file) ? memorySource(file, files.get(file)!) : undefined),
    write: async (file, pieces) => {
      files.set(file, new Uint8Array(await blobOf(pieces).arrayBuffer()));
    },
    remove: async (file) => void files.delete(file),
  };
  return { store, name, files };
}

/** Throws after so many batches, or at the end of an epoch, or ends the training by a signal. */
class CrashAfter extends Callback {
  readonly controller = new AbortController();
  #left: number;
  readonly #how: "throw" | "abort";
  constructor(batches: number, how: "throw" | "abort" = "throw") {
    super();
    this.#left = batches;
    this.#how = how;
  }
  override onTrainBatchEnd(): void {
    if (--this.#left !== 0) return;
    if (this.#how === "throw") throw new Crash();
    this.controller.abort(new Crash());
  }
}

type Extra = Partial<FitOptions> & { readonly make?: () => Sequential };

const callbacks = () => [
  new EarlyStopping({ monitor: "val_loss", patience: 2, restoreBestWeights: true }),
  new ReduceLROnPlateau({ monitor: "loss", patience: 1, factor: 0.5, minDelta: 0.05 }),
];

/** One call of fit, as a program makes it each time that it is started. */
async function run(given: BackupAndRestoreOptions, crash: CrashAfter | undefined, extra: Extra = {}) {
  const { make = makeModel, ...options } = extra;
  const model = make();
  const backup = new BackupAndRestore(given);
  // In front: what keeps the run sees the others' states of the same moment all the same.
  const all = [backup, ...callbacks(), ...(crash === undefined ? [] : [crash])];
  const history = await model.fit(images, labels, {
    epochs: 4,
    batchSize,
    validationSplit: 0.2,
    callbacks: all,
    ...(crash === undefined ? {} : { signal: crash.controller.signal }),
    ...silent,
    ...options,
  });
  return { model, history, backup };
}

const outcome = ({ model, history }: { readonly model: Sequential; readonly history: History }) => ({
  weights: weightValues(model),
  optimizer: model.optimizer!.variables.map(({ value }) => Array.from(value)),
  epoch: history.epoch,
  history: { ...history.history },
});

/** The first process has seed 1 and crashes; later ones are seeded otherwise, as programs without a seed are. */
async function crashed(given: BackupAndRestoreOptions, crashes: readonly CrashAfter[], extra: Extra = {}) {
  for (const [i, crash] of crashes.entries()) {
    setSeed(1 + 100 * i);
    await expect(run(given, crash, extra)).rejects.toThrow(Crash);
  }
  setSeed(77);
  return run(given, undefined, extra);
}

async function undisturbed(extra: Extra = {}) {
  setSeed(1);
  return outcome(await run({ backupDir: memoryPlace("twin") }, undefined, extra));
}

describe.each([
  { device: "cpu", threads: 1 },
  { device: "cpu", threads: 2 },
] as const)("on $device, $threads thread(s)", (device) => {
  const make = () => makeModel(device);

  test("after crashes in the midst of epochs, saved after every third batch", async () => {
    const given = { backupDir: join(folder, "run"), saveFreq: 3 };
    const second = await crashed(given, [new CrashAfter(10), new CrashAfter(7)], { make });
    expect(second.backup.resumedFrom).toEqual({ epoch: 2, step: 3 });
    expect(outcome(second)).toEqual(await undisturbed({ make }));
    expect(existsSync(join(folder, "run"))).toBe(false);
  });

  test("after a signal, which is saved at the step that it came in", async () => {
    const given = { backupDir: memoryPlace("run") };
    const second = await crashed(given, [new CrashAfter(batches + 2, "abort")], { make });
    expect(second.backup.resumedFrom).toEqual({ epoch: 1, step: 2 });
    expect(outcome(second)).toEqual(await undisturbed({ make }));
  });
});

test("on gpu", async () => {
  const extra = { make: () => makeModel({ device: "gpu" }), epochs: 2 };
  const second = await crashed({ backupDir: memoryPlace("run"), saveFreq: 2 }, [new CrashAfter(3)], extra);
  expect(second.backup.resumedFrom).toEqual({ epoch: 0, step: 2 });
  expect(outcome(second)).toEqual(await undisturbed(extra));
});

test("saved after each epoch, it repeats the epoch that was under way", async () => {
  const given = { backupDir: join(folder, "run"), deleteCheckpoint: false };
  const second = await crashed(given, [new CrashAfter(batches + 3)]);
  expect(second.backup.resumedFrom).toEqual({ epoch: 1, step: 0 });
  expect(outcome(second)).toEqual(await undisturbed());
  expect(readdirSync(join(folder, "run"))).toEqual(["latest.weights.h5"]);
});

test("a run that has ended and was kept ends in the same way again", async () => {
  const given = { backupDir: memoryPlace("run"), deleteCheckpoint: false };
  setSeed(1);
  const first = outcome(await run(given, undefined));
  setSeed(2);
  expect(outcome(await run(given, undefined))).toEqual(first);
});

test("a signal during validation: the epoch is not trained again", async () => {
  class AbortInTest extends Callback {
    readonly controller = new AbortController();
    override onTestBatchEnd(): void {
      this.controller.abort(new Crash());
    }
  }
  const abort = new AbortInTest();
  const backupDir = memoryPlace("run");
  setSeed(1);
  const model = makeModel();
  const options = { epochs: 4, batchSize, validationSplit: 0.2, ...silent };
  const all = [new BackupAndRestore({ backupDir }), ...callbacks()];
  await expect(
    model.fit(images, labels, { ...options, callbacks: [...all, abort], signal: abort.controller.signal }),
  ).rejects.toThrow(Crash);
  const second = await run({ backupDir }, undefined);
  expect(second.backup.resumedFrom).toEqual({ epoch: 0, step: batches });
  expect(outcome(second)).toEqual(await undisturbed());
});

describe("data of other kinds", () => {
  const pairs = async function* () {
    for (let i = 0; i < 7; i++) yield [images.slice(i * 5, i * 5 + 5), labels.slice(i * 5, i * 5 + 5)] as const;
  };
  const sources: Record<string, () => unknown> = {
    "a dataset that is shuffled": () => Dataset.from([images, labels]).shuffle(37).batch(5),
    "a dataset that is shuffled in a buffer": () =>
      Dataset.from([images, labels])
        .map((each) => each)
        .shuffle(9)
        .batch(5),
    "an iterable": () => ({ [Symbol.asyncIterator]: pairs }),
  };
  const train = async (
    data: () => unknown,
    crash: CrashAfter | undefined,
    backupDir: StoredFile,
    stepsPerEpoch?: number,
  ) => {
    const model = smallModel();
    const callbacks = [new BackupAndRestore({ backupDir, saveFreq: 2 }), ...(crash === undefined ? [] : [crash])];
    const history = await model.fit(data() as Iterable<unknown>, {
      epochs: 4,
      stepsPerEpoch,
      callbacks,
      ...silent,
    });
    return outcome({ model, history });
  };

  test.each(
    Object.entries(sources).flatMap(([name, data]) => [
      { name, data, steps: undefined },
      { name, data, steps: 3 },
    ]),
  )("$name, $steps steps an epoch", async ({ data, steps }) => {
    setSeed(1);
    const expected = await train(data, undefined, memoryPlace("twin"), steps);
    const place = memoryPlace("run");
    for (const [i, crash] of (steps === undefined ? [5] : [5, 4]).map((after) => new CrashAfter(after)).entries()) {
      setSeed(1 + i);
      await expect(train(data, crash, place, steps)).rejects.toThrow(Crash);
    }
    expect(await train(data, undefined, place, steps)).toEqual(expected);
  });
});

test("variables of a second optimizer are kept, too", async () => {
  class TwoOptimizers extends Sequential {
    readonly second = new Adam({ learningRate: 0.01 });
    override trainStep(batch: StepBatch, step: TrainStep): Record<string, Sym> {
      const loss = this.computeLoss({ ...batch, yPred: this.call(batch.x, { training: true }) });
      const [first, ...rest] = this.trainableWeights;
      step.minimize(loss, [first!], this.second);
      step.minimize(loss, rest);
      return { loss };
    }
  }
  const make = () => {
    const model = new TwoOptimizers([
      new Flatten({ inputShape: [6, 6, 1] }),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
    model.compile({ optimizer, loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
    return model;
  };
  const second = await crashed({ backupDir: memoryPlace("run"), saveFreq: 4 }, [new CrashAfter(9)], { make });
  expect(outcome(second)).toEqual(await undisturbed({ make }));
});

describe("callbacks", () => {
  /** Halves the rate as each epoch begins; counts what it sees. */
  class Halver extends Callback {
    seen: number[] = [];
    override getState(): CallbackState {
      return { seen: this.seen };
    }
    override setState(state: CallbackState): void {
      this.seen = [...(state.seen as number[])];
    }
    override onEpochBegin(epoch: number): void {
      this.seen.push(epoch);
      this.model!.optimizer!.learningRate /= 2;
    }
  }

  test("are told once that an epoch begins, and keep their states", async () => {
    const go = async (backupDir: StoredFile, crash?: CrashAfter) => {
      const model = makeModel();
      const halver = new Halver();
      const callbacks = [halver, new BackupAndRestore({ backupDir, saveFreq: 4 }), ...(crash ? [crash] : [])];
      const history = await model.fit(images, labels, { epochs: 3, batchSize: 10, callbacks, ...silent });
      return { ...outcome({ model, history }), seen: halver.seen };
    };
    setSeed(1);
    const expected = await go(memoryPlace("twin"));
    setSeed(1);
    const place = memoryPlace("run");
    await expect(go(place, new CrashAfter(7))).rejects.toThrow(Crash);
    expect(await go(place)).toEqual(expected);
    expect(expected.seen).toEqual([0, 1, 2]);
  });

  test("ModelCheckpoint writes the files that it would have written", async () => {
    const place = memoryPlace("run");
    const go = async (name: string, crash?: CrashAfter) => {
      const filepath = join(folder, name, "{epoch}-{batch}.weights.h5");
      const callbacks = [
        new ModelCheckpoint({ filepath, saveWeightsOnly: true, saveFreq: 5 }),
        new BackupAndRestore({ backupDir: place, saveFreq: 3 }),
        ...(crash ? [crash] : []),
      ];
      await smallModel().fit(images, labels, { epochs: 3, batchSize: 10, callbacks, ...silent });
      return readdirSync(join(folder, name)).sort();
    };
    const expected = await go("twin");
    await expect(go("run", new CrashAfter(7))).rejects.toThrow(Crash);
    expect(await go("run")).toEqual(expected);
  });
});

test("the file is one of Keras's, whose weights can be loaded without the run", async () => {
  const backupDir = join(folder, "run");
  setSeed(1);
  const { model } = await run({ backupDir, deleteCheckpoint: false }, undefined, { epochs: 1 });
  const other = makeModel();
  const { loaded, skipped } = await other.loadWeights(join(backupDir, "latest.weights.h5"));
  expect({ loaded, skipped }).toEqual({
    loaded: model.weights.length + model.optimizer!.variables.length,
    skipped: [],
  });
  expect(other.optimizer!.iterations).toBe(batches);
});

test("with doubleCheckpoint a damaged file is not the end; without, it is an error that names it", async () => {
  const backupDir = join(folder, "run");
  const given = { backupDir, saveFreq: 2, doubleCheckpoint: true };
  setSeed(1);
  await expect(run(given, new CrashAfter(5))).rejects.toThrow(Crash);
  const file = join(backupDir, "latest.weights.h5");
  writeFileSync(file, "half a fi");
  const lines: string[] = [];
  const second = await run(given, undefined, { write: (text) => lines.push(text) });
  expect(second.backup.resumedFrom).toEqual({ epoch: 0, step: 2 });
  expect(lines.join("")).toContain(file);
  expect(outcome(second)).toEqual(await undisturbed());
  await expect(run({ backupDir, saveFreq: 2 }, new CrashAfter(5))).rejects.toThrow(Crash);
  writeFileSync(file, "half a fi");
  await expect(run({ backupDir }, undefined)).rejects.toThrow(file);
});

test("two runs that write the same checkpoint do not mix: one of them is gone on with", async () => {
  const backupDir = join(folder, "run");
  const go = (seed: number, crash: boolean) => {
    setSeed(seed);
    return run({ backupDir, saveFreq: 1 }, crash ? new CrashAfter(batches + 1) : undefined);
  };
  const both = [go(1, true), go(2, true)];
  for (const each of await Promise.allSettled(both)) expect(each).toMatchObject({ status: "rejected" });
  expect(readdirSync(backupDir)).toEqual(["latest.weights.h5"]);
  const last = JSON.stringify(outcome(await go(3, false)));
  setSeed(2);
  const second = outcome(await run({ backupDir: memoryPlace("twin") }, undefined));
  expect([JSON.stringify(await undisturbed()), JSON.stringify(second)]).toContain(last);
});

test("what killed writers have left goes after an hour", async () => {
  const backupDir = join(folder, "run");
  mkdirSync(backupDir);
  const left = (name: string) => join(backupDir, `latest.weights.h5.${name}.part`);
  const [old, fresh] = [left("0".repeat(36)), left("1".repeat(36))];
  for (const each of [old, fresh]) writeFileSync(each, "a part");
  utimesSync(old, 1, 1);
  await expect(run({ backupDir, saveFreq: 2 }, new CrashAfter(3))).rejects.toThrow(Crash);
  expect(readdirSync(backupDir).sort()).toEqual(["latest.weights.h5", basename(fresh)]);
});

test("a store of one's own must know how to remove what is to be removed", async () => {
  const { store, files } = memoryPlace("run");
  const { open, write } = store;
  await expect(run({ backupDir: { store: { open, write }, name: "run" } }, undefined)).rejects.toThrow(
    'the store of "run" has no method remove(name), which deletes the checkpoint when training has ended',
  );
  await crashed({ backupDir: { store, name: "run" }, saveFreq: 3 }, [new CrashAfter(4)]);
  expect(files.size).toBe(0);
});

describe("what does not belong together is refused, and the model stays as it is", () => {
  const plain = (options: Partial<CompileOptions> = {}) => makeModel({ device: "reference", ...options });
  const refused = async (extra: Extra, message: string) => {
    const given = { backupDir: memoryPlace("run"), saveFreq: 2 };
    await expect(run(given, new CrashAfter(5), { make: plain })).rejects.toThrow(Crash);
    await expect(run(given, undefined, { make: plain, ...extra })).rejects.toThrow(message);
  };

  test("other batches", () => refused({ batchSize: 10 }, "in an epoch it had 6 batches, and here 3 batches"));
  test("another order", () => refused({ stepsPerEpoch: 6 }, "in an epoch it had 29 rows, and here rows unknown"));
  test("other metrics", () => {
    const make = () => plain({ metrics: [] });
    return refused({ make }, "fit cannot go on with the run that was kept: of running sums of the logs it had");
  });
  test("another model", () => refused({ make: () => seededCnn() }, "the file"));
  test("another optimizer", () => {
    const make = () => plain({ optimizer: "sgd" });
    return refused({ make }, "The optimizer SGD starts afresh: the state in the file is that of another optimizer");
  });

  test("other callbacks", async () => {
    const backupDir = memoryPlace("run");
    await expect(run({ backupDir, saveFreq: 2 }, new CrashAfter(5), { make: plain })).rejects.toThrow(Crash);
    const model = plain();
    const before = weightValues(model);
    const options = { batchSize, validationSplit: 0.2, callbacks: [new BackupAndRestore({ backupDir })], ...silent };
    await expect(model.fit(images, labels, options)).rejects.toThrow(
      "of callbacks with a state it had BackupAndRestore, EarlyStopping, ReduceLROnPlateau, and here BackupAndRestore.",
    );
    expect(weightValues(model)).toEqual(before);
  });

  test("a file of weights alone", async () => {
    const path = join(folder, "latest.weights.h5");
    await makeModel().saveWeights(path);
    await expect(run({ backupDir: folder }, undefined, { make: plain })).rejects.toThrow(`${path} holds weights alone`);
  });

  test("a model that is not built, and options that are none", async () => {
    const model = new Sequential([new Dense({ units: 1 })]);
    model.compile({ loss: "mse", device: "reference" });
    const callback = new BackupAndRestore({ backupDir: folder });
    const data = { [Symbol.asyncIterator]: async function* () {} };
    await expect(model.fit(data, { callbacks: [callback], ...silent })).rejects.toThrow("is not built");
    const make = (given: object) => () => new BackupAndRestore(given as BackupAndRestoreOptions);
    expect(make({ backupDir: "" })).toThrow('backupDir is "", expected the path of a folder');
    expect(make({ backupDir: folder, saveFreq: "batch" })).toThrow('saveFreq is "batch", expected "epoch" or a number');
  });
});
