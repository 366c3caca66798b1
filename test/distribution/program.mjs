// @ts-check
/**
 * Trainings as users write them, for one process or several: mpirun -n 2 node program.mjs '[{ "model": "rich" }]'. For each of the
 * list every process prints one line of JSON, or appends it to the file of its rank in the folder TEST_REPORTS. FOVEA_DIST names the
 * folder of the package's modules.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const reports = process.env.TEST_REPORTS;
const dist = process.env.FOVEA_DIST ?? new URL("../../dist/node/", import.meta.url).href;
const isJoined = dist.endsWith("node/");
const at = (/** @type {string} */ joined, /** @type {string} */ apart) =>
  import(new URL(isJoined ? joined : apart, dist).href);
const { Sequential, Model, input, setSeed, tensor } = await at("index.js", "index.js");
const { Activation, Conv2D, BatchNormalization, Dropout, Flatten, Dense, MaxPooling2D, Reshape, SimpleRNN } = await at(
  "layers.js",
  "nn/layers/index.js",
);
const { Adam, SGD } = await at("optimizers.js", "nn/optimizers/index.js");
const { DataParallel, initialize, setDistribution } = await at("distribution.js", "distribution/index.js");
const { Dataset } = await at("datasets.js", "data/index.js");
const { BackupAndRestore } = await at("callbacks.js", "train/callbacks/index.js");

const defaults = {
  model: "rich",
  rows: 97,
  batchSize: 16,
  epochs: 5,
  threads: 1,
  shuffle: true,
  /** Whether each process brings rows of its own. */
  own: false,
  /** Folder of a checkpoint. */
  backup: "",
  /** What happens to a process after so many steps: it is killed, told to stop, ends, or does nothing more. */
  rank: 1,
  killAt: -1,
  abortAt: -1,
  leaveAt: -1,
  hangAt: -1,
  /** Whether statistics are those of a process's own rows, and of which layers they never are. */
  local: false,
  synchronized: false,
  overlap: true,
  /** Whether processes differ in their seed, or in their data. */
  seeds: false,
  data: false,
};
/** @type {Partial<typeof defaults>[]} */
const cases = JSON.parse(process.argv[2] ?? "[{}]");

// Dies as soon as it is known to be here, while MPI is started.
const { TEST_KILL_AT_START: victim, OMPI_COMM_WORLD_RANK: own, PMIX_NAMESPACE: name } = process.env;
if (victim !== undefined && victim === own) {
  const file = join(tmpdir(), `fovea-${process.getuid?.() ?? 0}-${name}`, own);
  setInterval(() => existsSync(file) && process.kill(process.pid, "SIGKILL"), 1).unref();
}

await initialize({ timeout: Number(process.env.TEST_TIMEOUT ?? 300) });
const { rank, size } = new DataParallel();

/** A number in −1 … 1 that follows from its place. */
const noise = (/** @type {number} */ i) => (Math.sin(12.9898 * i + 1.7) * 43758.5453) % 1;

/** What Keras made of a model in two replicas. */
const golden = JSON.parse(readFileSync(new URL("../golden/replicas.json", import.meta.url), "utf8"));
const goldenTensor = (/** @type {{ data: number[], shape: number[] }} */ { data, shape }) =>
  tensor(Float32Array.from(data), shape);

/** @param {typeof defaults} options */
function dataOf({ model, rows, batchSize, own, data }) {
  if (model === "golden") return { x: goldenTensor(golden.x), y: goldenTensor(golden.y) };
  const pixels = Float32Array.from({ length: rows * 64 }, (_, i) => noise(data ? i + rank : i));
  const classes = Float32Array.from({ length: rows }, (_, i) => (noise(i * 64) + noise(i * 64 + 9) > 0 ? 1 : 0));
  const x = tensor(pixels, [rows, 8, 8, 1]);
  const y = tensor(classes, [rows, 1]);
  if (!own) return { x, y };
  // Rows of its own, so that the batches of all are those that one process makes of all rows; of the last one some may have none.
  const mine = Array.from({ length: Math.ceil(rows / batchSize) }, (_, batch) => {
    const first = batch * batchSize;
    const count = Math.min(batchSize, rows - first);
    const begin = first + Math.floor((rank * count) / size);
    const end = first + Math.floor(((rank + 1) * count) / size);
    return Array.from({ length: end - begin }, (_, i) => begin + i);
  }).flat();
  const take = (/** @type {typeof x} */ from, /** @type {number[]} */ shape) =>
    tensor(Float32Array.from(mine.flatMap((row) => [...from.slice(row, row + 1).data])), [mine.length, ...shape]);
  return { x: take(x, [8, 8, 1]), y: take(y, [1]) };
}

