/** Layers that join several inputs: shapes, messages, files, receptive fields, and a residual net that learns. */
import { ArgumentError, input, Model, Sequential, ShapeError, setSeed } from "fovea";
import { receptiveField } from "fovea/insight";
import {
  Add,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  ReLU,
  ZeroPadding2D,
} from "fovea/layers";
import { describe, expect, test } from "vitest";
import { silent, stripes } from "../train/small-models.ts";

describe("shapes that do not fit", () => {
  test("Add names both", () => {
    const add = new Add({ name: "sum" });
    expect(() =>
      add.computeOutputShape([
        [null, 8, 8, 4],
        [null, 8, 7, 4],
      ]),
    ).toThrow(ShapeError);
    expect(() =>
      add.computeOutputShape([
        [null, 8, 8, 4],
        [null, 8, 7, 4],
      ]),
    ).toThrow(/Add "sum": inputs \(None, 8, 8, 4\) and \(None, 8, 7, 4\) cannot be added/);
  });

  test("Concatenate names the axis that may differ, and refuses the batch axis", () => {
    const side = new Concatenate({ axis: 1, name: "side" });
    expect(() =>
      side.computeOutputShape([
        [null, 8, 4],
        [null, 8, 5],
      ]),
    ).toThrow(/Concatenate "side": inputs \(None, 8, 4\) and \(None, 8, 5\) differ along another axis than 1/);
    expect(() =>
      new Concatenate({ axis: 0, name: "rows" }).computeOutputShape([
        [null, 3],
        [null, 3],
      ]),
    ).toThrow(/Concatenate "rows": axis 0 of inputs of 2 axes, expected -1 … -1 or 1 … 1/);
  });

  test("a layer of one input refuses a list, a joining layer a single tensor", () => {
    const x = input({ shape: [4] });
    // @ts-expect-error one input
    expect(() => new Dense({ units: 1, name: "d" }).apply([x, x])).toThrow(/Dense "d" takes one input, got 2/);
    // @ts-expect-error a list of inputs
    expect(() => new Add({ name: "a" }).apply(x)).toThrow(ArgumentError);
    // @ts-expect-error a list of inputs
    expect(() => new Add({ name: "a" }).apply(x)).toThrow(/Add "a" takes a list of inputs: apply\(\[a, b, …\]\)/);
    expect(() => new Add({ name: "a" }).apply([])).toThrow(/takes one input or more, got 0/);
    expect(() => new Sequential([new Dense({ units: 2, inputShape: [3] }), new Add()])).toThrow(/list of inputs/);
  });

  test("ZeroPadding2D says how padding may be written", () => {
    for (const padding of [-1, [1], [[1, 2, 3], 0], 0.5])
      expect(() => new ZeroPadding2D({ padding: padding as number })).toThrow(
        /padding is .*, expected a whole number of 0 or more, \[rows, columns\] or \[\[top, bottom\], \[left, right\]\]/,
      );
    expect(new ZeroPadding2D({ padding: [1, 2] }).getConfig().padding).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

/** 6x6x1 → conv → residual block → pooled → 3 classes. */
function residualNet(): Model {
  const x = input({ shape: [6, 6, 1], name: "image" });
  const stem = new Conv2D({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", name: "stem" }).apply(x);
  const inner = new ReLU({ name: "relu" }).apply(
    new BatchNormalization({ name: "norm" }).apply(
      new Conv2D({ filters: 8, kernelSize: 3, padding: "same", name: "inner" }).apply(stem),
    ),
  );
  const sum = new Add({ name: "sum" }).apply([stem, inner]);
  const both = new Concatenate({ name: "both" }).apply([sum, stem]);
  const pooled = new GlobalAveragePooling2D({ name: "pool" }).apply(both);
  const y = new Dense({ units: 3, activation: "softmax", name: "classes" }).apply(pooled);
  return new Model({ inputs: x, outputs: y });
}

test("a residual net learns the same on the CPU device as on the reference", async () => {
  const { images, labels } = stripes(24);
  const train = async (device: "cpu" | "reference") => {
    setSeed(7);
    const model = residualNet();
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device });
    const { history } = await model.fit(images, labels, { epochs: 4, batchSize: 8, ...silent });
    return history.loss!;
  };
  const [cpu, reference] = [await train("cpu"), await train("reference")];
  expect(reference.at(-1)!).toBeLessThan(reference[0]!);
  cpu.forEach((loss, epoch) => {
    expect(Math.abs(loss - reference[epoch]!)).toBeLessThan(1e-4);
  });
});

test("in a file a joining layer is called with one list, and was built for all shapes", () => {
  const { config } = residualNet().toJSON() as { config: { layers?: readonly Record<string, unknown>[] } };
  const sum = config.layers!.find(({ name }) => name === "sum")!;
  expect(sum.build_config).toEqual({
    input_shape: [
      [null, 6, 6, 8],
      [null, 6, 6, 8],
    ],
  });
  const tensor = (layer: string) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 6, 6, 8], dtype: "float32", keras_history: [layer, 0, 0] },
  });
  expect(sum.inbound_nodes).toEqual([{ args: [[tensor("stem"), tensor("relu")]], kwargs: {} }]);
});

test("the summary shows what a joining layer reads", () => {
  const text = residualNet().summary({ print: () => {} });
  expect(text).toMatch(/sum \(Add\) .*│ stem\[0\]\[0\], relu\[0\]\[0\] /);
});

describe("receptive fields", () => {
  test("behind a join an entry sees what it sees through any branch", () => {
    const fields = Object.fromEntries(receptiveField(residualNet()).map((field) => [field.layer, field]));
    expect(fields.stem!.size).toEqual([3, 3]);
    expect(fields.sum).toMatchObject({ kind: "grid", size: [5, 5], start: [0, 0] });
    expect(fields.both!.box(3, 3)).toEqual({ top: 1, left: 1, bottom: 5, right: 5 });
  });

  test("padding moves the first centre", () => {
    const model = new Sequential([
      new ZeroPadding2D({
        padding: [
          [2, 0],
          [1, 3],
        ],
        inputShape: [5, 5, 1],
      }),
      new Conv2D({ filters: 1, kernelSize: 3 }),
    ]);
    const [padded, convolved] = receptiveField(model);
    expect(padded).toMatchObject({ size: [1, 1], start: [-2, -1] });
    expect(padded!.box(0, 0)).toBeUndefined();
    expect(convolved).toMatchObject({ size: [3, 3], start: [-1, 0] });
    expect(convolved!.box(0, 0)).toEqual({ top: 0, left: 0, bottom: 0, right: 1 });
  });

  test("branches of different strides have no common grid", () => {
    const x = input({ shape: [4, 4, 1] });
    const strided = new Conv2D({ filters: 1, kernelSize: 1, strides: 2 }).apply(x);
    const cut = new Conv2D({ filters: 1, kernelSize: 3 }).apply(x);
    const model = new Model({ inputs: x, outputs: new Add({ name: "sum" }).apply([strided, cut]) });
    expect(() => receptiveField(model)).toThrow(/layer "sum" joins inputs whose cells are 2 and 1 pixels apart/);
  });
});
