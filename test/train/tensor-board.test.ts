/** What the callback TensorBoard writes, by Keras's tags and steps (K: `callbacks/tensorboard.py`). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileStore, memorySource, Sequential, tensor } from "fovea";
import { BackupAndRestore, TensorBoard, type TensorBoardOptions } from "fovea/callbacks";
import { Conv2D, Dense, Flatten, Lambda } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEvents, valuesOf } from "../io/read-events.ts";
import { powerRows, silent, zeroModel } from "./small-models.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-board-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What stands in the files of a run, in the order of the files' names. */
function written(run: "train" | "validation") {
  const names = readdirSync(join(folder, run)).sort();
  return valuesOf(names.flatMap((name) => readEvents(readFileSync(join(folder, run, name)))));
}
const rows = (run: "train" | "validation", plugin = "scalars") =>
  written(run).flatMap((each) => (each.plugin === plugin ? [[each.step, each.tag, ...each.numbers]] : []));

const board = (options: TensorBoardOptions = {}) => new TensorBoard({ logDir: folder, ...options });

test("loss of training and validation, learning rate and graph, as Keras names them", async () => {
  const model = zeroModel({ optimizer: new SGD({ learningRate: 2 ** -30 }) });
  const [x, y] = powerRows(2);
  await model.fit(x, y, { epochs: 2, validationData: [x, y], callbacks: [board()], ...silent });
  const rate = 2 ** -30;
  expect(rows("train")).toEqual([
    [0, "epoch_loss", 2.5],
    [0, "epoch_learning_rate", rate],
    [1, "epoch_loss", 2.5],
    [1, "epoch_learning_rate", rate],
  ]);
  expect(rows("validation")).toEqual([
    [1, "evaluation_loss_vs_iterations", 2.5],
    [0, "epoch_loss", 2.5],
    [2, "evaluation_loss_vs_iterations", 2.5],
    [1, "epoch_loss", 2.5],
  ]);
  const graph = written("train").find((each) => each.plugin === "graph_keras_model")!;
  expect([graph.step, graph.tag]).toEqual([0, "keras"]);
  expect(JSON.parse(Buffer.from(graph.blobs[0]!).toString())).toEqual(model.toJSON());
});

test("batches are counted across epochs, and every third is written", async () => {
  const options = { epochs: 2, batchSize: 1, shuffle: false, ...silent };
  await zeroModel().fit(...powerRows(4), { callbacks: [board({ updateFreq: 3, writeGraph: false })], ...options });
  expect(rows("train").filter(([, tag]) => String(tag).startsWith("batch_"))).toEqual([
    [3, "batch_loss", 7],
    [6, "batch_loss", 2.5],
  ]);
});

test("steps per second are numbers above 0", async () => {
  const callbacks = [board({ updateFreq: "batch", writeStepsPerSecond: true })];
  await zeroModel().fit(...powerRows(2), { callbacks, ...silent });
  const speeds = rows("train").filter(([, tag]) => String(tag).endsWith("steps_per_second"));
  expect(speeds.map(([step, tag]) => [step, tag])).toEqual([
    [1, "batch_steps_per_second"],
    [0, "epoch_steps_per_second"],
  ]);
  expect(speeds.every(([, , value]) => Number(value) > 0)).toBe(true);
});

test("distributions of the weights every second epoch, and their images", async () => {
  const model = new Sequential([
    new Conv2D({ filters: 5, kernelSize: [2, 3], inputShape: [4, 4, 1] }),
    new Flatten(),
    new Dense({ units: 2 }),
  ]);
  model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: "mse", device: "reference" });
  const [x, y] = [tensor(new Float32Array(16), [1, 4, 4, 1]), tensor([[0, 0]])];
  const callbacks = [board({ histogramFreq: 2, writeImages: true })];
  await model.fit(x, y, { epochs: 3, callbacks, ...silent });
  const values = written("train");
  const histograms = values.filter((each) => each.plugin === "histograms");
  const paths = model.weights.map(({ path }) => `${path}/histogram`);
  expect(histograms.map(({ step, tag }) => [step, tag])).toEqual([0, 2].flatMap((at) => paths.map((tag) => [at, tag])));
  const counts = histograms[0]!.numbers.filter((_, i) => i % 3 === 2);
  expect([histograms[0]!.shape, counts.reduce((a, b) => a + b)]).toEqual([[30, 3], 30]);
  const images = values.filter((each) => each.plugin === "images" && each.step === 0);
  // Width, height and number: a convolution's kernels one by one, a Dense kernel lying, biases as columns.
  const sizes = images.map(({ blobs }) => [
    ...blobs.slice(0, 2).map((each) => Number(Buffer.from(each))),
    blobs.length - 2,
  ]);
  expect(sizes).toEqual([
    [3, 2, 3],
    [1, 5, 1],
    [30, 2, 1],
    [1, 2, 1],
  ]);
});

