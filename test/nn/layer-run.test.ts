/** Numbers in, numbers out for a layer, and its weights as numbers. */
import { input, jit, Model, Sequential, tensor } from "fovea";
import { BatchNormalization, Concatenate, Dense, Dropout, Layer } from "fovea/layers";
import { add, multiply, ones, onesLike, random, type Sym, shape } from "fovea/ops";
import { describe, expect, test } from "vitest";

const device = "reference";

describe("layer.run", () => {
  test("makes the weights for the first data, and gives the layer's numbers", async () => {
    const layer = new Dense({ units: 2, kernelInitializer: "ones", biasInitializer: "ones", activation: "relu" });
    expect(
      (
        await layer.run(
          [
            [1, 2, 3],
            [-1, -2, -3],
          ],
          { device },
        )
      ).toArray(),
    ).toEqual([
      [7, 7],
      [0, 0],
    ]);
    expect(layer.kernel.shape).toEqual([3, 2]);
    expect((await layer.run(tensor([[1, 1, 1]]), { device })).toArray()).toEqual([[4, 4]]);
  });

  test("takes whole numbers as they are", async () => {
    const layer = new Dense({ units: 1, kernelInitializer: "ones" });
    expect((await layer.run(tensor(Uint8Array.of(200, 100), [1, 2]), { device })).toArray()).toEqual([[300]]);
  });

  test("a layer of several inputs takes nested numbers in a list", async () => {
    const made = await new Concatenate().run([[[1, 2]], [[3]]], { device });
    expect(made.toArray()).toEqual([[1, 2, 3]]);
  });

  test("outputs come in the structure that call gives", async () => {
    class Both extends Layer<object, { readonly double: Sym; readonly triple: Sym }> {
      override call(x: Sym) {
        return { double: multiply(x, 2), triple: multiply(x, 3) };
      }
    }
    const { double, triple } = await new Both().run([[1], [2]], { device });
    expect([double.toArray(), triple.toArray()]).toEqual([
      [[2], [4]],
      [[3], [6]],
    ]);
  });

  test("training: Dropout drops, BatchNormalization uses the batch's moments and keeps averages", async () => {
    const ten = tensor(new Float32Array(1000).fill(1), [1000, 1]);
    const dropped = (await new Dropout({ rate: 0.5 }).run(ten, { device, training: true })).data;
    expect(new Set(dropped)).toEqual(new Set([0, 2]));
    const norm = new BatchNormalization({ momentum: 0.5, epsilon: 0 });
    expect((await norm.run([[1], [3]], { device, training: true })).toArray()).toEqual([[-1], [1]]);
    expect([...norm.movingMean.value, ...norm.movingVariance.value]).toEqual([1, 1]);
    expect((await norm.run([[1], [3]], { device })).toArray()).toEqual([[0], [2]]);
  });

  test("what changes a layer changes the next run: weights, frozen layers, layers that are added", async () => {
    const model = new Sequential([new Dense({ units: 1, kernelInitializer: "ones" })]);
    expect((await model.run([[2]], { device })).toArray()).toEqual([[2]]);
    model.setWeights([[[3]], [1]]);
    expect((await model.run([[2]], { device })).toArray()).toEqual([[7]]);
    model.add(new Dense({ units: 1, kernelInitializer: "ones" }));
    model.layers[1]!.setWeights([[[10]], [0]]);
    expect((await model.run([[2]], { device })).toArray()).toEqual([[70]]);
    const norm = new BatchNormalization({ epsilon: 0 });
    await norm.run([[1], [3]], { device, training: true });
    norm.trainable = false;
    const kept = [...norm.movingMean.value];
    const [first] = (await norm.run([[1], [3]], { device, training: true })).data;
    expect(first).toBeCloseTo((1 - norm.movingMean.value[0]!) / Math.sqrt(norm.movingVariance.value[0]!), 5);
    expect([...norm.movingMean.value]).toEqual(kept);
  });

  test("a model takes and gives records", async () => {
    const a = input({ shape: [1] });
    const b = input({ shape: [1] });
    const model = new Model({ inputs: { a, b }, outputs: { sum: add(a, b) } });
    const { sum } = await model.run({ a: [[1]], b: [[2]] }, { device });
    expect(sum.toArray()).toEqual([[3]]);
  });

  test("an unknown option and symbolic input are refused", async () => {
    const layer = new Dense({ units: 1 });
    await expect(layer.run([[1]], { devise: "cpu" } as object)).rejects.toThrow(/devise/);
  });
});

describe("weights of a layer as numbers", () => {
  test("getWeights copies, setWeights sets all or nothing", () => {
    const layer = new Dense({ units: 2, kernelInitializer: "ones" });
    expect(() => layer.getWeights()).toThrow(/getWeights: Dense "dense.*" is not built/);
    layer.build([null, 1]);
    const [kernel] = layer.getWeights();
    kernel!.data[0] = 9;
    expect([...layer.kernel.value]).toEqual([1, 1]);
    expect(() => layer.setWeights([[[5, 5]], [1]])).toThrow(/weight 1 .* has shape \(2,\), got \(1,\)/);
    expect([...layer.kernel.value]).toEqual([1, 1]);
    layer.setWeights([[[5, 6]], [1, 2]]);
    expect(layer.getWeights().map((weight) => weight.toArray())).toEqual([[[5, 6]], [1, 2]]);
  });
});

test("apply in another layer's call takes values of the step, and options", async () => {
  class Frozen extends Layer {
    readonly drop = new Dropout({ rate: 0.9 });
    override call(x: Sym) {
      return this.drop.apply(x, { training: false });
    }
  }
  const x = [[1, 2, 3]];
  expect((await new Frozen().run(x, { device, training: true })).toArray()).toEqual(x);
});

describe("a new value whose first size stands for the batch", () => {
  test("null, as shape(x)[0] gives it: one row for each row, also of a short batch", async () => {
    const noise = jit(
      (x: Sym) => random.normal([null, 2], { seed: 1 }) && add(random.normal(shape(x), { seed: 1 }), multiply(x, 0)),
      { device },
    );
    const all = await noise([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(all.shape).toEqual([3, 2]);
    const few = await noise([
      [0, 0],
      [0, 0],
    ]);
    expect([...few.data]).toEqual([...all.data.slice(0, 4)]);
    const counted = jit((x: Sym) => [ones([null, 1]), onesLike(x)], { device });
    expect((await counted([[0], [0]]))[0]!.toArray()).toEqual([[1], [1]]);
  });

  test("not without a batch, nor beside like", async () => {
    await expect(jit((x: Sym) => add(x, random.normal([null])), { device, batched: false })([1])).rejects.toThrow(
      /fed no batch/,
    );
    await expect(jit((x: Sym) => random.normal([null, 1], { like: x }), { device })([1])).rejects.toThrow(
      /stands for the batch already/,
    );
    await expect(jit((x: Sym) => random.normal([x, 1]), { device })([1])).rejects.toThrow(/step.rows or null/);
  });
});
