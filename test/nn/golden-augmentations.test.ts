/** Augmentation layers of real Keras: what it drew is given, so that the output is exact. And draws of layers alone: their ranges, seeds and steps. */
import { Sequential, tensor } from "fovea";
import {
  Dense,
  Flatten,
  MixUp,
  RandomBrightness,
  RandomCrop,
  RandomErasing,
  RandomFlip,
  RandomGaussianBlur,
  RandomHue,
  RandomRotation,
  RandomShear,
  RandomZoom,
} from "fovea/layers";
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys, toSnakeCaseKeys } from "../../src/base/case.ts";
import { foldKey } from "../../src/base/random.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import type { AugmentationLayer } from "../../src/nn/layers/augmentation.ts";
import type { ImageLayer, ImageRecord } from "../../src/nn/layers/image-layer.ts";
import { Trace } from "../../src/nn/trace.ts";
import { literal } from "../../src/ops/literal.ts";
import { randomSymmetricBeta } from "../../src/ops/random-beta.ts";
import { randomDirichlet } from "../../src/ops/random-dirichlet.ts";
import { rowNumber } from "../../src/ops/row-number.ts";
import { augmentationCases } from "../cases/augmentation-layers.ts";
import type { LayerName } from "../cases/layers.ts";
import golden from "../golden/augmentations.json" with { type: "json" };
import ofRecords from "../golden/image-records.json" with { type: "json" };
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { makeLayer } from "./make-layer.ts";
import type { Value } from "./numbers.ts";

interface Case {
  readonly layer: LayerName;
  readonly config: Readonly<Record<string, unknown>>;
  readonly input: Value;
  readonly transformation: unknown;
  readonly output: Value;
}

const cases = golden.cases as unknown as readonly Case[];

type Drawn = Readonly<Record<string, Value>>;

/** Makes a value of the graph of an array, under another shape. */
type Give = (value: Value, shape: readonly number[]) => Sym;

const perImage = ({ shape }: Value) => [shape[0]!, 1, 1, 1];

/** The values of one column of [n, k]. */
const column = ({ shape, data }: Value, at: number): Value => ({
  shape: [shape[0]!, 1],
  data: Array.from(data).filter((_, i) => i % shape[1]! === at),
});

const point = (drawn: Drawn, name: string, give: Give) => ({
  x: give(column(drawn[name]!, 0), [drawn[name]!.shape[0]!, 1]),
  y: give(column(drawn[name]!, 1), [drawn[name]!.shape[0]!, 1]),
});

/** Keras's arrays in the form that our layer takes. Default: each one has a number for each image. */
const forms: Partial<Record<LayerName, (drawn: Drawn, give: Give) => unknown>> = {
  RandomRotation: ({ angle }, give) => ({ angle: give(angle!, [angle!.shape[0]!, 1]) }),
  RandomZoom: ({ height_zoom: height, width_zoom: width }, give) => ({
    heightZoom: give(height!, height!.shape),
    widthZoom: give(width!, width!.shape),
  }),
  RandomTranslation: (drawn, give) => point(drawn, "translations", give),
  RandomShear: (drawn, give) => point(drawn, "shear_factor", give),
  RandomCrop: (drawn) => {
    const at = (each: Value | number) => (typeof each === "number" ? each : each.data[0]);
    const [top, left] = drawn as unknown as [Value | number, Value | number];
    return { top: at(top), left: at(left) };
  },
  RandomPerspective: ({ apply_perspective: apply, end_points: points }, give) => ({
    applyPerspective: give(apply!, perImage(apply!)),
    endPoints: give(points!, points!.shape),
  }),
  RandomGrayscale: (drawn, give) => {
    const value = drawn as unknown as Value;
    return { shouldApply: give(value, value.shape) };
  },
  RandomGaussianBlur: ({ should_apply_blur: apply, blur_factor: factor }, give) => ({
    shouldApplyBlur: give(apply!, perImage(apply!)),
    blurFactor: give(factor!, factor!.shape),
  }),
  MixUp: ({ mix_weight: weight, permutation_order: order }, give) => ({
    mixWeight: give(weight!, perImage(weight!)),
    permutationOrder: give(order!, [order!.shape[0]!, 1]),
  }),
  CutMix: ({ batch_masks: masks, mix_weight: weight, permutation_order: order }, give) => ({
    batchMasks: give(masks!, masks!.shape),
    mixWeight: give(weight!, perImage(weight!)),
    permutationOrder: give(order!, [order!.shape[0]!, 1]),
  }),
  RandomErasing: ({ apply_erasing: apply, batch_masks: masks, fill_value: fill }, give) => ({
    applyErasing: give(apply!, perImage(apply!)),
    batchMasks: give(masks!, masks!.shape),
    fillValue: give(fill!, fill!.shape),
  }),
};

