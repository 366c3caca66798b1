/** Models that change between calls: layers added, layers frozen, parts shared. Steps of before must not be run again. */
import { input, Model, Sequential, StateError, tensor } from "fovea";
import { Constant } from "fovea/initializers";
import { Dense, Flatten } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { silent, weightValues } from "./small-models.ts";

const devices = ["reference", "cpu"] as const;

/** Weights that make a layer's output `factor` times the sum of its inputs. */
const factor = (value: number) => ({ kernelInitializer: new Constant({ value }) });

describe.each(devices)("on %s", (device) => {
  test("predict after add gives the new model's numbers, in its shape", async () => {
    const model = new Sequential([new Dense({ units: 2, ...factor(2), inputShape: [3] })]);
    model.compile({ optimizer: "sgd", loss: "mse", device, threads: 1 });
    expect((await model.predict([[1, 1, 1]], silent)).toArray()).toEqual([[6, 6]]);
    model.add(new Dense({ units: 4, ...factor(0.5) }));
    const grown = await model.predict([[1, 1, 1]], silent);
    expect(grown.shape).toEqual([1, 4]);
    expect(grown.toArray()).toEqual([[6, 6, 6, 6]]);
    expect((await model.predict([[1, 0, 2]], silent)).toArray()).toEqual([[6, 6, 6, 6]]);
  });

  test("a prediction that runs while a layer is added leaves no program of the old model behind", async () => {
    const model = new Sequential([new Dense({ units: 2, ...factor(2), inputShape: [3] })]);
    model.compile({ optimizer: "sgd", loss: "mse", device, threads: 1 });
    const x = Array.from({ length: 32 }, () => [1, 1, 1]);
    await model.predict(x, { batchSize: 1, ...silent });
    const running = Array.from({ length: 5 }, () => model.predict(x, { batchSize: 1, ...silent }));
    await new Promise((resolve) => setTimeout(resolve, 3));
    model.add(new Dense({ units: 4, ...factor(0.5) }));
    await Promise.allSettled(running);
    expect((await model.predict([[1, 1, 1]], { batchSize: 1, ...silent })).toArray()).toEqual([[6, 6, 6, 6]]);
  });

  test("fit after compile and add trains all layers", async () => {
    const model = new Sequential([new Dense({ units: 1, useBias: false, ...factor(2), inputShape: [1] })]);
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "mse", device, threads: 1 });
    model.add(new Dense({ units: 1, useBias: false, ...factor(3) }));
    const { history } = await model.fit([[1]], [5], silent);
    // (2·3 - 5)² = 1; the slopes are 2·(6 - 5)·3 and 2·(6 - 5)·2.
    expect(history.loss).toEqual([1]);
    expect(weightValues(model)[0]![0]).toBeCloseTo(2 - 0.6, 6);
    expect(weightValues(model)[1]![0]).toBeCloseTo(3 - 0.4, 6);
    // Between two fits, too: what the optimizer keeps grows with the model.
    model.add(new Dense({ units: 1, useBias: false, ...factor(1), name: "late" }));
    await model.fit([[1]], [0], silent);
    // d(w₁·w₂·w₃)²/dw₃ = 2·(1.4·2.6·1)·(1.4·2.6).
    expect(weightValues(model)[2]![0]).toBeCloseTo(1 - 0.1 * 2 * (1.4 * 2.6) ** 2, 4);
  });

  test("trainable is obeyed from the next step on, whatever the batch size", async () => {
    const layer = new Dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] });
    const model = new Sequential([layer]);
    model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: "mse", device, threads: 1 });
    const weight = () => weightValues(model)[0]![0]!;
    let expected = 1;
    const step = async (rows: number, trains: boolean) => {
      // d mean(w²)/dw = 2·w, for any number of rows.
      if (trains) expected -= 0.02 * expected;
      const run = model.trainOnBatch(new Array(rows).fill([1]), new Array(rows).fill(0));
      if (trains) await run;
      else await expect(run).rejects.toThrow("SGD: no weight has a gradient, so there is nothing to train.");
      expect(weight()).toBeCloseTo(expected, 6);
    };
    for (const trains of [true, false, true, false]) {
      layer.trainable = trains;
      for (const rows of [1, 2, 1, 3]) await step(rows, trains);
    }
  });

  test("one layer of two frozen and set free again", async () => {
    const [first, second] = [
      new Dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] }),
      new Dense({ units: 1, useBias: false, kernelInitializer: "ones" }),
    ];
    const model = new Sequential([first, second]);
    model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: "mse", device, threads: 1 });
    const [x, y] = [
      [[1], [1]],
      [0, 0],
    ];
    const weights = () => weightValues(model).map(([weight]) => weight!);
    await model.fit(x, y, silent);
    first.trainable = false;
    const before = weights();
    await model.fit(x, y, { batchSize: 1, ...silent });
    expect(weights()[0]).toBe(before[0]);
    expect(weights()[1]).toBeLessThan(before[1]!);
    expect(model.trainableWeights).toHaveLength(1);
    // As many weights train as before, and others.
    first.trainable = true;
    second.trainable = false;
    const between = weights();
    await model.fit(x, y, { batchSize: 1, ...silent });
    expect(weights()[0]).toBeLessThan(between[0]!);
    expect(weights()[1]).toBe(between[1]);
  });

  test("one optimizer trains two models, each with its own slots", async () => {
    const make = () =>
      new Sequential([new Dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] })]);
    const run = async (one: SGD, other: SGD) => {
      const [a, b] = [make(), make()];
      a.compile({ optimizer: one, loss: "mse", device, threads: 1 });
      b.compile({ optimizer: other, loss: "mse", device, threads: 1 });
      for (let i = 0; i < 3; i++) {
        await a.fit([[1]], [0], silent);
        await b.fit([[2]], [0], silent);
      }
      return [...weightValues(a), ...weightValues(b)];
    };
    const momentum = () => new SGD({ learningRate: 0.01, momentum: 0.9 });
    const shared = momentum();
    expect(await run(shared, shared)).toEqual(await run(momentum(), momentum()));
    expect(shared.iteration.value[0]).toBe(6);
  });
});

