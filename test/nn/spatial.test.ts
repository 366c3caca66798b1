/** Layers over space: where the channels are, margins, noise, and what the messages say. */
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/base/shape.ts";
import { simplify } from "../../src/compile/simplify.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import {
  AdaptiveAveragePooling1D,
  AdaptiveMaxPooling1D,
  AlphaDropout,
  BatchNormalization,
  Conv2D,
  Cropping1D,
  Cropping2D,
  GaussianDropout,
  GaussianNoise,
  type Layer,
  MaxPooling2D,
  MaxPooling3D,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding3D,
} from "../../src/nn/layers/index.ts";
import { Trace } from "../../src/nn/trace.ts";
import { runLayer } from "./run-layer.ts";

const bad = <T>(options: T) => options as never;

describe("channels first", () => {
  const first = { dataFormat: "channels_first" } as const;

  /** Names of the nodes of the layers, one behind the other. */
  function nodesOf(layers: readonly Layer[], shape: readonly number[]): string[] {
    const builder = new GraphBuilder();
    const x = builder.input("x", { shape, dtype: "float32", batched: true });
    const y = new Trace({ builder, training: false }).write(() =>
      layers.reduce((value, layer) => layer.call(value, { training: false, mask: undefined }), x),
    );
    builder.output("y", y);
    return simplify(builder.finish()).nodes.map(({ op }) => op.name);
  }

  test("neighbours are transposed once at their edges, not between them", () => {
    const layers = [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", ...first }),
      new MaxPooling2D({ ...first }),
      new Conv2D({ filters: 2, kernelSize: 1, ...first }),
    ];
    const names = nodesOf(layers, [2, 3, 8, 8]);
    expect(names.filter((name) => name === "transpose")).toHaveLength(2);
    expect(names.at(0)).toBe("transpose");
    expect(names.at(-1)).toBe("transpose");
  });

  test("margins and repetitions are written where the axes are", () => {
    const layers = [new ZeroPadding3D({ ...first }), new BatchNormalization({ axis: 1 })];
    expect(nodesOf(layers, [2, 3, 2, 2, 2])).not.toContain("transpose");
    expect(
      nodesOf([new UpSampling2D({ ...first }), new Cropping2D({ cropping: 1, ...first })], [2, 3, 4, 4]),
    ).not.toContain("transpose");
  });

  test("null is channels last, and the case of letters does not matter", () => {
    const format = (dataFormat: unknown) =>
      new Conv2D(bad({ filters: 1, kernelSize: 1, dataFormat })).getConfig().dataFormat;
    expect([null, undefined, "CHANNELS_FIRST"].map(format)).toEqual([
      "channels_last",
      "channels_last",
      "channels_first",
    ]);
  });

  test("messages name the axes in their order", () => {
    const build = () => new Conv2D({ filters: 1, kernelSize: 3, ...first }).build([null, 8, 8]);
    expect(build).toThrow(/takes inputs of 4 axes \[batch, channels, height, width\], got 3: \(None, 8, 8\)/);
    expect(() => new MaxPooling2D({ poolSize: 4, ...first }).build([null, 8, 3, 8])).toThrow(
      /window 4x4 does not fit input 3x8/,
    );
    expect(() => new Conv2D({ filters: 1, kernelSize: 3, ...first }).build([null, null, 8, 8])).toThrow(
      /must know axis 1 of its input/,
    );
  });
});

