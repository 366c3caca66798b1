/** What the cases of a layer alone cannot say: calls that share a kernel, training in a model, files. */
import { gradients, loadModel, memorySource, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { Dense, Flatten, type Layer, SpectralNormalization } from "fovea/layers";
import { add, sum } from "fovea/ops";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { Trace } from "../../src/nn/trace.ts";
import { assertClose } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

const x = tensor(
  Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
  [4, 3],
);

test("two calls in a step normalize twice, and both count for the kernel's gradient", () => {
  const layer = new SpectralNormalization({ layer: new Dense({ units: 2, useBias: false }) });
  layer.build([null, 3]);
  const builder = new GraphBuilder();
  const trace = new Trace({ builder, training: true });
  trace.write(() => {
    const [one, two] = ["one", "two"].map((name) =>
      builder.input(name, { shape: [4, 3], dtype: "float32", batched: true }),
    );
    const total = add(sum(layer.call(one!)), sum(layer.call(two!)));
    builder.output("slope", gradients(total, [layer.kernel])[0]);
    trace.commit();
  });
  const values = Object.fromEntries(layer.weights.map(({ path, value }) => [path, value]));
  const [one, two] = [x.data, x.data.map((each) => 3 * each)];
  const { outputs } = evaluateGraph(builder.finish(), { one, two }, 4, values);
  // d Σ x·K / dK: the sums of the columns of x, for each unit.
  const columns = [0, 1, 2].map((column) => [0, 1, 2, 3].reduce((all, row) => all + 4 * x.data[3 * row + column]!, 0));
  assertClose(
    outputs.slope,
    columns.flatMap((each) => [each, each]),
    1e-6,
    "gradient",
  );
});

test("a model trains with it, and comes back out of a file", async () => {
  setSeed(4);
  const wrapped = new SpectralNormalization({ layer: new Dense({ units: 3 }), powerIterations: 20 });
  const model = new Sequential([wrapped, new Dense({ units: 1 })]);
  model.build([null, 3]);
  model.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
  await model.fit(x, tensor([[1], [0], [1], [0]]), { epochs: 3, verbose: 0 });
  let bytes = new Uint8Array();
  const store = {
    open: async (name: string) => memorySource(name, bytes),
    write: async (_: string, pieces: Iterable<Uint8Array>) => {
      bytes = new Uint8Array(await new Blob([...pieces] as BlobPart[]).arrayBuffer());
    },
  };
  await model.save({ store, name: "model.keras" });
  const again = await loadModel({ store, name: "model.keras" }, { device: "reference" });
  expect(again.weights.map(({ value }) => [...value])).toEqual(model.weights.map(({ value }) => [...value]));
  expect(again.weights.map(({ name }) => name)).toEqual(["kernel", "vector_u", "bias", "kernel", "bias"]);
  const [one, two] = [await again.predict(x, { verbose: 0 }), await model.predict(x, { verbose: 0 })];
  assertClose((one as Tensor).data, (two as Tensor).data, 1e-6, "predictions");
});

test("a kernel of zeros stays, and a layer without a kernel is refused", async () => {
  const layer = new SpectralNormalization({ layer: new Dense({ units: 2, kernelInitializer: "zeros" }) });
  const y = await layer.run(x, { device: "reference", training: true });
  expect([...y.data]).toEqual(new Array(8).fill(0));
  expect([...layer.kernel.value]).toEqual(new Array(6).fill(0));
  const flat: Layer = new SpectralNormalization({ layer: new Flatten() });
  expect(() => flat.build([null, 3])).toThrow(/Flatten ".*" has no weight `kernel` or `embeddings`/);
});
