/** The experiment again, in plain float64 over the weights that the lab ships: lab/assets. */
import { readFileSync } from "node:fs";
import { Sequential, setSeed, tensor } from "fovea";
import { barStimulus, type OrientationTuning, orientationTuning } from "fovea/insight";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { beforeAll, describe, expect, test } from "vitest";
import { readNumbers } from "../../src/io/numbers.ts";

const assets = new URL("../../lab/assets/", import.meta.url);
const run = JSON.parse(readFileSync(new URL("run.json", assets), "utf8")) as { seed: number; weights: number[][] };

function handout(): Sequential {
  setSeed(run.seed);
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", name: "conv2d", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", name: "conv2d_1" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ device: "cpu", threads: 2 });
  return model;
}

/** The weights of weights.f16, in the order of getWeights. */
function shipped(): Float32Array[] {
  const values = readNumbers(readFileSync(new URL("weights.f16", assets)), {
    kind: "float",
    bytes: 2,
    bigEndian: false,
  });
  let at = 0;
  return run.weights.map((shape) => {
    const size = shape.reduce((a, b) => a * b);
    at += size;
    return values.slice(at - size, at);
  });
}

const orientations = Array.from({ length: 36 }, (_, i) => (i * Math.PI) / 36);
const offsets = [-1.5, -0.75, 0, 0.75, 1.5];

/** Brightness of the bar through (centre, centre) at a pixel: distance from the line with direction θ, rows counted downwards. */
function bright(row: number, column: number, centre: number, angle: number, offset: number): number {
  const across = (column - centre) * Math.sin(angle) + (row - centre) * Math.cos(angle) + offset;
  return 2 ** (-4 * (across / 1.6) ** 2);
}

interface Weights {
  readonly kernel: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
}

/** relu(Σ x · kernel + bias) of a 3x3 window of `depth` channels at (row, column), for each filter. */
function convolve(
  x: (row: number, column: number, channel: number) => number,
  depth: number,
  { kernel, bias }: Weights,
) {
  const filters = bias.length;
  return (row: number, column: number): number[] =>
    Array.from({ length: filters }, (_, f) => {
      let sum = bias[f]!;
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++)
          for (let c = 0; c < depth; c++)
            sum += x(row + a, column + b, c) * kernel[((a * 3 + b) * depth + c) * filters + f]!;
      return Math.max(0, sum);
    });
}

