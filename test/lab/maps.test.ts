import { expect, test } from "vitest";
import { count, duration, shortNumber } from "../../lab/src/base/numbers.ts";
import { sparkPath } from "../../lab/src/base/sparkline.ts";
import { cssColour, paletteOf } from "../../lab/src/parts/colours.ts";
import {
  cellUnder,
  cornerOf,
  hasCell,
  layOut,
  type Maps,
  paint,
  rangeOf,
  strongestFirst,
  summarise,
  valueAt,
} from "../../lab/src/parts/maps.ts";

/** Three maps of 2 x 4 whose value names its place: channel, row, column. */
const maps: Maps = {
  data: Float32Array.from({ length: 24 }, (_, i) => 100 * (i % 3) + 10 * Math.floor(i / 12) + (Math.floor(i / 3) % 4)),
  height: 2,
  width: 4,
  channels: 3,
};

test("a value is found by channel, row and column", () => {
  expect(valueAt(maps, { channel: 2, y: 1, x: 3 })).toBe(213);
});

test("every cell of the picture is found under its middle, and none between maps", () => {
  const layout = layOut(maps, 2, 1, [2, 0, 1]);
  expect([layout.width, layout.height, layout.rows]).toEqual([9, 5, 2]);
  [2, 0, 1].forEach((channel, place) => {
    const corner = cornerOf(maps, layout, place);
    for (const [y, x] of [
      [0, 0],
      [1, 3],
    ] as const)
      expect(cellUnder(maps, layout, { y: corner.y + y + 0.5, x: corner.x + x + 0.5 })).toEqual({ channel, y, x });
  });
  expect(cellUnder(maps, layout, { y: 0.5, x: 4.5 })).toBeUndefined();
  expect(cellUnder(maps, layout, { y: 2.5, x: 0.5 })).toBeUndefined();
  expect(cellUnder(maps, layout, { y: 3.5, x: 6 })).toBeUndefined();
  expect(cellUnder(maps, layout, { y: -0.5, x: 0 })).toBeUndefined();
});

test("places that the maps do not have are known", () => {
  expect(hasCell(maps, { channel: 2, y: 1, x: 3 })).toBe(true);
  for (const place of [
    { channel: 3, y: 0, x: 0 },
    { channel: 0, y: 2, x: 0 },
    { channel: 0, y: 0, x: 4 },
  ])
    expect(hasCell(maps, place)).toBe(false);
});

test("the strongest map comes first", () => {
  expect(strongestFirst(maps)).toEqual([2, 1, 0]);
});

test("a map is summed up", () => {
  expect(summarise(maps, 0)).toEqual({ highest: 13, lowest: 0, y: 1, x: 3, mean: 6.5, zeros: 1 / 8 });
});

test("a range has zero in it", () => {
  expect(rangeOf({ data: [3, 5] })).toEqual({ low: 0, high: 5 });
  expect(rangeOf({ data: [-3, -5] })).toEqual({ low: -5, high: 0 });
});

/** The colour of a level, opaque. */
const colour = (name: "sequential" | "diverging" | "ink", theme: "light" | "dark", level: number) => [
  ...paletteOf(name, theme).subarray(3 * level, 3 * level + 3),
  255,
];

test("zero is painted as paper, the largest value as ink; between maps nothing", () => {
  const layout = layOut(maps, 3, 1);
  const pixels = paint(maps, layout, { range: { low: 0, high: 213 }, theme: "light" });
  const at = (y: number, x: number) => [...pixels.subarray((y * layout.width + x) * 4, (y * layout.width + x) * 4 + 4)];
  expect(at(0, 0)).toEqual(colour("sequential", "light", 0));
  expect(at(1, 13)).toEqual(colour("sequential", "light", 255));
  expect(at(0, 4)).toEqual([0, 0, 0, 0]);
});

test("signed values have two colours and the same zero", () => {
  const signed: Maps = { data: [-2, 0, 2], height: 1, width: 3, channels: 1 };
  const pixels = paint(signed, layOut(signed, 1, 0), { range: { low: -2, high: 2 }, theme: "dark" });
  expect([...pixels.subarray(0, 4)]).toEqual(colour("diverging", "dark", 1));
  expect([...pixels.subarray(8, 12)]).toEqual(colour("diverging", "dark", 255));
  for (const theme of ["light", "dark"] as const)
    expect(colour("diverging", theme, 128)).toEqual(colour("ink", theme, 0));
});

test("pictures are painted in ink, and styles name the same colours", () => {
  const picture: Maps = { data: [0, 1], height: 1, width: 2, channels: 1 };
  const pixels = paint(picture, layOut(picture, 1, 0), { range: { low: 0, high: 1 }, theme: "light", colours: "ink" });
  expect([...pixels]).toEqual([...colour("ink", "light", 0), ...colour("ink", "light", 255)]);
  expect(cssColour(paletteOf("ink", "light"), 255)).toBe("rgb(27 27 31)");
});

test("maps without any value are painted", () => {
  const empty: Maps = { data: [0, Number.NaN], height: 1, width: 2, channels: 1 };
  const pixels = paint(empty, layOut(empty, 1, 0), { range: { low: 0, high: 0 }, theme: "light" });
  expect([...pixels]).toEqual([...colour("sequential", "light", 0), ...colour("sequential", "light", 0)]);
});

test.each([
  [0, "0"],
  [1, "1"],
  [1875, "1,875"],
  [Math.PI, "3.14"],
  [0.012345, "0.0123"],
  [-0.5, "−0.500"],
  [-1e-9, "0.000000"],
  [123.456, "123"],
  [Number.NaN, "no number"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d is written %s", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test("durations and counts in words", () => {
  expect([3.14, 42, 1234, 300_000].map(duration)).toEqual(["3.1 ms", "42 ms", "1.2 s", "5 min"]);
  expect([count(1, "step"), count(1875, "step")]).toEqual(["1 step", "1,875 steps"]);
});

test("a sparkline has a point for each pixel, from the highest mean to the lowest", () => {
  const steps = Array.from({ length: 600 }, (_, i) => ({ loss: 2 - i / 300 }));
  const points = sparkPath(steps, 60, 18).slice(1).split("L");
  expect(points).toHaveLength(60);
  expect(points[0]).toBe("0.0 1.0");
  expect(points.at(-1)).toMatch(/^60\.0 16\.\d$/);
  expect(sparkPath([{ loss: 1 }])).toBe("");
});
