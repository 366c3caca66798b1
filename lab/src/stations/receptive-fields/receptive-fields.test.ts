import { readFileSync } from "node:fs";
import { Sequential, setSeed, tensor } from "fovea";
import { barStimulus, measuredField } from "fovea/insight";
import { Conv2D } from "fovea/layers";
import { expect, test } from "vitest";
import { readHalfFloats } from "../../engine/half-floats.ts";
import { compileNetwork, makeHandout, readWeights } from "../../engine/networks.ts";
import { boxOf } from "../../state/box.ts";
import { sumOfUnit } from "../../state/unit-sum.ts";
import {
  bitsOf,
  bySelectivity,
  checkField,
  mapUnitOf,
  preferredDegrees,
  summariseSelectivity,
  withChanged,
} from "./network.ts";
import {
  BEST_RATE,
  directions,
  FIELD,
  fieldWeights,
  Membrane,
  MOSAIC,
  mosaicRates,
  placeOf,
  secondCells,
  secondRates,
  secondSum,
  simpleRate,
  tuningOf,
} from "./state.ts";
import { light, moved, RETINA, type Stimulus, turnedBy } from "./stimulus.ts";
import { tuning, unitValues } from "./tasks.ts";

const bar: Stimulus = { shape: "bar", y: 14, x: 14, angle: 0, length: 16, width: 1.6 };

test("a bar without end is the bar of fovea/insight", () => {
  for (const angle of [0, 35, 90, 150]) {
    const ours = light({ ...bar, y: 13, x: 12, angle, length: 1000 });
    const theirs = barStimulus({ orientation: (angle * Math.PI) / 180, centre: [13, 12] }).data;
    ours.forEach((each, i) => {
      expect(each).toBeCloseTo(theirs[i]!, 6);
    });
  }
});

test("a corner's arms go right and up, a cross has four", () => {
  const at = (shape: Stimulus["shape"], y: number, x: number) => light({ ...bar, shape })[y * RETINA + x]!;
  expect(
    [at("corner", 14, 20), at("corner", 8, 14), at("corner", 14, 8), at("corner", 20, 14)].map(Math.round),
  ).toEqual([1, 1, 0, 0]);
  expect([at("cross", 14, 20), at("cross", 8, 14), at("cross", 14, 8), at("cross", 20, 14)].map(Math.round)).toEqual([
    1, 1, 1, 1,
  ]);
});

test("light stays on the retina, and a turn goes around its period", () => {
  expect(moved(bar, -100, 3)).toMatchObject({ y: 0, x: 17 });
  expect(turnedBy({ ...bar, angle: 5 }, -10).angle).toBe(175);
  expect(turnedBy({ ...bar, shape: "cross", angle: 85 }, 10).angle).toBe(5);
});

test("a simple cell fires best along its direction, not across it, and not for even light", () => {
  for (const angle of [0, 30, 45, 120]) {
    const cell = { y: 14, x: 14, angle };
    const rates = tuningOf(cell, { ...bar, length: 100 }, 36);
    expect(rates.indexOf(Math.max(...rates))).toBe(angle / 5);
    expect(rates[angle / 5]!).toBeCloseTo(BEST_RATE, 3);
    expect(rates[(angle / 5 + 18) % 36]!).toBeCloseTo(0, 4);
    expect(simpleRate(cell, new Float32Array(784).fill(1))).toBeLessThan(1e-3);
  }
  expect(fieldWeights(45)).toHaveLength(FIELD ** 2);
});

test("a cell sees its field only", () => {
  const cell = { y: 14, x: 14, angle: 20 };
  const seen = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i)));
  const rate = simpleRate(cell, seen);
  const outside = seen.map((each, i) =>
    Math.abs(Math.floor(i / 28) - 14) > 4 || Math.abs((i % 28) - 14) > 4 ? 1 - each : each,
  );
  expect(simpleRate(cell, outside)).toBe(rate);
});

