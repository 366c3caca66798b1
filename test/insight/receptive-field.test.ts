import { Sequential, ShapeError, tensor } from "fovea";
import { receptiveField, receptiveFieldText } from "fovea/insight";
import {
  Activation,
  Conv2D,
  Cropping2D,
  Dense,
  Flatten,
  Layer,
  MaxPooling2D,
  ReLU,
  Reshape,
  UpSampling2D,
  ZeroPadding2D,
} from "fovea/layers";
import { describe, expect, test } from "vitest";
import type { Sym } from "../../src/ir/graph.ts";
import { fc } from "../properties.ts";

describe("closed forms", () => {
  test("the handout's model: 3x3, 5x5, 5x5 per entry, all of the image", () => {
    const model = new Sequential([
      new Conv2D({ filters: 64, kernelSize: 3, inputShape: [28, 28, 1], name: "conv1" }),
      new Conv2D({ filters: 32, kernelSize: 3, name: "conv2" }),
      new Flatten({ name: "flatten" }),
      new Dense({ units: 10, activation: "softmax", name: "dense" }),
    ]);
    const [conv1, conv2, flatten, dense] = receptiveField(model);
    expect(conv1).toMatchObject({ layer: "conv1", kind: "grid", size: [3, 3], jump: [1, 1], start: [1, 1] });
    expect(conv2).toMatchObject({ className: "Conv2D", kind: "grid", size: [5, 5], jump: [1, 1], start: [2, 2] });
    expect(flatten).toMatchObject({ kind: "entry", size: [5, 5], jump: [1, 1], start: [2, 2] });
    expect(dense).toMatchObject({ kind: "all", size: [28, 28], jump: [0, 0], start: [13.5, 13.5] });
    expect(conv2!.box(23, 0)).toEqual({ top: 23, left: 0, bottom: 27, right: 4 });
    // Entry (row 3, column 7, channel 5) of [24, 24, 32].
    expect(flatten!.box((3 * 24 + 7) * 32 + 5)).toEqual(conv2!.box(3, 7));
    expect(dense!.box()).toEqual({ top: 0, left: 0, bottom: 27, right: 27 });
    expect(receptiveFieldText(model)).toBe(
      `layer              receptive field  jump  first centre  seen by
─────────────────  ───────────────  ────  ────────────  ───────────────
conv1 (Conv2D)     3x3              1x1   1, 1          each unit
conv2 (Conv2D)     5x5              1x1   2, 2          each unit
flatten (Flatten)  5x5              1x1   2, 2          each entry
dense (Dense)      28x28            –     13.5, 13.5    all units alike
`,
    );
  });

  test("strides multiply the jump, dilation widens, padding moves the start", () => {
    const model = new Sequential([
      new Conv2D({ filters: 1, kernelSize: [7, 3], strides: 2, padding: "same", inputShape: [224, 224, 3] }),
      new MaxPooling2D({ poolSize: 3, strides: 2 }),
      new Conv2D({ filters: 1, kernelSize: 3, dilationRate: 2, padding: "same" }),
    ]);
    const fields = receptiveField(model);
    // ResNet's stem: 7 with stride 2, then 3 with stride 2, gives 11 at jump 4. 224 "same" pads 2 above and 0 to the left.
    expect(fields.map(({ size }) => size[0])).toEqual([7, 11, 11 + 4 * 4]);
    expect(fields.map(({ jump }) => jump[0])).toEqual([2, 4, 4]);
    expect(fields.map(({ start }) => start)).toEqual([
      [1, 1],
      [3, 3],
      [3, 3],
    ]);
    // Taps at cells -2, 0 and 2, eleven pixels each; beyond the border there is nothing.
    expect(fields[2]!.pixels(0, 0).rows).toEqual(Array.from({ length: 17 }, (_, row) => row));
  });

  test("a cropped image begins further in; repeated pixels are known, blended ones and channels first are not", () => {
    const fields = receptiveField(
      new Sequential([
        new Cropping2D({ cropping: [[2, 0], 1], inputShape: [8, 8, 1] }),
        new Conv2D({ filters: 1, kernelSize: 3 }),
        new UpSampling2D({ interpolation: "bilinear" }),
      ]),
    );
    expect(fields.map(({ kind, start }) => [kind, start])).toEqual([
      ["grid", [2, 1]],
      ["grid", [3, 2]],
      ["unknown", [Number.NaN, Number.NaN]],
    ]);
    expect(fields[1]!.box(0, 0)).toEqual({ top: 2, left: 1, bottom: 4, right: 3 });
    const upsampled = receptiveField(
      new Sequential([
        new UpSampling2D({ size: [2, 3], inputShape: [4, 4, 1] }),
        new Conv2D({ filters: 1, kernelSize: 3 }),
        new MaxPooling2D(),
      ]),
    );
    expect(upsampled[0]).toMatchObject({ kind: "grid", size: [1, 1], jump: [1 / 2, 1 / 3], start: [0, 0] });
    expect(upsampled[0]!.box(7, 4)).toEqual({ top: 3, left: 1, bottom: 3, right: 1 });
    // Rows 2, 3, 4 and columns 1, 2, 3 of the repeated image.
    expect(upsampled[1]!.pixels(2, 1)).toEqual({ rows: [1, 2], columns: [0, 1] });
    expect(upsampled[1]).toMatchObject({ size: [2, 1 + 2 / 3], jump: [1 / 2, 1 / 3] });
    expect(upsampled[2]).toMatchObject({ size: [2.5, expect.closeTo(2)], jump: [1, expect.closeTo(2 / 3)] });
  });

  test("with channels first, layer by layer, the same as with channels last", () => {
    const network = (dataFormat: "channels_first" | "channels_last") => {
      const inputShape = dataFormat === "channels_first" ? [3, 11, 14] : [11, 14, 3];
      return new Sequential([
        new ZeroPadding2D({
          padding: [
            [1, 0],
            [2, 1],
          ],
          dataFormat,
          inputShape,
        }),
        new Conv2D({ filters: 4, kernelSize: [3, 2], padding: "same", dataFormat }),
        new ReLU(),
        new UpSampling2D({ size: [1, 2], dataFormat }),
        new Conv2D({ filters: 5, kernelSize: 3, strides: [1, 2], dataFormat }),
        new MaxPooling2D({ dataFormat }),
        new Flatten({ dataFormat }),
        new Dense({ units: 2 }),
      ]);
    };
    const [last, first] = [receptiveField(network("channels_last")), receptiveField(network("channels_first"))];
    expect(first.map(({ kind }) => kind)).toEqual(["grid", "grid", "grid", "grid", "grid", "grid", "entry", "all"]);
    first.forEach(({ kind, size, jump, start, pixels }, i) => {
      expect([kind, size, jump, start]).toEqual([last[i]!.kind, last[i]!.size, last[i]!.jump, last[i]!.start]);
      const positions = {
        grid: [
          [0, 0],
          [1, 3],
        ],
        entry: [[0], [7], [32]],
        all: [[]],
        unknown: [],
      }[kind];
      for (const position of positions) expect(pixels(...position)).toEqual(last[i]!.pixels(...position));
    });
  });

  test("entries of channels that stay first; layers that take rows for channels are not known", () => {
    const inputShape = [2, 4, 6];
    const conv = () => new Conv2D({ filters: 3, kernelSize: 3, dataFormat: "channels_first", inputShape });
    const [, flat] = receptiveField(new Sequential([conv(), new Flatten()]));
    // Maps of 2 x 4 units, one after the other: entry 13 is unit (1, 1) of the second one.
    expect(flat!.pixels(13)).toEqual({ rows: [1, 2, 3], columns: [1, 2, 3] });
    const mixed = [new Dense({ units: 2 }), new Conv2D({ filters: 1, kernelSize: 1 })];
    for (const layer of mixed) expect(receptiveField(new Sequential([conv(), layer]))[1]!.kind).toBe("unknown");
  });

  test("between the taps of a dilated kernel nothing is seen", () => {
    const model = new Sequential([
      new Conv2D({ filters: 1, kernelSize: [2, 1], dilationRate: 3, inputShape: [8, 8, 1] }),
    ]);
    const [field] = receptiveField(model);
    expect(field!.size).toEqual([4, 1]);
    expect(field!.pixels(1, 2)).toEqual({ rows: [1, 4], columns: [2] });
    expect(field!.box(1, 2)).toEqual({ top: 1, left: 2, bottom: 4, right: 2 });
  });

  test("rows that a stride leaves over are seen by nobody, not even by Dense", () => {
    const model = new Sequential([
      new Conv2D({ filters: 1, kernelSize: 3, strides: 2, inputShape: [6, 7, 1] }),
      new Flatten(),
      new Dense({ units: 1 }),
    ]);
    expect(receptiveField(model)[2]).toMatchObject({ kind: "all", size: [5, 7] });
  });
});