describe("margins", () => {
  test.each([
    [
      () => new ZeroPadding1D({ padding: bad([1, 2, 3]) }),
      /padding is \[1,2,3\], expected a whole number of 0 or more, or \[before, after\]/,
    ],
    [() => new ZeroPadding1D({ padding: -1 }), /padding is -1/],
    [
      () => new ZeroPadding3D({ padding: bad([1, 2]) }),
      /expected a whole number of 0 or more, \[depth, rows, columns\] or \[\[front, back\]/,
    ],
    [() => new Cropping2D({ cropping: bad([[1], 2]) }), /cropping is \[\[1\],2\], expected .*\[\[top, bottom\]/],
    [() => new Cropping1D({ cropping: bad("1") }), /cropping is "1"/],
    [() => new UpSampling1D({ size: 0 }), /size is 0, expected a whole number of 1 or more/],
    [
      () => new UpSampling2D({ interpolation: bad("cubic") }),
      /interpolation of UpSampling2D "up_sampling2d.*" "cubic"\. Did you mean "bicubic"/,
    ],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
  });

  test("a cropping that leaves nothing is an error, also of sizes that are known late", () => {
    const layer = new Cropping2D({
      cropping: [
        [0, 1],
        [2, 2],
      ],
    });
    expect(layer.computeOutputShape([null, null, 5, 3])).toEqual([null, null, 1, 3]);
    expect(() => layer.computeOutputShape([null, 8, 4, 3])).toThrow(
      /cropping is \[\[0,1\],\[2,2\]\], which leaves nothing of the 4 cells of axis 2; crop fewer/,
    );
  });

  test("only axes of known size grow", () => {
    expect(new ZeroPadding1D({ padding: 2 }).computeOutputShape([null, null, 3])).toEqual([null, null, 3]);
    expect(new UpSampling2D({ size: [2, 3] }).computeOutputShape([4, null, 5, 1])).toEqual([4, null, 15, 1]);
  });
});

describe("noise", () => {
  const ones = (shape: readonly number[]) => ({ shape, data: new Float32Array(sizeOf(shape)).fill(1) });
  const drawn = (layer: Layer, shape: readonly number[], step = 0) => [
    ...runLayer(layer, ones(shape), { training: true, step }).output,
  ];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

  test("a channel is dropped as a whole, in one row and not in others", () => {
    const image = drawn(new SpatialDropout2D({ rate: 0.5, seed: 1 }), [8, 3, 3, 16]);
    for (let row = 0; row < 8; row++) {
      const channels = Array.from(
        { length: 16 },
        (_, c) => new Set(Array.from({ length: 9 }, (_, place) => image[(row * 9 + place) * 16 + c])),
      );
      expect(channels.every((found) => found.size === 1)).toBe(true);
      expect(new Set(channels.map((found) => [...found][0]))).toEqual(new Set([0, 2]));
    }
    const first = drawn(new SpatialDropout3D({ rate: 0.5, seed: 1, dataFormat: "channels_first" }), [2, 16, 2, 1, 2]);
    for (let c = 0; c < 32; c++) expect(new Set(first.slice(c * 4, c * 4 + 4)).size).toBe(1);
  });

  test("noise has the deviation that Keras gives it, and changes with the step", () => {
    const shape = [100, 100];
    const added = drawn(new GaussianNoise({ stddev: 0.3, seed: 2 }), shape);
    expect(mean(added)).toBeCloseTo(1, 1);
    expect(deviation(added)).toBeCloseTo(0.3, 1);
    const factors = drawn(new GaussianDropout({ rate: 0.2, seed: 2 }), shape);
    expect(mean(factors)).toBeCloseTo(1, 1);
    expect(deviation(factors)).toBeCloseTo(0.5, 1);
    expect(drawn(new GaussianNoise({ stddev: 0.3, seed: 2 }), shape, 1)).not.toEqual(added);
  });

  test("AlphaDropout gives each value one of two, by the paper's formula", () => {
    const values = drawn(new AlphaDropout({ rate: 0.25, seed: 3 }), [50, 50]);
    const limit = -1.7580993408473766;
    const scale = 1 / Math.sqrt(0.75 * (1 + 0.25 * limit ** 2));
    const shift = -scale * limit * 0.25;
    const rounded = (value: number) => value.toFixed(6);
    expect(new Set(values.map(rounded))).toEqual(new Set([scale + shift, scale * limit + shift].map(rounded)));
    expect(values.filter((value) => value < 0).length / values.length).toBeCloseTo(0.25, 1);
  });

  test.each([
    [() => new GaussianDropout({ rate: 1 }), /rate is 1, expected a number from 0 to below 1/],
    [() => new AlphaDropout({ rate: -0.1 }), /rate is -0.1, expected a number from 0 to below 1/],
    [() => new GaussianNoise({ stddev: 2 }), /stddev is 2, expected a number from 0 to 1/],
    [
      () => new SpatialDropout1D({ rate: 0.5 }).computeOutputShape([null, 3]),
      /takes inputs of 3 axes \[batch, length, channels\], got 2/,
    ],
    [
      () => new AlphaDropout({ rate: 0.5, noiseShape: [null, 2] }).computeOutputShape([null, 3]),
      /noiseShape \(None, 2\) does not fit the input \(None, 3\)/,
    ],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
  });
});

test("adaptive windows follow PyTorch's rule where sizes do not divide", () => {
  const x = { shape: [1, 10, 1], data: Float32Array.from({ length: 10 }, (_, i) => i) };
  // Windows 0-2, 2-4, 5-7, 7-9.
  expect([...runLayer(new AdaptiveMaxPooling1D({ outputSize: 4 }), x).output]).toEqual([2, 4, 7, 9]);
  expect([...runLayer(new AdaptiveAveragePooling1D({ outputSize: 4 }), x).output]).toEqual([1, 3, 6, 8]);
});

test("of equal values the first in row-major order has the gradient of pooling, as with one window", () => {
  const x = { shape: [1, 2, 2, 2, 1], data: new Float32Array(8).fill(1) };
  const { inputGradients } = runLayer(new MaxPooling3D(), x, { cotangent: [1] });
  expect([...inputGradients[0]!]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
});
