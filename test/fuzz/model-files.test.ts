/**
 * Damaged files of models and weights, of every format that is read: what comes out is a model or an error of the library's, soon,
 * and in little memory. FOVEA_FUZZ_FILES=20000 reads more of them, TEST_SEED draws others, FOVEA_FUZZ_ONLY=text takes the files
 * whose name contains the text, FOVEA_FUZZ_FILE=n the n-th file alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AnyModel, type FileStore, loadModel, memorySource } from "fovea";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { ZipArchive } from "../../src/io/zip-reader.ts";
import { zipPieces } from "../../src/io/zip-writer.ts";
import { testSeed } from "../seed.ts";
import { Softmax } from "../storage/golden-files.ts";
import { Judge } from "./judge.ts";
import { mutatedBytes, mutatedJson } from "./mutate.ts";

const { FOVEA_FUZZ_FILES: stated = "200", FOVEA_FUZZ_ONLY: only = "", FOVEA_FUZZ_FILE: alone } = process.env;
const MOST_MEMORY = 2 ** 30;

type Files = ReadonlyMap<string, Uint8Array>;

/** A whole file, and how it is read. */
interface Subject {
  readonly name: string;
  /** The file itself and those beside it, by name. */
  readonly files: Files;
  /** Of weights alone: the model that takes them. */
  readonly model?: AnyModel;
}

const golden = fileURLToPath(new URL("../golden", import.meta.url));
const bytesOf = (path: string) => new Uint8Array(readFileSync(`${golden}/${path}`));

function storeOf(files: Map<string, Uint8Array>): FileStore {
  return {
    open: async (name) => {
      const bytes = files.get(name);
      return bytes === undefined ? undefined : memorySource(name, bytes);
    },
    write: async (name, pieces) => {
      files.set(name, new Uint8Array(await new Blob([...pieces] as BlobPart[]).arrayBuffer()));
    },
  };
}

async function subjectsOf(): Promise<Subject[]> {
  const single = (folder: string, ending: RegExp): Subject[] =>
    readdirSync(`${golden}/${folder}`)
      .filter((name) => ending.test(name))
      .map((name) => ({ name, files: new Map([[name, bytesOf(`${folder}/${name}`)]]) }));
  const folders = readdirSync(`${golden}/tfjs`).map((folder) => {
    const names = readdirSync(`${golden}/tfjs/${folder}`).filter((name) => name !== "expected.json");
    const files = names.map((name) => [name, bytesOf(`tfjs/${folder}/${name}`)] as const);
    return { name: "model.json", files: new Map(files) };
  });
  const model = await loadModel(`${golden}/files/regular.keras`, { device: "reference" });
  const files = new Map<string, Uint8Array>([["w.h5", bytesOf("files/regular.h5")]]);
  const store = storeOf(files);
  for (const name of ["a.weights.h5", "a.safetensors", "old.h5"]) await model.saveWeights({ store, name });
  await model.saveWeights({ store, name: "s.weights.json" }, { maxShardSize: 2000 });
  const lists = [
    ["a.weights.h5"],
    ["a.safetensors"],
    ["old.h5"],
    ["w.h5"],
    [...files.keys()].filter((name) => name.startsWith("s")),
  ];
  const weights = lists.map((names) => ({
    name: names.find((name) => name.endsWith(".weights.json")) ?? names[0]!,
    files: new Map(names.map((name) => [name, files.get(name)!])),
    model,
  }));
  return [...single("files", /\.(keras|h5)$/), ...folders, ...single("onnx", /\.onnx$/), ...weights];
}

/** Parts of an archive are damaged one by one, and the archive is whole: its checksums would find the damage first. */
async function withPart(name: string, bytes: Uint8Array, random: RandomStream): Promise<Uint8Array> {
  const zip = await ZipArchive.open(memorySource(name, bytes));
  const changed = zip.names[random.below(zip.names.length)]!;
  const entries = await Promise.all(
    zip.names.map(async (each) => {
      const source = (await zip.open(each, 1e8))!;
      const part = await source.read(0, source.size);
      return { name: each, pieces: [each === changed ? mutated(each, part, random) : part] };
    }),
  );
  return new Uint8Array(Buffer.concat([...zipPieces(entries, new Date(0))]));
}

function mutated(name: string, bytes: Uint8Array, random: RandomStream): Uint8Array {
  const text = name.endsWith(".json") && random.below(4) > 0;
  if (text) return new TextEncoder().encode(mutatedJson(new TextDecoder().decode(bytes), random));
  if (name.endsWith(".safetensors") && random.below(2) === 0) return withHeader(bytes, random);
  return mutatedBytes(bytes, random);
}

/** A .safetensors file whose header says something else. */
function withHeader(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = mutatedJson(new TextDecoder().decode(bytes.subarray(8, 8 + length)), random);
  const text = new TextEncoder().encode(header);
  const size = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return Uint8Array.from([...size, ...text, ...bytes.subarray(8 + length)]);
}

/** The subject's files with one of them damaged. */
async function damaged({ files }: Subject, random: RandomStream): Promise<Map<string, Uint8Array>> {
  const names = [...files.keys()];
  const name = names[random.below(names.length)]!;
  const whole = files.get(name)!;
  const inParts = name.endsWith(".keras") && random.below(4) > 0;
  const changed = inParts ? await withPart(name, whole, random) : mutated(name, whole, random);
  return new Map(files).set(name, changed);
}

let subjects: readonly Subject[];
let judge: Judge;
beforeAll(async () => {
  subjects = (await subjectsOf()).filter(({ name }) => name.includes(only));
  judge = new Judge();
});
afterAll(() => judge.close());

test("damaged files load or are refused with words", { timeout: 3_600_000 }, async () => {
  const count = Number(stated);
  const numbers = alone === undefined ? Array.from({ length: count }, (_, i) => i) : [Number(alone)];
  for (const i of numbers) {
    const random = new RandomStream(keyOf(testSeed + i));
    const subject = subjects[random.below(subjects.length)]!;
    const store = storeOf(await damaged(subject, random));
    const place = { store, name: subject.name };
    const { model } = subject;
    const before = model?.getWeights();
    const what = `file ${i} (${subject.name})`;
    const { error } = await judge.call(what, [], () =>
      model === undefined
        ? loadModel(place, { device: "reference", customObjects: { Softmax } })
        : model.loadWeights(place, { skipMismatch: random.below(2) === 0 }),
    );
    if (model === undefined || before === undefined) continue;
    // A file that is refused changes nothing.
    const kept = model
      .getWeights()
      .every(({ data }, at) => Buffer.compare(Buffer.from(data.buffer), Buffer.from(before[at]!.data.buffer)) === 0);
    if (error !== undefined && !kept)
      judge.failures.push({ what, error: "the model has changed", args: "", stack: "" });
    model.setWeights(before);
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  if (numbers.length > 1000)
    process.stderr.write(
      `${numbers.length} files, ${judge.returned} read, peak ${Math.round(peak / 2 ** 20)} MiB: ${JSON.stringify([...judge.byKind])}\n`,
    );
  expect(judge.failures).toEqual([]);
  expect(peak).toBeLessThan(MOST_MEMORY);
});