test("neighbours of the mosaic overlap, and all reach the retina", () => {
  expect(placeOf(1) - placeOf(0)).toBeLessThan(FIELD);
  expect(placeOf(MOSAIC - 1)).toBeLessThan(RETINA);
  const rates = mosaicRates(light(bar));
  expect(rates).toHaveLength(MOSAIC ** 2 * directions.length);
  expect(rates[(3 * MOSAIC + 3) * 4]!).toBeCloseTo(simpleRate({ y: 14, x: 14, angle: 0 }, light(bar)), 5);
});

test("second-layer cells prefer corners and crosses to bars", () => {
  const [corner, cross] = secondCells.map(
    (cell) =>
      (shape: Stimulus["shape"], angle = 0) =>
        secondSum(cell, mosaicRates(light({ ...bar, shape, angle })), 3, 3).rate,
  );
  expect(corner!("corner")).toBeGreaterThan(30);
  expect([corner!("bar"), corner!("bar", 90), corner!("cross"), corner!("corner", 180)]).toEqual([0, 0, 0, 0]);
  expect(cross!("cross")).toBeGreaterThan(30);
  expect([cross!("bar"), cross!("bar", 90), cross!("corner")]).toEqual([0, 0, 0]);
  expect(secondRates(mosaicRates(light(bar)))).toHaveLength(MOSAIC ** 2 * 2);
});

test("a membrane fires as often as its rate says, however time is cut", () => {
  const membrane = new Membrane();
  let spikes = 0;
  for (let i = 0; i < 100; i++) spikes += membrane.pass(0.0123, 40).length;
  expect(spikes).toBe(Math.floor(100 * 0.0123 * 40 + 1e-9));
  expect(new Membrane().pass(1, 4)).toEqual([0.25, 0.5, 0.75, 1]);
  expect(new Membrane().pass(1, 0)).toEqual([]);
});

test("a unit of Flatten is that of the map that it copies; of Dense, one of the last map", () => {
  expect(mapUnitOf({ layer: "flatten", channel: (5 * 24 + 7) * 32 + 9, y: 0, x: 0 })).toEqual({
    layer: "conv2d_1",
    channel: 9,
    y: 5,
    x: 7,
  });
  expect(mapUnitOf({ layer: "dense", channel: 7, y: 40, x: 3 })).toEqual({
    layer: "conv2d_1",
    channel: 7,
    y: 23,
    x: 3,
  });
  expect(mapUnitOf({ layer: "conv2d", channel: 99, y: 2, x: 25 })).toEqual({
    layer: "conv2d",
    channel: 63,
    y: 2,
    x: 25,
  });
});

test("selectivity is summed up by its median, over an even and an odd number of units", () => {
  expect(summariseSelectivity([0.1, 0.5, 0.3, 0.9])).toEqual({ median: 0.4, selective: 3, units: 4 });
  expect(summariseSelectivity([0.1, 0.5, 0.3]).median).toBe(0.3);
  expect(bySelectivity([0.1, 0.5, 0.3])).toEqual([1, 2, 0]);
  expect(preferredDegrees([Math.PI / 2, Number.NaN])).toEqual([90]);
});

const weights = readFileSync(new URL("../../../assets/weights.f16", import.meta.url));
const digits = readFileSync(new URL("../../../assets/digits.u8", import.meta.url));
const seven = Float32Array.from(digits.subarray(0, 784), (level) => level / 255);

/** The bytes of an asset, from its start. */
const bufferOf = (bytes: Buffer, length = bytes.length) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) as ArrayBuffer;

const model = compileNetwork(makeHandout(), { device: "cpu" });
model.setWeights(readWeights(bufferOf(weights), model));
const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  withModel: <T>(_: unknown, work: (given: typeof model) => Promise<T>) => work(model),
};

