/** The programs that the API was designed by run, and give what they say. */
import { clearSession, input, Model, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { expect, expectTypeOf, test } from "vitest";
import * as programs from "./api-programs.ts";

const place = { device: "reference" } as const;
const wave = (shape: readonly number[], speed = 1.7): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * speed)),
    shape,
  );

test("1: two inputs, two outputs", async () => {
  const digit = await programs.twoInputs(
    place,
    wave([4, 28, 28, 1]),
    wave([4, 4]),
    Int32Array.of(0, 1, 2, 3),
    wave([4, 1]),
  );
  expectTypeOf(digit).toEqualTypeOf<Tensor>();
  expect(digit.shape).toEqual([4, 10]);
  for (let row = 0; row < 4; row++)
    expect([...digit.data].slice(row * 10, row * 10 + 10).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
});

test("2: a model is a layer; a feature extractor is a model", async () => {
  const { net, maps } = programs.layeredModels(place);
  expect(net.trainableWeights.map(({ name }) => name)).toEqual(["kernel", "bias"]);
  const [first, second] = await maps.predict([wave([1, 96, 96, 3])], { verbose: 0 });
  expect([first!.shape, second!.shape]).toEqual([
    [1, 94, 94, 4],
    [1, 46, 46, 4],
  ]);
});

test("3: an own layer", async () => {
  const layer = new programs.Involution({ groups: 2 });
  expect(layer.apply(input({ shape: [4, 4, 3] })).shape).toEqual([null, 16]);
  expect(layer.weights.map(({ shape }) => shape)).toEqual([[3, 3, 3], [3, 16], [16]]);
  expect(layer.getConfig()).toMatchObject({ groups: 2 });
  expect(() => new programs.Involution({ groups: 0 })).toThrow(/groups/);
  expect((await programs.double.run([[1, 2]], place)).toArray()).toEqual([[2, 4]]);
});

test("4: own loss and metric", async () => {
  const model = new Sequential([new Dense({ units: 3, kernelInitializer: "identity", inputShape: [3] })]);
  programs.compileOwnLoss(model, place);
  // Predicted classes 0, 1, 1, 2 for targets 0, 1, 2, 2: IoU 1, 1/2 and 1/2.
  const x = tensor([
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  const logs = await model.testOnBatch(x, [[0], [1], [2], [2]]);
  expect(logs.own_mean_io_u).toBeCloseTo(2 / 3, 5);
  // Each row of the output is compared with the target spread over its three places.
  expect(logs.loss).toBeCloseTo((1 / 3 + 2 / 3 + 9 / 3 + (4 + 4 + 1) / 3) / 4, 5);
});

test("5: own training", async () => {
  setSeed(1);
  const x = wave([16, 4]);
  const vae = new programs.Vae();
  vae.compile({ optimizer: "adam", loss: "mse", ...place });
  const { history } = await vae.fit(x, undefined, { epochs: 5, verbose: 0 });
  expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
  const gan = new programs.Gan();
  gan.compile(place);
  const { history: logs } = await gan.fit(x, undefined, { epochs: 2, batchSize: 5, verbose: 0 });
  expect(Object.keys(logs)).toEqual(["dLoss", "gLoss"]);
  expect(gan.generator.weights[0]!.shape).toEqual([64, 4]);
});

test("6: functions of tensors", async () => {
  const net = new Sequential([new Dense({ units: 2, inputShape: [3], kernelInitializer: "identity" })]);
  const { heat, value, slope } = await programs.functions(
    place,
    net,
    tensor([
      [3, 1, 5],
      [1, 3, 5],
    ]),
    [[2]],
    [[1], [2]],
    [[1], [1]],
  );
  expect(heat.toArray()).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ]);
  expect([value.item(), slope.item()]).toEqual([5, 7]);
});

test("7: data", async () => {
  clearSession();
  const net = new Sequential([new Dense({ units: 2, activation: "softmax", inputShape: [3] })]);
  net.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], ...place });
  async function* readRows() {
    for (let i = 0; i < 10; i++) yield { pixels: [i, 255 - i, 20 * i], label: [i % 2, 1 - (i % 2)] };
  }
  const lines: string[] = [];
  const { history } = await programs.data(net, readRows, (line) => lines.push(line));
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["0", "1"]);
  expect(lines.every((line) => Number.isFinite(Number(line.split(" ")[1])))).toBe(true);
  expect(history.loss!.length).toBe(1);
});

test("9: a server", async () => {
  const x = input({ shape: [2] });
  const net = new Model({ inputs: x, outputs: new Dense({ units: 1, kernelInitializer: "ones" }).apply(x) });
  const answers: ((request: { readonly body: Uint8Array }) => Promise<unknown>)[] = [];
  programs.serve({ post: (_path, answer) => answers.push(answer) }, net, async (body) => tensor(body, [1, 2]));
  const asked = Array.from({ length: 5 }, (_, i) => answers[0]!({ body: Uint8Array.of(i, 10) }));
  expect(await Promise.all(asked)).toEqual([0, 1, 2, 3, 4].map((i) => [[i + 10]]));
});

test("11: schedules, regularizers, groups of weights", () => {
  const { net } = programs.layeredModels(place);
  const layer = programs.scheduled(place, net);
  expect(net.optimizer!.learningRate).toBe(0);
  expect(layer.getConfig()).toMatchObject({ kernelRegularizer: { config: { l2: 1e-4 } } });
});

test("12: an error that teaches", () => {
  expect(programs.positional).toThrow(
    /Dense takes its options as one object .* got 10\. Write new Dense\(\{ units: … \}\)\./,
  );
});
