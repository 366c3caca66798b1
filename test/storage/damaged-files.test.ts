/** Each kind of damage has its own words, and names the file. */
import { FoveaError, loadModel } from "fovea";
import { expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { groupAt, hdf5Pieces, newGroup } from "../../src/io/hdf5/writer.ts";
import { ZipArchive } from "../../src/io/zip-reader.ts";
import { zipPieces } from "../../src/io/zip-writer.ts";
import { goldenBytes, goldenPath, Softmax } from "./golden-files.ts";

interface Config {
  config: { layers: { class_name: string; config: Record<string, unknown> }[] };
}

const customObjects = { Softmax };
const encode = (value: string) => new TextEncoder().encode(value);

async function partsOf(file: string): Promise<Map<string, Uint8Array>> {
  const zip = await ZipArchive.open(memorySource(file, goldenBytes(file)));
  const parts = new Map<string, Uint8Array>();
  for (const name of zip.names) {
    const source = (await zip.open(name, 1e8))!;
    parts.set(name, await source.read(0, source.size));
  }
  return parts;
}

/** merge.keras with its parts changed, as a File. */
async function changed(change: (parts: Map<string, Uint8Array>) => void): Promise<File> {
  const parts = await partsOf("merge.keras");
  change(parts);
  const pieces = zipPieces(
    [...parts].map(([name, bytes]) => ({ name, pieces: [bytes] })),
    new Date(),
  );
  return new File([...pieces] as BlobPart[], "broken.keras");
}

const withConfig = (change: (config: Config) => void) =>
  changed((parts) => {
    const config = JSON.parse(new TextDecoder().decode(parts.get("config.json")!)) as Config;
    change(config);
    parts.set("config.json", encode(JSON.stringify(config)));
  });
const layerOf = (config: Config, className: string) =>
  config.config.layers.find(({ class_name }) => class_name === className)!;

const deep = () => JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`) as unknown;

const cases: readonly [string, () => Promise<File>, string | RegExp][] = [
  ["no config", () => changed((parts) => parts.delete("config.json")), "broken.keras has no config.json"],
  ["no weights", () => changed((parts) => parts.delete("model.weights.h5")), "broken.keras has no model.weights.h5"],
  [
    "JSON that ends in the middle",
    () => changed((parts) => parts.set("config.json", parts.get("config.json")!.slice(0, 900))),
    /"config\.json" in broken\.keras is no JSON/,
  ],
  [
    "an unknown class",
    () => withConfig((config) => (layerOf(config, "Subtract").class_name = "Substract")),
    'broken.keras: Unknown layer class "Substract". Did you mean "Subtract"?',
  ],
  [
    "an unknown option",
    () => withConfig((config) => (layerOf(config, "Dense").config.unitz = 3)),
    'broken.keras: Dense: unknown option "unitz". Did you mean "units"?',
  ],
  [
    "a dtype without its config",
    () => withConfig((config) => (layerOf(config, "Dense").config.dtype = { class_name: "DTypePolicy", config: null })),
    'Unknown dtype of Dense "out1"',
  ],
  [
    "an unknown activation",
    () => withConfig((config) => (layerOf(config, "Dense").config.activation = "linaer")),
    'Did you mean "linear"?',
  ],
  [
    "other units than the weights have",
    () => withConfig((config) => (layerOf(config, "Dense").config.units = 4)),
    /broken\.keras: Dense "out1": the weight "out1\/kernel" has shape \(76, 4\), and the array in the file \(76, 3\)/,
  ],
  [
    "Python code",
    () =>
      withConfig((config) => {
        const layer = layerOf(config, "Softmax");
        layer.class_name = "Lambda";
        layer.config = { name: "code", function: { class_name: "__lambda__", config: { code: "4wEAAAA=" } } };
      }),
    'Lambda "code" holds Python code, which is never run',
  ],
  [
    "JSON that is too deep",
    () => withConfig((config) => (layerOf(config, "Dense").config.units = deep())),
    "levels deep",
  ],
  [
    "a key that is a trap",
    () => changed((parts) => parts.set("config.json", encode('{"class_name":"Functional","config":{"__proto__":{}}}'))),
    'has a key "__proto__"',
  ],
  [
    "a weight that is missing",
    () =>
      changed((parts) => {
        const root = newGroup();
        const values = new Float32Array(76 * 3);
        groupAt(root, "layers/dense/vars").arrays.set("0", { shape: [76, 3], values });
        parts.set("model.weights.h5", new Uint8Array(Buffer.concat([...hdf5Pieces(root)])));
      }),
    'broken.keras: Dense "out1" has 2 weights, and the file 1 for it',
  ],
];

test.each(cases)("%s", async (_what, make, words) => {
  const loading = make().then((file) => loadModel(file, { customObjects }));
  await expect(loading).rejects.toThrow(words);
  await expect(loading).rejects.toBeInstanceOf(FoveaError);
});

test("the file without changes loads", async () => {
  const model = await loadModel(await changed(() => {}), { customObjects });
  expect(model.countParams()).toBe(231);
});

test("NaN among the weights stays NaN", async () => {
  const values = new Float32Array(76 * 3).fill(Number.NaN);
  const file = await changed((parts) => {
    const root = newGroup();
    const { arrays } = groupAt(root, "layers/dense/vars");
    arrays.set("0", { shape: [76, 3], values });
    arrays.set("1", { shape: [3], values: new Float32Array(3) });
    parts.set("model.weights.h5", new Uint8Array(Buffer.concat([...hdf5Pieces(root)])));
  });
  const model = await loadModel(file, { customObjects });
  expect(model.getWeights()[0]!.data.every(Number.isNaN)).toBe(true);
});

test("a whole model that is changed anywhere loads or is refused with words", async () => {
  const seed = Date.now() % 1e6;
  for (const name of ["regular.keras", "regular.h5"]) {
    const whole = goldenBytes(name);
    for (let i = 0; i < 60; i++) {
      let state = seed + i;
      const random = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const bytes = whole.slice();
      for (let change = random(3); change >= 0; change--) bytes[random(bytes.length)] = random(256);
      await loadModel(bytes, { device: "reference" }).catch((error: unknown) => {
        if (!(error instanceof FoveaError)) throw new Error(`${name}, seed ${seed + i}: ${error}`, { cause: error });
      });
    }
  }
});

test("a file of weights alone says what it is", async () => {
  await expect(loadModel(goldenPath("regular.weights.h5"))).rejects.toThrow(
    'regular.weights.h5 holds no architecture (the attribute "model_config" is missing)',
  );
});
