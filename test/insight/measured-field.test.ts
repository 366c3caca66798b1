import { Sequential, setSeed, tensor } from "fovea";
import { measuredField, receptiveField } from "fovea/insight";
import {
  AveragePooling2D,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Flatten,
  type Layer,
  MaxPooling2D,
  SeparableConv2D,
  ZeroPadding2D,
} from "fovea/layers";
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { fc } from "../properties.ts";

/** One layer of a random network; undefined where it does not fit into what is left of the image. */
const layers = fc.record({
  kind: fc.constantFrom("conv", "conv", "conv", "depthwise", "separable", "max", "average", "pad"),
  kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padding: fc.constantFrom("valid", "same"),
} as const);

type Drawn = typeof layers extends fc.Arbitrary<infer T> ? T : never;

/** A smooth activation, so that no unit is dead; pooling by the maximum alone hides pixels, which many images show in turn. */
function make({ kind, kernel, stride, dilation, padding }: Drawn, name: string): Layer {
  // A window with a stride and a dilation at once is refused, as in Keras.
  const window = { kernelSize: kernel, padding, name, activation: "tanh" } as const;
  switch (kind) {
    case "conv":
      return new Conv2D({
        filters: 3,
        ...window,
        ...(dilation > 1 ? { dilationRate: dilation } : { strides: stride }),
      });
    case "depthwise":
      return new DepthwiseConv2D({ ...window, strides: stride });
    case "separable":
      return new SeparableConv2D({ filters: 2, ...window, strides: stride });
    case "max":
      return new MaxPooling2D({ poolSize: kernel, strides: stride, padding, name });
    case "average":
      return new AveragePooling2D({ poolSize: kernel, strides: stride, padding, name });
    case "pad":
      return new ZeroPadding2D({ padding: [kernel[0] - 1, kernel[1] - 1], name });
  }
}

/** Layers as long as they fit into the image. */
function network(drawn: readonly Drawn[], extent: readonly [number, number]): Sequential {
  const model = new Sequential([new ZeroPadding2D({ padding: 0, inputShape: [...extent, 2], name: "image" })]);
  let pooled = false;
  drawn.forEach((drawn, i) => {
    // Windows of maxima over maxima have too many pixels for each to be the largest once in a while.
    const each: Drawn = drawn.kind === "max" && pooled ? { ...drawn, kind: "average" } : drawn;
    pooled ||= each.kind === "max";
    const [rows, columns] = (model.outputShape as readonly number[]).slice(1) as [number, number];
    const reach = (k: number) => (k - 1) * (each.kind === "conv" ? each.dilation : 1) + 1;
    if (each.padding === "valid" && (reach(each.kernel[0]) > rows || reach(each.kernel[1]) > columns)) return;
    model.add(make(each, `layer${i}`));
  });
  return model;
}

const images = (count: number, [rows, columns]: readonly [number, number]) => {
  const random = new RandomStream(keyOf(count));
  return tensor(
    Float32Array.from({ length: count * rows * columns * 2 }, () => random.uniform() - 0.5),
    [count, rows, columns, 2],
  );
};

test("the receptive field is the set of pixels whose derivative is not 0, in 30 random networks", async () => {
  const cases = fc.record({
    extent: fc.tuple(fc.integer({ min: 6, max: 13 }), fc.integer({ min: 6, max: 13 })),
    drawn: fc.array(layers, { minLength: 1, maxLength: 3 }),
    place: fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true })),
    seed: fc.integer({ min: 0, max: 1000 }),
  });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ extent, drawn, place, seed }) => {
      setSeed(seed);
      const model = network(drawn, extent);
      model.compile({ device: "reference" });
      const last = model.layers.at(-1)!;
      const shape = (model.outputShape as readonly number[]).slice(1) as [number, number, number];
      const [row, column] = [Math.floor(place[0] * shape[0]), Math.floor(place[1] * shape[1])];
      const field = receptiveField(model).find(({ layer }) => layer === last.name)!;
      const { rows, columns } = field.pixels(row, column);
      const measured = await measuredField(model, { layer: last, unit: [row, column, 0], images: images(256, extent) });
      const seen = [...measured.data.keys()].filter((pixel) => measured.data[pixel] !== 0);
      const stated = rows.flatMap((r) => columns.map((c) => r * extent[1] + c));
      expect(seen).toEqual(stated);
      compared += stated.length;
    }),
    { numRuns: 30 },
  );
  expect(compared).toBeGreaterThan(30);
});

describe("units and layers", () => {
  const model = new Sequential([
    new Conv2D({ filters: 2, kernelSize: 3, name: "conv", inputShape: [6, 6, 2] }),
    new Flatten({ name: "flat" }),
    new Dense({ units: 3, activation: "softmax", name: "dense" }),
  ]);
  model.compile({ device: "reference" });

  test("a Dense unit sees all pixels, an entry of Flatten those of its place", async () => {
    const all = await measuredField(model, { layer: "dense", unit: [1], images: images(2, [6, 6]) });
    expect(all.data.every((value) => value > 0)).toBe(true);
    const entry = await measuredField(model, { layer: "flat", unit: [(2 * 4 + 3) * 2], images: images(2, [6, 6]) });
    const unit = await measuredField(model, { layer: "conv", unit: [2, 3, 0], images: images(2, [6, 6]) });
    expect(entry.data).toEqual(unit.data);
  });

  test("a unit that is not there is refused with its layer's shape", async () => {
    const asked = (layer: string, unit: number[]) => measuredField(model, { layer, unit, images: images(1, [6, 6]) });
    await expect(asked("conv", [4, 0, 0])).rejects.toThrow(
      /unit is .*, expected a place in what layer "conv" gives, \(4, 4, 2\)/,
    );
    await expect(asked("dense", [1, 2])).rejects.toThrow(/"dense" gives, \(3,\)/);
    await expect(asked("convv", [1, 2])).rejects.toThrow(/Did you mean "conv"/);
    await expect(measuredField(model, { layer: "conv", unit: [0, 0, 0], images: images(1, [5, 6]) })).rejects.toThrow(
      /measuredField: images have shape \(1, 5, 6, 2\), expected \(None, 6, 6, 2\)/,
    );
  });
});