test("numbers, distributions and images of one's own", async () => {
  const mine = board({ writeGraph: false });
  mine.scalar("group/a", 0.5, 7);
  mine.histogram("b", [[1, 2]], 8);
  await mine.image("c", tensor(new Uint8Array(5 * 12), [5, 2, 2, 3]), 9, { maxOutputs: 4 });
  await mine.flush();
  await mine.flush();
  expect(written("train").map(({ step, tag, plugin, blobs }) => [step, tag, plugin, blobs.length])).toEqual([
    [7, "group/a", "scalars", 0],
    [8, "b", "histograms", 0],
    [9, "c", "images", 6],
  ]);
  expect(() => mine.scalar("", 1, 0)).toThrow('TensorBoard.scalar: name is "", expected a text');
  expect(() => mine.scalar("x", 1, -1)).toThrow("TensorBoard.scalar: step is -1, expected a whole number of 0 or more");
  await expect(mine.image("x", [1, 2], 0)).rejects.toThrow("TensorBoard.image: images has shape (2,), expected");
});

test("a run that was ended goes on with its number of batches, in a file of its own", async () => {
  const logDir = join(folder, "logs");
  const make = () => {
    const model = zeroModel();
    const callbacks = [
      new TensorBoard({ logDir, updateFreq: "batch", writeGraph: false }),
      new BackupAndRestore({ backupDir: join(folder, "backup") }),
    ];
    return { model, callbacks };
  };
  const options = { batchSize: 1, epochs: 2, shuffle: false, ...silent };
  const { model, callbacks } = make();
  const stop = new AbortController();
  const killer = { onEpochBegin: (epoch: number) => epoch === 1 && stop.abort(new Error("enough")) };
  const first = model.fit(...powerRows(2), { ...options, callbacks: [...callbacks, killer], signal: stop.signal });
  await expect(first).rejects.toThrow("enough");
  const again = make();
  await again.model.fit(...powerRows(2), { ...options, callbacks: again.callbacks });
  const names = readdirSync(join(logDir, "train"));
  expect(names).toHaveLength(2);
  const steps = names.map((name) =>
    valuesOf(readEvents(readFileSync(join(logDir, "train", name)))).flatMap(({ tag, step }) =>
      tag === "batch_loss" ? [step] : [],
    ),
  );
  expect(steps.sort()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("a store without folders and appending gets whole files", async () => {
  const files = new Map<string, Uint8Array>();
  const store: FileStore = {
    open: async (name) => (files.has(name) ? memorySource(name, files.get(name)!) : undefined),
    write: async (name, pieces) => {
      files.set(name, new Uint8Array(await new Blob([...pieces] as BlobPart[]).arrayBuffer()));
    },
  };
  const callbacks = [new TensorBoard({ logDir: { store, name: "logs" } })];
  await zeroModel().fit(...powerRows(1), { epochs: 2, callbacks, ...silent });
  const [[name, bytes] = []] = [...files];
  expect([files.size, name]).toEqual([1, expect.stringMatching(/^logs\.train\.events\.out\.tfevents\.\d{10}\./)]);
  expect(valuesOf(readEvents(bytes!)).map(({ tag }) => tag)).toEqual([
    "keras",
    "epoch_loss",
    "epoch_learning_rate",
    "epoch_loss",
    "epoch_learning_rate",
  ]);
});

test("a model with a function trains without its graph, and says so", async () => {
  const model = new Sequential([new Dense({ units: 1, inputShape: [1] }), new Lambda((x) => x)]);
  model.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
  const lines: string[] = [];
  const write = (text: string) => lines.push(text);
  await model.fit(...powerRows(1), { callbacks: [board()], verbose: 0, write });
  expect(lines[0]).toMatch(/^TensorBoard: the model's graph is not written: /);
  expect(written("train").map(({ tag }) => tag)).toEqual(["epoch_loss", "epoch_learning_rate"]);
});

test.each<[TensorBoardOptions, string]>([
  [{ histogramFreq: -1 }, "TensorBoard: histogramFreq is -1, expected a whole number of 0 or more."],
  [{ updateFreq: 0 }, "TensorBoard: updateFreq is 0, expected a whole number of 1 or more."],
  [{ updateFreq: "step" as "batch" }, 'TensorBoard: updateFreq is "step", expected "epoch", "batch" or'],
  [{ writeGraph: 1 as unknown as boolean }, "TensorBoard: writeGraph is 1, expected true or false."],
])("%o is refused", (options, message) => {
  expect(() => new TensorBoard(options)).toThrow(message);
});