test("what is no image, no place or no box is an error that says so", () => {
  expect(() => receptiveField(new Sequential([new Dense({ units: 1, inputShape: [784] })], { name: "flat" }))).toThrow(
    'the input of model "flat" has shape (None, 784), expected images (None, height, width, channels)',
  );
  const [conv, flatten, dense] = receptiveField(
    new Sequential([
      new Conv2D({ filters: 2, kernelSize: 3, inputShape: [5, 6, 1], name: "conv" }),
      new Flatten({ name: "flatten" }),
      new Dense({ units: 1, name: "dense" }),
    ]),
  );
  expect(() => conv!.box(3, 0)).toThrow('position (3, 0) in layer "conv", expected (row, column) with 0 … 2 and 0 … 3');
  expect(() => conv!.pixels(0)).toThrow(ShapeError);
  expect(() => flatten!.box(24)).toThrow('position (24) in layer "flatten", expected (index) with 0 … 23.');
  expect(() => dense!.box(0)).toThrow('position (0) in layer "dense", expected ().');
  const folded = new Sequential([
    new Reshape({ targetShape: [2, 2, 9], inputShape: [6, 6, 1] }),
    new Conv2D({ filters: 1, kernelSize: 2, name: "late" }),
  ]);
  expect(() => receptiveField(folded)).toThrow('layer "late" reads its input by places');
});