/** The tuning of the unit in the middle of the first or the second layer's maps. */
function tuneByHand(layer: 1 | 2, [k1, b1, k2, b2]: readonly ArrayLike<number>[]) {
  // Maps of 26 and 24: units (13, 13) and (12, 12), whose fields have their middle at pixel 14.
  const [place, centre] = layer === 1 ? [13, 14] : [12, 14];
  const filters = layer === 1 ? b1!.length : b2!.length;
  const responses = Array.from({ length: filters }, () => new Array<number>(36).fill(0));
  orientations.forEach((angle, o) => {
    for (const offset of offsets) {
      const pixel = (row: number, column: number) => Math.fround(bright(row, column, centre, angle, offset));
      const first = convolve(pixel, 1, { kernel: k1!, bias: b1! });
      const known = new Map<number, number[]>();
      const firstAt = (row: number, column: number, channel: number) => {
        const key = row * 28 + column;
        if (!known.has(key)) known.set(key, first(row, column));
        return known.get(key)![channel]!;
      };
      const made =
        layer === 1 ? first(place, place) : convolve(firstAt, b1!.length, { kernel: k2!, bias: b2! })(place, place);
      made.forEach((response, f) => {
        responses[f]![o] = Math.max(responses[f]![o]!, response);
      });
    }
  });
  const selectivity = responses.map((row) => {
    const sum = row.reduce((a, b) => a + b);
    const real = row.reduce((a, r, o) => a + r * Math.cos(2 * orientations[o]!), 0);
    const imaginary = row.reduce((a, r, o) => a + r * Math.sin(2 * orientations[o]!), 0);
    return sum === 0 ? 0 : Math.hypot(real, imaginary) / sum;
  });
  return { responses, selectivity };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe("the shipped network", () => {
  let before: OrientationTuning[];
  let after: OrientationTuning[];
  const model = handout();
  const initial = model.getWeights().map(({ data }) => data);

  beforeAll(async () => {
    const tune = async () => [
      await orientationTuning(model, { layer: "conv2d" }),
      await orientationTuning(model, { layer: "conv2d_1" }),
    ];
    before = await tune();
    model.setWeights(shipped().map((data, i) => tensor(data, run.weights[i]!)));
    after = await tune();
  });

  test("the curves are those of plain float64, before training and after, within 1e-5", () => {
    for (const [tunings, weights] of [
      [before, initial],
      [after, shipped()],
    ] as const)
      for (const layer of [1, 2] as const) {
        const made = tunings[layer - 1]!;
        const expected = tuneByHand(layer, weights);
        const flat = expected.responses.flat();
        const gap = (list: readonly number[], other: ArrayLike<number>) =>
          Math.max(...list.map((value, i) => Math.abs(value - other[i]!)));
        expect(made.responses.shape).toEqual([layer === 1 ? 64 : 32, 36]);
        // Responses are compared with the largest one of the layer, selectivities as they are.
        expect(gap(flat, made.responses.data) / Math.max(...flat)).toBeLessThan(1e-5);
        expect(gap(expected.selectivity, made.selectivity)).toBeLessThan(1e-5);
      }
  });

  test("training makes the second layer selective", () => {
    expect(median(after[1]!.selectivity)).toBeGreaterThan(median(before[1]!.selectivity) + 0.3);
    expect(after[1]!.selectivity.filter((value) => value > 0.2).length).toBeGreaterThanOrEqual(28);
    expect(before[1]!.place).toEqual([12, 12]);
  });
});

test("a filter that is a bar prefers the bar's direction; one that is a blob prefers none", async () => {
  const model = new Sequential([
    new Conv2D({
      filters: 5,
      kernelSize: 5,
      useBias: false,
      activation: "relu",
      name: "conv",
      inputShape: [15, 15, 3],
    }),
  ]);
  model.compile({ device: "reference" });
  const angles = [0, Math.PI / 4, Math.PI / 2, (3 * Math.PI) / 4];
  const kernel = new Float32Array(5 * 5 * 3 * 5);
  angles.forEach((orientation, filter) => {
    const bar = barStimulus({ size: [5, 5], orientation, width: 1.2 });
    const mean = [...bar.data].reduce((a, b) => a + b) / 25;
    bar.data.forEach((value, i) => {
      for (let c = 0; c < 3; c++) kernel[(i * 3 + c) * 5 + filter] = value - mean;
    });
  });
  for (let i = 0; i < 25; i++)
    kernel[i * 3 * 5 + 4] = Math.exp(-((Math.floor(i / 5) - 2) ** 2 + ((i % 5) - 2) ** 2) / 2);
  model.setWeights([tensor(kernel, [5, 5, 3, 5])]);
  const { preferred, selectivity } = await orientationTuning(model, { layer: "conv" });
  angles.forEach((angle, filter) => {
    const away = Math.abs(preferred[filter]! - angle) % Math.PI;
    expect(Math.min(away, Math.PI - away)).toBeLessThan(0.02);
    expect(selectivity[filter]).toBeGreaterThan(0.5);
  });
  expect(selectivity[4]).toBeLessThan(0.02);
  model.setWeights([tensor(new Float32Array(375).fill(-1), [5, 5, 3, 5])]);
  const silent = await orientationTuning(model, { layer: "conv", orientations: 4, offsets: [0] });
  expect(silent.selectivity).toEqual([0, 0, 0, 0, 0]);
  expect(silent.preferred.every(Number.isNaN)).toBe(true);
});

test("a bar of light: along a row, along a column, shifted upwards, half as bright at half its width", () => {
  const across = barStimulus({ size: [5, 7] });
  expect([...across.data.slice(14, 21)]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  const upright = barStimulus({ size: [5, 7], orientation: Math.PI / 2, width: 2 });
  for (let row = 0; row < 5; row++) {
    expect(upright.data[row * 7 + 3]).toBeCloseTo(1, 6);
    expect(upright.data[row * 7 + 4]).toBeCloseTo(0.5, 6);
  }
  expect(barStimulus({ size: [5, 7], offset: 1 }).data[1 * 7]).toBe(1);
  expect(barStimulus({ size: [5, 7], orientation: Math.PI / 2, offset: 1 }).data[2]).toBeCloseTo(1, 6);
  // 45°, counter-clockwise as seen: from the lower left to the upper right.
  const slanted = barStimulus({ size: [5, 5], orientation: Math.PI / 4 });
  expect(slanted.data[4 * 5]).toBeCloseTo(1, 6);
  expect(slanted.data[4]).toBeCloseTo(1, 6);
  expect(() => barStimulus({ width: 0 })).toThrow("barStimulus: width is 0, expected a number of pixels above 0.");
  expect(() => barStimulus({ size: [3, -1] })).toThrow(
    /barStimulus: size is .*, expected two whole numbers from 1 to 4096/,
  );
});
