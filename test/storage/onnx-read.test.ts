/** ONNX files that PyTorch wrote (bench/files/torch_onnx.py): they predict as ONNX Runtime does, and train on. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AnyModel, FormatError, FoveaError, loadModel, Tensor } from "fovea";
import { expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { fc } from "../properties.ts";
import { checkPredictions, goldenJson, tensorsOf, type Values } from "./golden-files.ts";

type Index = Readonly<
  Record<string, { readonly files: readonly string[]; readonly inputs: Values; readonly outputs: readonly Values[] }>
>;
const index = goldenJson<Index>("onnx/index.json");
const pathOf = (file: string) => fileURLToPath(new URL(`../golden/onnx/${file}`, import.meta.url));
const bytesOf = (file: string) => new Uint8Array(readFileSync(pathOf(file)));
/** On the plain device, which starts at once. */
async function load(where: Parameters<typeof loadModel>[0]): Promise<AnyModel> {
  const model = await loadModel(where);
  model.compile({ device: "reference" });
  return model;
}

const files = Object.entries(index).flatMap(([name, { files }]) => files.map((file) => [file, name] as const));

test.each(files)("%s predicts as in ONNX Runtime", async (file, name) => {
  const { inputs, outputs } = index[name]!;
  const model = await load(pathOf(file));
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs), 2e-5);
});

test("images stay where they are: axes are permuted only where the graph shuffles channels", async () => {
  const permutes = async (name: string) =>
    (await loadModel(pathOf(`${name}.onnx`))).layers.filter(({ className }) => className === "Permute").length;
  for (const name of ["resnet", "mobilenet", "efficientnet", "squeezenet", "densenet", "unet", "inception"])
    expect(await permutes(name), name).toBe(0);
  expect(await permutes("shufflenet")).toBe(2);
});

test("layers have the names of PyTorch's modules, and weights in Keras's shapes", async () => {
  const model = await loadModel(pathOf("densenet.onnx"));
  expect(model.getLayer("norms.0").className).toBe("BatchNormalization");
  expect(model.getLayer("convs.0").weights.map(({ name, shape }) => [name, shape])).toEqual([
    ["kernel", [3, 3, 4, 3]],
    ["bias", [3]],
  ]);
  expect(model.inputShape).toEqual([null, 9, 9, 3]);
});

test("a model of a file is fine-tuned", async () => {
  const model = await loadModel(pathOf("densenet.onnx"));
  const x = tensorsOf(index.densenet!.inputs) as Tensor;
  model.compile({ optimizer: "adam", loss: "mse", device: "cpu" });
  const { history } = await model.fit(x, new Tensor(new Float32Array(8).fill(-1), [2, 4]), { epochs: 12, verbose: 0 });
  expect(history.loss!.at(-1)!).toBeLessThan(0.7 * history.loss![0]!);
  expect(model.trainableWeights.length).toBe(3 * 2 + 1 + 2 * 2 + 2);
});

test.each(["mobilenet", "unet"])("%s is saved in Keras's form", async (name) => {
  const kept = new Map<string, Uint8Array>();
  const store = {
    open: async (name: string) => memorySource(name, kept.get(name)!),
    write: async (name: string, pieces: Iterable<Uint8Array>) =>
      void kept.set(name, new Uint8Array(Buffer.concat([...pieces]))),
  };
  const model = await load(pathOf(`${name}.onnx`));
  await model.save({ store, name: "model.keras" });
  const { inputs, outputs } = index[name]!;
  await checkPredictions(await load({ store, name: "model.keras" }), tensorsOf(inputs), tensorsOf(outputs), 2e-5);
});

test("a file is known by its first bytes", async () => {
  const model = await loadModel(bytesOf("resnet.onnx"));
  expect(model.outputShape).toEqual([null, 5]);
});

test("what is not known is named with its node", async () => {
  const bytes = bytesOf("residual.onnx");
  bytes[Buffer.from(bytes).indexOf('"\tLeakyRelu') + 10] = "x".charCodeAt(0);
  const file = new File([bytes], "own.onnx");
  await expect(loadModel(file)).rejects.toThrow(
    'own.onnx: node "/LeakyRelu" (LeakyRelx): the operator "LeakyRelx" is not known. Did the file mean "LeakyRelu"? Known: ',
  );
  await expect(loadModel(file)).rejects.toBeInstanceOf(FormatError);
});

test("a file that is cut off says so", async () => {
  const bytes = bytesOf("residual.onnx").slice(0, 2000);
  await expect(loadModel(new File([bytes], "own.onnx"))).rejects.toThrow("own.onnx is damaged");
});

test("changed files load, or give an error of the library", async () => {
  const small = ["residual", "efficientnet", "segmenter", "tokens"].map((name) => bytesOf(`${name}.onnx`));
  const change = fc.tuple(fc.nat(), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...small),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (whole, changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          await loadModel(new File([bytes], "own.onnx"));
        } catch (error) {
          if (!(error instanceof FoveaError)) throw error;
        }
      },
    ),
    { numRuns: Number(process.env.ONNX_MUTATIONS ?? 400) },
  );
});