/** @param {typeof defaults} options */
function modelOf({ model: kind, threads, synchronized }) {
  const body = () => [
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
    new BatchNormalization({ synchronized }),
    new MaxPooling2D({ poolSize: 2 }),
    new Dropout({ rate: 0.3 }),
    new Flatten(),
    new Dense({ units: 8, activation: "relu" }),
  ];
  const device = { device: "cpu", threads };
  if (kind === "golden") {
    const model = new Sequential([
      new Dense({ units: 5, inputShape: [4] }),
      new BatchNormalization({ momentum: 0.8, synchronized }),
      new Activation("tanh"),
      new Dense({ units: 1 }),
    ]);
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "mean_squared_error", ...device });
    model.setWeights(golden.start.map(goldenTensor));
    return model;
  }
  if (kind === "outputs") {
    const image = input({ shape: [8, 8, 1] });
    const hidden = body().reduce((value, layer) => layer.apply(value), image);
    const first = new Dense({ units: 1, activation: "sigmoid", name: "first" }).apply(hidden);
    const second = new Dense({ units: 1, name: "second" }).apply(hidden);
    const model = new Model({ inputs: image, outputs: { first, second } });
    const loss = { first: "binary_crossentropy", second: "mean_squared_error" };
    model.compile({
      optimizer: new Adam({ learningRate: 0.01 }),
      loss,
      metrics: { first: ["auc"], second: ["mae"] },
      ...device,
    });
    return model;
  }
  // Two normalizations, and kernels large enough to be exchanged while earlier gradients are computed.
  const deep = () => [
    new Flatten({ inputShape: [8, 8, 1] }),
    ...[160, 64].flatMap((units) => [new Dense({ units, activation: "relu" }), new BatchNormalization()]),
  ];
  const recurrent = () => [
    new Reshape({ targetShape: [8, 8], batchInputShape: [16, 8, 8, 1] }),
    new SimpleRNN({ units: 6, stateful: true }),
  ];
  const head = new Dense({ units: 1, activation: "sigmoid" });
  const model = new Sequential([...(kind === "stateful" ? recurrent() : kind === "deep" ? deep() : body()), head]);
  const accumulates = new SGD({ learningRate: 0.05, momentum: 0.9, gradientAccumulationSteps: 3 });
  const optimizer = kind === "accumulation" ? accumulates : new Adam({ learningRate: 0.01 });
  model.compile({ optimizer, loss: "binary_crossentropy", metrics: ["accuracy", "auc"], ...device });
  return model;
}

/** @param {Iterable<{ value: Float32Array }>} variables */
function digest(variables) {
  const hash = createHash("sha256");
  for (const { value } of variables) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return hash.digest("hex").slice(0, 16);
}

for (const given of cases) {
  const options = { ...defaults, ...given };
  setDistribution(
    new DataParallel({ autoShardDataset: !options.own, localStatistics: options.local, overlap: options.overlap }),
  );
  setSeed(options.seeds ? 7 + rank : 7);
  const { x, y } = dataOf(options);
  const model = modelOf(options);
  /** @type {number[]} */
  const losses = [];
  const controller = new AbortController();
  const isMine = rank === options.rank;
  const watch = {
    reads: "logs",
    async onTrainBatchEnd(/** @type {number} */ _, /** @type {{ loss: number }} */ logs) {
      losses.push(logs.loss);
      if (!isMine) return;
      if (losses.length === options.killAt) process.kill(process.pid, "SIGKILL");
      if (losses.length === options.abortAt) controller.abort();
      if (losses.length === options.leaveAt) process.exit(0);
      if (losses.length === options.hangAt) await new Promise((resolve) => setTimeout(resolve, 1e9));
    },
  };
  const backupDir = options.backup;
  const backups = backupDir === "" ? [] : [new BackupAndRestore({ backupDir, deleteCheckpoint: false })];
  const target = options.model === "outputs" ? { first: y, second: y } : y;
  const { epochs, batchSize, shuffle } = options;
  const fitted = { epochs, verbose: 0, callbacks: [watch, ...backups], signal: controller.signal };
  let [error, scores, history] = ["", {}, {}];
  try {
    const validationData = [x, target];
    ({ history } = await (options.model === "dataset"
      ? model.fit(
          Dataset.from([x, y])
            .map((/** @type {unknown} */ row) => row)
            .batch(batchSize),
          { ...fitted, validationData },
        )
      : model.fit(x, target, { ...fitted, shuffle, batchSize, validationData })));
    scores = await model.evaluate(x, target, { batchSize, verbose: 0 });
  } catch (thrown) {
    error = String(thrown);
  }
  const weights = digest([...model.weights, ...model.optimizer.variables]);
  const values =
    options.model === "golden"
      ? model.weights.map((/** @type {{ value: Float32Array }} */ { value }) => [...value])
      : [];
  const exchanges = new DataParallel().exchanges.count;
  const line = `${JSON.stringify({ rank, size, losses, history, scores, weights, values, exchanges, error })}\n`;
  if (reports === undefined) process.stdout.write(line);
  else appendFileSync(join(reports, `${rank}`), line);
}