const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const byImage = (drawn: Drawn, give: Give) =>
  Object.fromEntries(
    Object.entries(drawn).flatMap(([name, value]) =>
      "data" in value ? [[camelCase(name), give(value, perImage(value))]] : [],
    ),
  );

/** Writes a step over the layer and its input "x", and gives its outputs in float64. */
function outputsOf(
  input: Value,
  step: number,
  write: (x: Sym) => readonly Sym[],
  feeds: Record<string, ArrayLike<number>> = {},
) {
  const builder = new GraphBuilder();
  const x = builder.input("x", { shape: input.shape, dtype: "float32", batched: true });
  const trace = new Trace({ builder, training: true, step: () => literal(builder, [step], []) });
  const made = trace.write(() => write(x));
  made.forEach((each, i) => void builder.output(`y${i}`, each));
  const { outputs } = evaluateGraph(builder.finish(), { x: input.data, ...feeds }, input.shape[0]!, {});
  return made.map((each, i) => ({ shape: each.spec.shape, data: outputs[`y${i}`]! }));
}

type AnyAugmentation = AugmentationLayer<object, unknown>;

/** Gives arrays to a step that reads `x`, and notes them as its feeds. */
function giverOf(x: Sym, feeds: Record<string, ArrayLike<number>>): Give {
  return ({ data }, shape) => {
    const name = `given${Object.keys(feeds).length}`;
    feeds[name] = data;
    const batched = shape[0] === x.spec.shape[0] && shape.length > 1;
    return x.builder.input(name, { shape, dtype: "float32", batched });
  };
}

describe.each(cases.filter(({ layer }) => layer in augmentationCases))(
  "$layer $config",
  ({ layer: of, config, input, transformation, output }) => {
    test("changes images as Keras", () => {
      const layer = makeLayer(of, toCamelCaseKeys(config) as object) as unknown as AnyAugmentation;
      const form = forms[of] ?? byImage;
      const feeds: Record<string, ArrayLike<number>> = {};
      const [made] = outputsOf(
        input,
        0,
        (x) => {
          const give = giverOf(x, feeds);
          const drawn =
            transformation === null ? layer.getRandomTransformation(x) : form(transformation as Drawn, give);
          return [layer.transformImages(x, drawn)];
        },
        feeds,
      );
      expect(made!.shape).toEqual(output.shape);
      expect(relativeError(made!.data, output.data)).toBeLessThan(1e-5);
    });
  },
);

interface RecordCase {
  readonly layer: LayerName;
  readonly config: object;
  readonly record: ImageRecord<Value>;
  readonly transformation: unknown;
  readonly output: ImageRecord<Value>;
}