describe("what is built, and what is not", () => {
  test("an unbuilt model has no weights yet", () => {
    const model = new Sequential([new Flatten(), new Dense({ units: 2 })]);
    expect(model.weights).toEqual([]);
    expect(model.trainableWeights).toEqual([]);
    expect(() => model.getWeights()).toThrow(StateError);
    model.build([null, 2, 3]);
    expect(model.weights.map(({ shape }) => shape)).toEqual([[6, 2], [2]]);
  });

  test("building again for another shape is refused, for the same one it is done", () => {
    const model = new Sequential([new Dense({ units: 2, inputShape: [3] })], { name: "made" });
    model.build([null, 3]);
    model.build([7, 3]);
    const message =
      'Sequential "made" was built for inputs (None, 3) ("NAME") and cannot take (None, 4); make a second model.';
    expect(() => model.build([null, 4])).toThrow(message.replace("NAME", model.inputs[0]!.name));
    expect(() => model.build([null, 3, 1])).toThrow("cannot take (None, 3, 1)");
    expect(() => model.apply(input({ shape: [5] }))).toThrow("cannot take (None, 5)");
    const layer = new Dense({ units: 2, name: "single" });
    layer.build([null, 3]);
    expect(() => layer.build([null, 4])).toThrow(
      'Dense "single" was built for inputs (None, 3) and cannot take (None, 4)',
    );
    expect(layer.weights[0]!.shape).toEqual([3, 2]);
  });

  test("compile takes a loss alone, and without any options what is added to the loss trains", async () => {
    const x = input({ shape: [1] });
    const model = new Model({ inputs: x, outputs: new Dense({ units: 1, kernelRegularizer: "l2" }).apply(x) });
    model.compile({ loss: "mse", device: "reference" });
    expect(Object.keys((await model.fit(tensor([[1]]), [1], silent)).history)).toEqual(["loss"]);
    model.compile({ device: "reference" });
    const before = Math.abs(weightValues(model)[0]![0]!);
    await model.fit(tensor([[1]]), null, { epochs: 9, ...silent });
    expect(Math.abs(weightValues(model)[0]![0]!)).toBeLessThan(before);
  });
});
