/** Which files ModelCheckpoint writes, when, and what is in them. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileStore, type Logs, loadModel, memorySource, type Sequential } from "fovea";
import { Callback, ModelCheckpoint, type ModelCheckpointOptions } from "fovea/callbacks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { blobOf } from "../../src/io/byte-source.ts";
import golden from "../golden/model-checkpoint.json" with { type: "json" };
import { powerRows, seededCnn, silent, stripes, weightValues, zeroModel } from "./small-models.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-checkpoints-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Plays logs, epoch after epoch. */
class Script extends Callback {
  readonly #epochs: readonly Logs[];
  constructor(epochs: readonly Logs[]) {
    super();
    this.#epochs = epochs;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    Object.assign(logs, this.#epochs[epoch]);
  }
}

/** Trains along the logs; the files that are there afterwards, and what was said. */
async function play(epochs: readonly Logs[], options: ModelCheckpointOptions, model: Sequential = zeroModel()) {
  const lines: string[] = [];
  const checkpoint = new ModelCheckpoint(options);
  await model.fit(...powerRows(4), {
    batchSize: 1,
    epochs: epochs.length,
    callbacks: [new Script(epochs), checkpoint],
    verbose: 0,
    write: (text) => lines.push(text),
  });
  return { files: readdirSync(folder).sort(), lines, checkpoint };
}

describe("Keras's files", () => {
  const cases = golden.cases.map((each) => ({ ...each, title: JSON.stringify(each.config) }));
  test.each(cases)("$title", async ({ config, epochs, saved }) => {
    const { files } = await play(epochs as unknown as Logs[], {
      ...(toCamelCaseKeys(config) as Partial<ModelCheckpointOptions>),
      filepath: join(folder, "e{epoch:02d}.weights.h5"),
      saveWeightsOnly: true,
    });
    const expected = saved.flatMap((is, i) => (is ? [`e${String(i + 1).padStart(2, "0")}.weights.h5`] : []));
    expect(files).toEqual(expected);
  });
});

test("a number of batches counts across epochs, and the name has the batch and its logs", async () => {
  const filepath = join(folder, "{epoch}-{batch:02d}-{loss:.1f}.keras");
  // Losses of four rows are 1, 4, 16, 64 in some order; the mean after the last is 21.25, which Python rounds to 21.2.
  const model = zeroModel();
  const checkpoint = new ModelCheckpoint({ filepath, saveFreq: 3 });
  await model.fit(...powerRows(4), { batchSize: 1, epochs: 3, shuffle: false, callbacks: [checkpoint], ...silent });
  expect(readdirSync(folder).sort()).toEqual(["1-03-7.0.keras", "2-02-2.5.keras", "3-01-1.0.keras", "3-04-21.2.keras"]);
});

test.each(["reference", "cpu"] as const)("on %s the file holds the weights of its batch", async (device) => {
  const { images, labels } = stripes(40);
  const options = { batchSize: 4, shuffle: false, ...silent };
  const model = seededCnn({ device, threads: 2 });
  const filepath = join(folder, "{epoch}-{batch}.keras");
  await model.fit(images, labels, {
    epochs: 2,
    callbacks: [new ModelCheckpoint({ filepath, saveFreq: 7 })],
    ...options,
  });
  expect(readdirSync(folder).sort()).toEqual(["1-7.keras", "2-4.keras"]);
  const twin = seededCnn({ device, threads: 2 });
  await twin.fit(images.slice(0, 28), labels.slice(0, 28), options);
  const saved = (await loadModel(join(folder, "1-7.keras"), { device })) as Sequential;
  expect(weightValues(saved)).toEqual(weightValues(twin));
  // Steps ran ahead where nothing was saved, and the training is the same as without it.
  const alone = seededCnn({ device, threads: 2 });
  await alone.fit(images, labels, { epochs: 2, ...options });
  expect(weightValues(model)).toEqual(weightValues(alone));
});

test("folders that are missing are made; the best is kept from one fit to the next", async () => {
  const filepath = join(folder, "a", "b", "best.h5");
  const options: ModelCheckpointOptions = { filepath, saveBestOnly: true, monitor: "loss", verbose: 1 };
  const { lines, checkpoint } = await play([{ loss: 0.5 }, { loss: 0.75 }], options);
  expect(existsSync(filepath)).toBe(true);
  expect(lines).toEqual([
    `Epoch 1: loss improved from inf to 0.50000, saving model to ${filepath}\n`,
    `Epoch 1: finished saving model to ${filepath}\n`,
    "Epoch 2: loss did not improve from 0.50000\n",
  ]);
  rmSync(filepath);
  const callbacks = [new Script([{ loss: 0.6 }]), checkpoint];
  await zeroModel().fit(...powerRows(1), { callbacks, verbose: 0, write: () => {} });
  expect(existsSync(filepath)).toBe(false);
});

test("without the watched value it says so, and saves; NaN is not better", async () => {
  const filepath = join(folder, "{epoch}.keras");
  const { files, lines } = await play([{}, { val_loss: Number.NaN }], { filepath, saveBestOnly: true });
  expect(files).toEqual(["1.keras"]);
  expect(lines).toEqual(['ModelCheckpoint watches "val_loss", which is not among the metrics: loss.\n']);
});

test("a store of one's own gets the file", async () => {
  const files = new Map<string, Uint8Array>();
  const store: FileStore = {
    open: async (name) => (files.has(name) ? memorySource(name, files.get(name)!) : undefined),
    write: async (name, pieces) => {
      files.set(name, new Uint8Array(await blobOf(pieces).arrayBuffer()));
    },
  };
  await play([{}, {}], { filepath: { store, name: "{epoch}.keras" } });
  expect([...files.keys()]).toEqual(["1.keras", "2.keras"]);
});

test.each<[ModelCheckpointOptions, string]>([
  [{ filepath: "a.pt" }, 'filepath is "a.pt", expected a name that ends in ".keras" or ".h5".'],
  [
    { filepath: "a.keras", saveWeightsOnly: true },
    'expected a name that ends in ".weights.h5", since saveWeightsOnly is true.',
  ],
  [{ filepath: "a.weights.h5" }, "for weights alone set saveWeightsOnly."],
  [{ filepath: 3 as unknown as string }, "filepath is 3, expected a name"],
  [{ filepath: "a.keras", saveFreq: 0 }, 'saveFreq is 0, expected "epoch" or a number of batches of 1 or more.'],
  [
    { filepath: "a.keras", initialValueThreshold: Number.NaN },
    "initialValueThreshold is NaN, expected a number or null.",
  ],
  [{ filepath: "{a.keras" }, 'it has a single "{"'],
])("%o is refused", (options, message) => {
  expect(() => new ModelCheckpoint(options)).toThrow(message);
});

test("a name that the logs cannot fill ends the training with an error that says what they have", async () => {
  await expect(play([{}], { filepath: join(folder, "{val_acc}.keras") })).rejects.toThrow(
    'there is no "val_acc"; known here: loss, epoch.',
  );
});