test("of a layer that does not state what it reads nothing is known, nor of those behind it", () => {
  class Blur extends Layer {
    override call(x: Sym): Sym {
      return x;
    }
  }
  const model = new Sequential([
    new Conv2D({ filters: 1, kernelSize: 3, inputShape: [5, 5, 1], name: "conv" }),
    new Blur({ name: "blur" }),
    new Flatten({ name: "flatten" }),
  ]);
  const fields = receptiveField(model);
  expect(fields.map(({ kind }) => kind)).toEqual(["grid", "unknown", "unknown"]);
  expect(fields[1]!.size).toEqual([Number.NaN, Number.NaN]);
  expect(() => fields[2]!.box(0)).toThrow(/what layer "flatten" sees is not known/);
  expect(receptiveFieldText(model)).toMatch(/blur \(Blur\) +– +– +– +not known/);
});

/** One conv or pool layer of a random stack. */
const layerOptions = fc.record({
  pool: fc.boolean(),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom("valid" as const, "same" as const),
});

function makeLayer({
  pool,
  kernel,
  stride,
  dilation,
  padding,
}: typeof layerOptions extends fc.Arbitrary<infer T> ? T : never) {
  if (pool) return new MaxPooling2D({ poolSize: kernel, strides: stride, padding });
  const strides = dilation > 1 ? 1 : stride;
  return new Conv2D({ filters: 2, kernelSize: kernel, strides, dilationRate: dilation, padding });
}

