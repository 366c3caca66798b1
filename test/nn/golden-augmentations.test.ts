/** Augmentation layers of real Keras: what it drew is given, so that the output is exact. And draws of layers alone: their ranges, seeds and steps. */
import { tensor } from "fovea";
import {
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
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import type { AugmentationLayer } from "../../src/nn/layers/augmentation.ts";
import { Trace } from "../../src/nn/trace.ts";
import { literal } from "../../src/ops/literal.ts";
import { augmentationCases } from "../cases/augmentation-layers.ts";
import type { LayerName } from "../cases/layers.ts";
import golden from "../golden/augmentations.json" with { type: "json" };
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
    const [top, left] = drawn as unknown as [Value, Value];
    return { top: top.data[0], left: left.data[0] };
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
          const give: Give = ({ data }, shape) => {
            const name = `given${Object.keys(feeds).length}`;
            feeds[name] = data;
            return x.builder.input(name, {
              shape,
              dtype: "float32",
              batched: shape[0] === input.shape[0] && shape.length > 1,
            });
          };
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

test("every augmentation layer has a golden number", () => {
  const found = new Set(cases.map(({ layer }) => layer as string));
  expect(Object.keys(augmentationCases).filter((name) => !found.has(name))).toEqual([]);
});

/** A pair [-f, f] means what f means. */
const comparable = ([name, value]: [string, unknown]) =>
  Array.isArray(value) && value[0] === -value[1] ? [name, Math.abs(value[1])] : [name, value];

test.each(golden.configs.filter(({ layer }) => layer in augmentationCases))(
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
