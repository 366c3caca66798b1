/** The tests of a page's files: the test calls these functions by their names. */
import { type AnyModel, loadModel, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { BackupAndRestore, LambdaCallback, ModelCheckpoint } from "fovea/callbacks";
import { Dense, Dropout } from "fovea/layers";
import { loadImg, saveImg } from "fovea/utils";

const ROWS = 12;
const x = tensor(
  Float32Array.from({ length: ROWS * 4 }, (_, i) => Math.sin(i)),
  [ROWS, 4],
);
const y = tensor(
  Float32Array.from({ length: ROWS * 2 }, (_, i) => Math.cos(i)),
  [ROWS, 2],
);

function makeModel(): Sequential {
  const model = new Sequential([
    new Dense({ units: 5, activation: "tanh", inputShape: [4] }),
    new Dropout({ rate: 0.25, seed: 3 }),
    new Dense({ units: 2 }),
  ]);
  model.compile({ optimizer: "adam", loss: "mse", device: "cpu", threads: 1 });
  return model;
}

const numbersOf = async (model: AnyModel): Promise<number[]> =>
  Array.from(((await model.predict(x as never, { verbose: 0 })) as Tensor).data);
const weightsOf = (model: AnyModel) => model.getWeights().map(({ data }) => Array.from(data));

/** A folder of the page's private file system, as one that the user chose. */
async function chosenFolder(name: string) {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
}

async function trained(): Promise<Sequential> {
  const model = makeModel();
  await model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 });
  return model;
}

/** What each place gives back of one trained model, beside what the model itself predicts. */
async function savePlaces(): Promise<{ expected: number[]; found: Record<string, number[]>; step: number }> {
  const model = await trained();
  const expected = await numbersOf(model);
  const folder = await chosenFolder("models");
  const file = await folder.getFileHandle("single.keras", { create: true });
  const found: Record<string, number[]> = {};
  let step = 0;
  const places = {
    "indexeddb://digits": undefined,
    "indexeddb://digits.h5": undefined,
    "opfs://digits": undefined,
    "opfs://digits.keras": undefined,
    "opfs://model.json": undefined,
    folder,
    file,
  };
  for (const [name, given] of Object.entries(places)) {
    const place = given ?? name;
    await model.save(place);
    const loaded = await loadModel(place, { device: "cpu", threads: 1 });
    found[name] = await numbersOf(loaded);
    step += loaded.optimizer?.iterations ?? 0;
  }
  await model.saveWeights("opfs://digits.weights.h5");
  const blob = await (await (await navigator.storage.getDirectory()).getFileHandle("digits.weights.h5")).getFile();
  for (const [name, place] of Object.entries({ File: blob, ArrayBuffer: await blob.arrayBuffer() })) {
    const other = makeModel();
    await other.loadWeights(place);
    found[name] = await numbersOf(other);
  }
  return { expected, found, step };
}

/** Saves to the browser's downloads, and gives what the model predicts. */
async function download(name: string): Promise<number[]> {
  const model = await trained();
  await model.save(`downloads://${name}`);
  return numbersOf(model);
}

async function openAddress(address: string): Promise<number> {
  const model = await loadModel(address.startsWith("http") ? address : new URL(address, location.href), {
    device: "cpu",
    threads: 1,
  });
  return model.countParams();
}

/** The error that loading from a place gives. */
async function refusal(place: string): Promise<string> {
  return loadModel(place).then(
    () => "loaded",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** The weights of a run that was stopped after `steps` batches and went on from its backup, and of one that was not. */
async function resume(backupDir: string, steps: number): Promise<{ resumed: number[][]; whole: number[][] }> {
  const options = { epochs: 3, batchSize: 4, verbose: 0, shuffle: true } as const;
  const stop = new AbortController();
  let batches = 0;
  const watch = new LambdaCallback({
    onTrainBatchEnd: () => {
      if (++batches === steps) stop.abort();
    },
  });
  const keepers = () => [
    new BackupAndRestore({ backupDir }),
    new ModelCheckpoint({ filepath: "opfs://best.keras", monitor: "loss", saveBestOnly: true }),
  ];
  setSeed(5);
  await makeModel()
    .fit(x, y, { ...options, callbacks: [...keepers(), watch], signal: stop.signal })
    .catch(() => undefined);
  setSeed(6);
  const second = makeModel();
  await second.fit(x, y, { ...options, callbacks: keepers() });
  setSeed(5);
  const whole = makeModel();
  await whole.fit(x, y, options);
  await loadModel("opfs://best.keras");
  return { resumed: weightsOf(second), whole: weightsOf(whole) };
}

interface Picture {
  readonly shape: readonly number[];
  readonly data: number[];
}

/** An image file as this browser reads it. */
async function readImage(bytes: readonly number[], colorMode: "grayscale" | "rgb" | "rgba"): Promise<Picture> {
  const { shape, data } = await loadImg(new Blob([Uint8Array.from(bytes)]), { colorMode });
  return { shape, data: Array.from(data) };
}

/** An image that was written to the page's file system and read again. */
async function writeImage(name: string): Promise<Picture> {
  const image = tensor(
    Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 37) % 256),
    [5, 7, 3],
  );
  await saveImg(`opfs://${name}`, image, { scale: false, quality: 100 });
  const { shape, data } = await loadImg(`opfs://${name}`);
  return { shape, data: Array.from(data) };
}

export const pageFunctions = { savePlaces, download, openAddress, refusal, resume, readImage, writeImage };
Object.assign(globalThis, pageFunctions);
document.body.dataset.ready = "true";