describe("against numeric derivatives", () => {
  test("the pixels that change a unit are the pixels that the theory names", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 4, max: 9 }), fc.integer({ min: 4, max: 9 })),
        fc.array(layerOptions, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("grid", "entry", "all"),
        async ([height, width], layers, end) => {
          const model = new Sequential();
          try {
            model.add(new Activation({ activation: "linear", inputShape: [height, width, 1] }));
            for (const options of layers) model.add(makeLayer(options));
          } catch (error) {
            // A window that does not fit: not a case.
            if (error instanceof ShapeError) fc.pre(false);
            throw error;
          }
          if (end !== "grid") model.add(new Flatten());
          if (end === "all") model.add(new Dense({ units: 2 }));
          model.compile({ optimizer: "sgd", loss: "mean_squared_error", device: "reference" });
          // Positive weights: nothing cancels.
          const positive = model.getWeights().map(({ data, shape }) =>
            tensor(
              data.map(() => 0.5),
              shape,
            ),
          );
          model.setWeights(
            positive.map((value, i) =>
              tensor(
                value.data.map((v, j) => v + ((i + j) % 5) / 8),
                value.shape,
              ),
            ),
          );
          await compareWithDerivatives(model, height, width);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});

async function compareWithDerivatives(model: Sequential, height: number, width: number): Promise<void> {
  const pixels = height * width;
  // Row 0 is the plain image; in row 1 + p pixel p is so bright that it wins every maximum.
  const images = new Float32Array((1 + pixels) * pixels);
  for (let p = 0; p < pixels; p++) images[(1 + p) * pixels + p] = 1000;
  const x = tensor(images, [1 + pixels, height, width, 1]);
  const y = await model.predict(x, { verbose: 0, batchSize: 1 + pixels });
  const field = receptiveField(model).at(-1)!;
  const outputs = y.size / (1 + pixels);
  const [rows, columns, channels] = y.rank === 4 ? y.shape.slice(1) : [1, 1, outputs];
  for (let unit = 0; unit < outputs; unit++) {
    const changed = Array.from({ length: pixels }, (_, p) => p).filter(
      (p) => y.data[(1 + p) * outputs + unit] !== y.data[unit],
    );
    const place = Math.floor(unit / channels!);
    const position = { grid: [Math.floor(place / columns!), place % columns!], entry: [unit], all: [], unknown: [] }[
      field.kind
    ];
    const seen = field.pixels(...position);
    expect(changed).toEqual(seen.rows.flatMap((row) => seen.columns.map((column) => row * width + column)));
    const box = field.box(...position);
    expect(box === undefined).toBe(changed.length === 0);
    if (box === undefined) continue;
    const at = { rows: changed.map((p) => Math.floor(p / width)), columns: changed.map((p) => p % width) };
    expect(box.top).toBe(Math.min(...at.rows));
    expect(box.bottom).toBe(Math.max(...at.rows));
    expect(box.left).toBe(Math.min(...at.columns));
    expect(box.right).toBe(Math.max(...at.columns));
    if (field.kind !== "grid") continue;
    // The closed form bounds the box, and is the box where no border cuts it.
    const bound = (axis: 0 | 1, index: number, side: -1 | 1) =>
      field.start[axis] + index * field.jump[axis] + (side * (field.size[axis] - 1)) / 2;
    expect(box.top).toBeGreaterThanOrEqual(bound(0, position[0]!, -1));
    expect(box.bottom).toBeLessThanOrEqual(bound(0, position[0]!, 1));
    expect(box.left).toBeGreaterThanOrEqual(bound(1, position[1]!, -1));
    expect(box.right).toBeLessThanOrEqual(bound(1, position[1]!, 1));
  }
  expect(rows! * columns! * channels!).toBe(outputs);
}