describe.each(ofRecords.records as unknown as readonly RecordCase[])(
  "$layer $config of a record",
  ({ layer: of, config, record, transformation, output }) => {
    test("moves boxes and masks as Keras", () => {
      const layer = makeLayer(of, toCamelCaseKeys(config) as object) as unknown as ImageLayer<object, unknown>;
      const feeds: Record<string, ArrayLike<number>> = {};
      const write = (x: Sym) => {
        const give = giverOf(x, feeds);
        const { boundingBoxes, segmentationMasks: masks } = record;
        const { boxes, labels } = boundingBoxes!;
        const given = {
          images: x,
          boundingBoxes: { boxes: give(boxes, boxes.shape), labels: give(labels, labels.shape) },
          ...(masks === undefined ? {} : { segmentationMasks: give(masks, masks.shape) }),
        };
        const made: ImageRecord =
          transformation === null
            ? layer.call(given, { training: true })
            : (layer as AnyAugmentation).transformRecord(given, (forms[of] ?? byImage)(transformation as Drawn, give));
        return [
          made.images,
          made.boundingBoxes!.boxes,
          made.boundingBoxes!.labels,
          ...(made.segmentationMasks === undefined ? [] : [made.segmentationMasks]),
        ];
      };
      const made = outputsOf(record.images, 0, write, feeds);
      const { boxes, labels } = output.boundingBoxes!;
      const expected = [
        output.images,
        boxes,
        labels,
        ...(output.segmentationMasks === undefined ? [] : [output.segmentationMasks]),
      ];
      expect(made.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      made.forEach(({ data }, i) => {
        expect(relativeError(data, expected[i]!.data), ["images", "boxes", "labels", "masks"][i]).toBeLessThan(1e-5);
      });
    });
  },
);

interface PolicyCase {
  readonly layer: "RandAugment" | "AugMix";
  readonly config: Readonly<Record<string, unknown>>;
  readonly input: Value;
  readonly stated: {
    readonly layerIdxes?: readonly number[];
    readonly chains?: readonly (readonly string[])[];
    readonly chainMixingWeights?: readonly number[];
    readonly weightSample?: number;
  };
  readonly output: Value;
}

test.each(ofRecords.policies as unknown as readonly PolicyCase[])(
  "$layer $config $stated changes images as Keras",
  ({ layer: of, config, input, stated, output }) => {
    const layer = makeLayer(of, toCamelCaseKeys(config) as object) as unknown as AnyAugmentation;
    const feeds: Record<string, ArrayLike<number>> = {};
    const [made] = outputsOf(
      input,
      0,
      (x) => {
        const give = giverOf(x, feeds);
        const transforms = Object.fromEntries(
          Object.entries(ofRecords.draws).map(([name, drawn]) => {
            const camel = camelCase(name);
            const form = forms[`${camel[0]!.toUpperCase()}${camel.slice(1)}` as LayerName] ?? byImage;
            return [camel, drawn === null ? null : form(drawn as unknown as Drawn, give)];
          }),
        );
        const list = (values: readonly number[]) => literal(x.builder, [...values], [values.length]);
        if (stated.layerIdxes !== undefined)
          return [layer.transformImages(x, { layerIdxes: list(stated.layerIdxes), transforms })];
        const { chains, chainMixingWeights, weightSample } = stated as Required<PolicyCase["stated"]>;
        const depth = config.chain_depth as number;
        const { names } = (layer.getRandomTransformation(x) as { transforms: readonly object[] }).transforms
          .slice(0, 1)
          .map((each) => ({ names: Object.keys(each) }))[0]!;
        const links = chains.flatMap((chain) =>
          Array.from({ length: depth }, (_, i) =>
            i < chain.length ? names.indexOf(camelCase(chain[i]!)) : names.length,
          ),
        );
        const chainsDrawn = {
          chainMixingWeights: list(chainMixingWeights),
          weightSample: literal(x.builder, [weightSample], []),
          layerIdxes: list(links),
          transforms: links.map(() => transforms),
        };
        return [layer.transformImages(x, chainsDrawn)];
      },
      feeds,
    );
    expect(relativeError(made!.data, output.data)).toBeLessThan(1e-5);
  },
);

test("every augmentation layer has a golden number", () => {
  const found = new Set([...cases, ...ofRecords.policies].map(({ layer }) => layer as string));
  expect(Object.keys(augmentationCases).filter((name) => !found.has(name))).toEqual([]);
});

/** A pair [-f, f] means what f means. */
const comparable = ([name, value]: [string, unknown]) =>
  Array.isArray(value) && value[0] === -value[1] ? [name, Math.abs(value[1])] : [name, value];

test.each([...golden.configs, ...ofRecords.configs].filter(({ layer }) => layer in augmentationCases))(
  "$layer reads and writes Keras's config",
  (each) => {
    const { layer: of, config, given } = each as unknown as { layer: LayerName } & Record<"config" | "given", object>;
    const sorted = (entries: object) => Object.fromEntries(Object.entries(entries).map(comparable));
    for (const options of [given, config]) {
      const own = toSnakeCaseKeys(makeLayer(of, toCamelCaseKeys(options) as object).getConfig()) as object;
      expect(sorted(own)).toMatchObject(
        sorted({
          ...config,
          ...("seed" in config ? { seed: (options as { seed?: number | null }).seed ?? null } : {}),
        }),
      );
    }
  },
);

describe("what is drawn", () => {
  const input = { shape: [4, 2, 2, 1], data: Array.from({ length: 16 }, (_, i) => i / 16) };
  const drawn = (seed: number | null, step = 0) =>
    outputsOf(input, step, (x) => [
      new RandomBrightness({ factor: [0.2, 0.6], valueRange: [0, 10], seed }).getRandomTransformation(x).rgbDelta,
    ])[0]!;

  test("lies within the factor, and differs from image to image", () => {
    const { shape, data } = drawn(3);
    expect(shape).toEqual([4, 1, 1, 1]);
    expect(new Set(data).size).toBe(4);
    for (const value of data) expect(value).toSatisfy((each: number) => each >= 2 && each < 6);
  });

  test("depends on the seed and the step", () => {
    expect(drawn(3).data).toEqual(drawn(3).data);
    expect(drawn(3).data).not.toEqual(drawn(4).data);
    expect(drawn(3).data).not.toEqual(drawn(3, 1).data);
    expect(drawn(null).data).not.toEqual(drawn(null).data);
  });
});

describe("images of a batch are mixed", () => {
  const input = { shape: [9, 2, 2, 1], data: Array.from({ length: 36 }, (_, i) => Math.floor(i / 4)) };

  test("each with one other, with labels alike", () => {
    const layer = new MixUp({ alpha: 0.5, seed: 4 });
    const [order, weight, images, labels] = outputsOf(input, 2, (x) => {
      const drawn = layer.getRandomTransformation(x);
      const labelled = layer.transformLabels(rowNumber(x), drawn);
      return [drawn.permutationOrder, drawn.mixWeight, layer.transformImages(x, drawn), labelled];
    }).map(({ data }) => [...data]) as [number[], number[], number[], number[]];
    expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const mixed = weight.map((share, i) => share * i + (1 - share) * order[i]!);
    expect(relativeError(labels, mixed)).toBeLessThan(1e-12);
    expect(
      relativeError(
        images,
        mixed.flatMap((value) => [value, value, value, value]),
      ),
    ).toBeLessThan(1e-12);
  });

  test("by shares of a symmetric beta distribution", () => {
    const many = { shape: [4096, 1, 1, 1], data: new Array<number>(4096).fill(0) };
    for (const alpha of [0.3, 1, 2]) {
      const key = foldKey([1, 2], alpha);
      const { data } = outputsOf(many, 0, (x) => [
        randomSymmetricBeta(literal(x.builder, [0], []), x, key, alpha, []),
      ])[0]!;
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
      // Of Beta(a, a): 1/2 and 1 / (8a + 4), here within five standard errors.
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
      expect(Math.abs(variance * (8 * alpha + 4) - 1)).toBeLessThan(0.1);
    }
  });
});

test("shares of a symmetric Dirichlet distribution", () => {
  const rows = 4096;
  const one = { shape: [1, 1, 1, 1], data: [0] };
  for (const [alpha, count] of [
    [0.3, 3],
    [2.5, 4],
  ] as const) {
    const [made] = outputsOf(one, 0, (x) => [
      randomDirichlet(literal(x.builder, [0], []), foldKey([1, 2], alpha), alpha, [rows, count]),
    ]);
    const shares = Array.from(made!.data);
    const sums = Array.from({ length: rows }, (_, row) =>
      shares.slice(row * count, (row + 1) * count).reduce((sum, share) => sum + share),
    );
    expect(relativeError(sums, new Array<number>(rows).fill(1))).toBeLessThan(1e-6);
    for (let at = 0; at < count; at++) {
      const own = shares.filter((_, i) => i % count === at);
      const mean = own.reduce((sum, share) => sum + share, 0) / rows;
      const variance = own.reduce((sum, share) => sum + (share - mean) ** 2, 0) / rows;
      // Each share has the distribution Beta(alpha, (count - 1) alpha); here within five standard errors.
      expect(Math.abs(mean * count - 1)).toBeLessThan(0.1);
      expect(Math.abs((variance * count ** 2 * (count * alpha + 1)) / (count - 1) - 1)).toBeLessThan(0.12);
    }
  }
});

test("AugMix and RandAugment draw anew in each step, within the value range, and nothing in use", () => {
  const input = { shape: [2, 4, 4, 3], data: Array.from({ length: 96 }, (_, i) => ((i * 37) % 97) / 97) };
  for (const of of ["RandAugment", "AugMix"] as const) {
    const size = of === "AugMix" ? { numChains: 2, chainDepth: 1 } : { numOps: 1 };
    const layer = makeLayer(of, { ...size, valueRange: [0, 1], seed: 2 }) as unknown as AnyAugmentation;
    const at = (step: number) =>
      Array.from(outputsOf(input, step, (x) => [layer.call(x, { training: true })])[0]!.data);
    expect(at(0)).toEqual(at(0));
    expect(at(0)).not.toEqual(at(1));
    for (const value of at(1)) expect(value).toSatisfy((each: number) => each >= -1e-6 && each <= 1 + 1e-6);
    expect(Array.from(outputsOf(input, 0, (x) => [layer.call(x, { training: false })])[0]!.data)).toEqual(input.data);
  }
});

describe("layers on numbers", () => {
  const images = tensor(
    Array.from({ length: 48 }, (_, i) => i),
    [2, 4, 2, 3],
  );
  const device = "reference";

  test("stay as they are in use", async () => {
    const layer = new RandomFlip();
    expect((await layer.run(images, { device })).toArray()).toEqual(images.toArray());
  });

  test("are drawn anew in each run", async () => {
    const layer = new RandomBrightness({ factor: 0.5, seed: 1 });
    const [first, second] = [
      await layer.run(images, { device, training: true }),
      await layer.run(images, { device, training: true }),
    ];
    expect(first.toArray()).not.toEqual(second.toArray());
  });

  test("take records, whose parts move alike", async () => {
    const layer = new RandomFlip({ mode: "horizontal", boundingBoxFormat: "xywh", seed: 1 });
    const record = {
      images,
      labels: [3, 4],
      boundingBoxes: { boxes: [[[0, 1, 1, 2]], [[0, 1, 1, 2]]], labels: [[7], [8]] },
      segmentationMasks: tensor(
        Array.from({ length: 16 }, (_, i) => i % 3),
        [2, 4, 2, 1],
      ),
    };
    const made = await layer.run(record, { device: "cpu", training: true });
    expect(made.labels.toArray()).toEqual([3, 4]);
    expect(made.boundingBoxes.labels.toArray()).toEqual([[7], [8]]);
    const first = (value: { toArray(): unknown }) => (value.toArray() as number[][][])[0];
    const flipped = first(made.images)![0]!;
    const turned = first(images)![0]!.toString() !== flipped.toString();
    expect(first(made.boundingBoxes.boxes)).toEqual([[turned ? 1 : 0, 1, 1, 2]]);
    const row = (value: { toArray(): unknown }) => first(value)![0]!.flat();
    expect(row(made.segmentationMasks)).toEqual(
      turned ? row(record.segmentationMasks).reverse() : row(record.segmentationMasks),
    );
    expect((await layer.run(record, { device })).boundingBoxes.boxes.toArray()).toEqual([
      [[0, 1, 1, 2]],
      [[0, 1, 1, 2]],
    ]);
  });

  test("of parts have the boxes that are within", async () => {
    const layer = new RandomCrop({ height: 2, width: 4, boundingBoxFormat: "xyxy" });
    const record = {
      images: tensor(new Float32Array(6 * 6), [1, 6, 6, 1]),
      boundingBoxes: {
        boxes: [
          [
            [0, 1, 3, 5],
            [2, 3, 6, 4],
            [1, 5, 4, 6],
          ],
        ],
        labels: [[4, 5, 6]],
      },
    };
    // Rows 2 to 4, columns 1 to 5: in use it is the middle.
    const { boundingBoxes } = await layer.run(record, { device });
    expect(boundingBoxes.boxes.toArray()).toEqual([
      [
        [0, 0, 2, 2],
        [1, 1, 4, 2],
        [0, 2, 3, 2],
      ],
    ]);
    expect(boundingBoxes.labels.toArray()).toEqual([[4, 5, -1]]);
  });

  test("refuse records that do not fit, with words", async () => {
    const run = (options: object, record: object) =>
      new RandomFlip(options).run({ images, ...record }, { device, training: true });
    const boundingBoxes = { boxes: [[[0, 1, 1, 2]], [[0, 1, 1, 2]]], labels: [[7], [8]] };
    await expect(run({}, { boundingBoxes })).rejects.toThrow(/boundingBoxFormat is null; say what their numbers are/);
    await expect(run({}, { boxes: [[1], [1]] })).rejects.toThrow(/unknown option "boxes".* It takes: images, labels/);
    await expect(
      run(
        { boundingBoxFormat: "xyxy" },
        {
          boundingBoxes: {
            ...boundingBoxes,
            labels: [
              [1, 2],
              [1, 2],
            ],
          },
        },
      ),
    ).rejects.toThrow(/boxes \(2, 1, 4\) and labels \(2, 2\)/);
    await expect(run({}, { segmentationMasks: [[[[1]]], [[[1]]]] })).rejects.toThrow(
      /segmentationMasks have shape \(2, 1, 1, 1\)/,
    );
    expect(() => new RandomFlip({ boundingBoxFormat: "xyz" as "xyxy" })).toThrow(/boundingBoxFormat of RandomFlip/);
  });

  test("cut out parts", async () => {
    const layer = new RandomCrop({ height: 3, width: 1, seed: 1 });
    const [drawn, middle] = [await layer.run(images, { device, training: true }), await layer.run(images, { device })];
    expect([drawn.shape, middle.shape]).toEqual([
      [2, 3, 1, 3],
      [2, 3, 1, 3],
    ]);
    const [pixel] = (drawn.toArray() as number[][][][])[0]![0]!;
    expect(pixel![1]! - pixel![0]!).toBe(1);
    expect(pixel![0]! % 3).toBe(0);
  });
});

test("models train with them, on batches of any length, and predict without", async () => {
  const layers = [new RandomRotation({ factor: 0.1 }), new MixUp(), new RandomCrop({ height: 3, width: 3 })];
  const model = new Sequential([...layers, new Flatten(), new Dense({ units: 2 })]);
  model.compile({ optimizer: "sgd", loss: "mean_squared_error", device: "cpu" });
  const x = tensor(new Float32Array(7 * 5 * 4 * 3).fill(0.5), [7, 5, 4, 3]);
  const history = await model.fit(x, tensor(new Float32Array(14), [7, 2]), { batchSize: 4, epochs: 1, verbose: 0 });
  expect(history.history.loss![0]).toBeGreaterThanOrEqual(0);
  const [first, second] = [await model.predict(x), await model.predict(x)];
  expect([...first.data]).toEqual([...second.data]);
});

test("wrong options and inputs are refused with words", () => {
  expect(() => new RandomRotation({ factor: 2 })).toThrow(
    /RandomRotation .*factor is 2, expected a number from -1 to 1, or a pair/,
  );
  expect(() => new RandomZoom({ heightFactor: -1 })).toThrow(
    /heightFactor is -1, expected a number above -1 and up to 1/,
  );
  expect(() => new RandomShear({ xFactor: [-0.2, 0.3] })).toThrow(/xFactor is \[-0.2,0.3\]/);
  expect(() => new RandomBrightness({ factor: 0.1, valueRange: [1, 1] })).toThrow(
    /valueRange is \[1,1\], expected a list of two different/,
  );
  expect(() => new RandomGaussianBlur({ kernelSize: 4 })).toThrow(/kernelSize is 4, expected an odd number/);
  expect(() => new RandomErasing({ fillValue: [1, 2] })).toThrow(
    /fillValue is \[1,2\], expected a number, a list of three/,
  );
  expect(() => new RandomHue({ factor: 0.1 }).computeOutputShape([null, 4, 4, 1])).toThrow(
    /takes images of 3 channels .*got 1/,
  );
  expect(() => new RandomFlip().computeOutputShape([null, 4, 4])).toThrow(/takes inputs of 4 axes/);
});
