/** Normalization of rows: masks, axes, what a built layer writes, and what is refused. */
import { jit, tensor } from "fovea";
import { GroupNormalization, LayerNormalization, RMSNormalization, Softmax, UnitNormalization } from "fovea/layers";
import type { Sym } from "fovea/ops";
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { relativeError } from "../ir/closeness.ts";

const device = "reference";

const masked = (layer: Softmax) => jit((x: Sym, mask: Sym) => layer.call(x, { training: false, mask }), { device });

describe("Softmax with a mask", () => {
  test("gives Keras's numbers", async () => {
    const x = [
      [-0.0049, -0.1617, -0.22, 0.2834, 0.7353],
      [-0.7358, -0.0831, -1.2031, -1.1322, 0.3426],
      [0.4296, -1.7876, 1.2195, -0.3113, -0.2773],
    ];
    const mask = [
      [1, 1, 0, 1, 0],
      [1, 1, 0, 1, 0],
      [1, 1, 0, 1, 0],
    ];
    const made = await masked(new Softmax())(tensor([x]), tensor([mask]));
    const keras = [
      [0.313574702, 0.268067181, 0, 0.418358058, 0],
      [0.278283536, 0.534504652, 0, 0.187211752, 0],
      [0.630676746, 0.0686893016, 0, 0.300633937, 0],
    ];
    expect(relativeError(made.data, keras.flat())).toBeLessThan(1e-6);
  });

  test("of fewer axes holds for all entries of the others; where nothing is left, all is 0", async () => {
    const x = tensor([
      [
        [1, 1],
        [2, 2],
      ],
    ]);
    const run = masked(new Softmax());
    expect((await run(x, tensor([[1, 0]]))).toArray()).toEqual([
      [
        [0.5, 0.5],
        [0, 0],
      ],
    ]);
    expect((await masked(new Softmax({ axis: [1, 2] }))(x, tensor([[1, 0]]))).toArray()).toEqual([
      [
        [0.5, 0.5],
        [0, 0],
      ],
    ]);
  });

  test("of another shape is refused", async () => {
    const run = masked(new Softmax({ name: "probabilities" }));
    await expect(run(tensor([[1, 2, 3]]), tensor([[1, 1]]))).rejects.toThrow(
      /Softmax "probabilities": the mask is \(1, 2\), expected the axes of the input \(1, 3\)/,
    );
  });
});

describe("axes", () => {
  test.each([
    [
      () => new LayerNormalization({ axis: 0 }).build([null, 3]),
      /axis 0 of an input \(None, 3\), expected -1 … -1 or 1 … 1;/,
    ],
    [() => new RMSNormalization({ axis: [1, -2] }).build([null, 3, 4]), /axis \[1,-2\] of an input .* each once/],
    [() => new UnitNormalization({ axis: 3 }).computeOutputShape([null, 3, 4]), /axis 3 of an input/],
    [() => new Softmax({ axis: [] }), /axis is \[\], expected a whole number or a list of them/],
    [() => new LayerNormalization({ axis: 1.5 }), /axis is 1\.5/],
    [() => new GroupNormalization({ groups: 0 }), /groups is 0, expected a whole number of 1 or more, or -1/],
    [
      () => new GroupNormalization({ groups: 4 }).build([null, 6]),
      /6 channels cannot be cut into 4 groups of equal size/,
    ],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("of unknown size", () => {
    const build = () => new LayerNormalization().build([null, 4, null]);
    expect(build).toThrow(/must know axis 2 of its input/);
    expect(build).toThrow(ShapeError);
  });
});

test("GroupNormalization with a group per channel writes their number once it is built", () => {
  const layer = new GroupNormalization({ groups: -1 });
  expect(layer.getConfig().groups).toBe(-1);
  layer.build([null, 3, 5]);
  expect(layer.getConfig().groups).toBe(5);
});

test("rows of zeros stay finite", async () => {
  const zeros = [[0, 0, 0]];
  for (const layer of [new LayerNormalization(), new RMSNormalization(), new UnitNormalization()])
    expect((await layer.run(zeros, { device })).toArray()).toEqual(zeros);
});

test("what an entry reads", () => {
  expect(new LayerNormalization().reading([4, 5, 3])).toEqual({ kind: "channels" });
  expect(new LayerNormalization({ axis: [1, 2] }).reading([4, 5, 3])).toEqual({ kind: "all" });
  expect(new Softmax({ axis: 1 }).reading([4, 5, 3])).toBeUndefined();
});