test("the sum of 9 and of 576 products is what the network computes", async () => {
  const [kernel0, bias0, kernel1, bias1] = model.getWeights().map(({ data }) => Float32Array.from(data));
  const pixels = { data: seven, width: 28, channels: 1 };
  const maps = new Float32Array(26 * 26 * 64);
  for (let i = 0; i < maps.length; i++) {
    const place = Math.floor(i / 64);
    const unit = { y: Math.floor(place / 26), x: place % 26, channel: i % 64 };
    maps[i] = sumOfUnit(pixels, { kernel: kernel0!, bias: bias0! }, unit).activation;
  }
  for (const [y, x, channel] of [
    [5, 15, 0],
    [10, 12, 7],
    [18, 9, 31],
  ] as const) {
    const sum = sumOfUnit(
      { data: maps, width: 26, channels: 64 },
      { kernel: kernel1!, bias: bias1! },
      { y, x, channel },
    );
    expect(sum.products).toHaveLength(576);
    const input = { at: "shipped", layer: "conv2d_1", y, x, channel, images: seven } as const;
    const [value] = await unitValues(input, context);
    expect(sum.activation).toBeCloseTo(value!, 5);
  }
  const unit = { y: 6, x: 12, channel: 3 };
  const [value] = await unitValues({ at: "shipped", layer: "conv2d", ...unit, images: seven }, context);
  expect(sumOfUnit(pixels, { kernel: kernel0!, bias: bias0! }, unit).activation).toBeCloseTo(value!, 6);
});

test("a pixel outside of the box changes nothing, bit for bit; one inside does", async () => {
  // A unit that fires: where relu cuts, nothing could change.
  const input = { at: "shipped", layer: "conv2d_1", channel: 0 } as const;
  const unit = { y: 5, x: 15 };
  const info = { shape: [24, 24, 32], field: { size: [5, 5], jump: [1, 1], start: [2, 2] } } as const;
  const box = boxOf(info, unit, 28)!;
  let fired = 0;
  for (let channel = 0; channel < 32 && fired < 2; channel++) {
    for (const [y, x, isInside] of [
      [box.y + 2, box.x + 2, true],
      [box.y - 1, box.x, false],
      [box.y + 5, box.x + 2, false],
      [0, 0, false],
    ] as const) {
      const images = withChanged(seven, { y, x });
      const [before, after] = await unitValues({ ...input, channel, ...unit, images }, context);
      if (before === 0) break;
      expect(bitsOf(before!) === bitsOf(after!)).toBe(!isInside);
      if (isInside) fired++;
    }
  }
  expect(fired).toBe(2);
});

test("the measured field of a unit is its box", async () => {
  setSeed(1);
  const small = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, name: "conv2d", inputShape: [28, 28, 1] })]);
  const field = await measuredField(small, { layer: "conv2d", unit: [4, 5, 1], images: tensor(seven, [1, 28, 28, 1]) });
  const box = { y: 4, x: 5, height: 3, width: 3 };
  expect(checkField(Float32Array.from(field.data), box)).toEqual({ inside: 9, outside: 0 });
  expect(checkField(Float32Array.from(field.data), { ...box, width: 2 })).toMatchObject({ inside: 6 });
  expect(checkField(Float32Array.from(field.data), { ...box, width: 2 }).outside).toBeGreaterThan(0);
});

test("training makes the second layer selective, and the seed gives the weights before it", async () => {
  const before = await tuning({ layer: "conv2d_1", at: "initial" }, context);
  const after = await tuning({ layer: "conv2d_1", at: "shipped" }, context);
  expect(before.responses).toHaveLength(32 * 36);
  const [first, last] = [before, after].map(({ selectivity }) => summariseSelectivity(selectivity));
  expect(last!.median).toBeGreaterThan(first!.median);
  expect(last!.selective).toBeGreaterThan(first!.selective);
  // The first recorded checkpoint is from before training: the first convolution's kernel and bias as float16.
  const recorded = readFileSync(new URL("../../../assets/checkpoints.f16", import.meta.url));
  const numbers = readHalfFloats(bufferOf(recorded, 2 * 640));
  setSeed(7);
  const [kernel] = makeHandout().getWeights();
  Float32Array.from(kernel!.data).forEach((weight, i) => {
    expect(numbers[i]!).toBeCloseTo(weight, 3);
  });
});
