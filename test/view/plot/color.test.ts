import { type ColorMapName, colorMap, type ThemeName, themes } from "fovea/plot";
import { describe, expect, test } from "vitest";
import { colorIndex, contrast, hexOf, textOn, toLab } from "../../../src/view/plot/color.ts";

const themeNames = Object.keys(themes) as ThemeName[];
const maps: readonly ColorMapName[] = ["sequential", "diverging", "ink"];
const cases = themeNames.flatMap((theme) => maps.map((name) => ({ theme, name, map: colorMap(name, theme) })));

test("OKLab as CSS Color 4 states it for red, lime, blue and white", () => {
  const stated = {
    "#ff0000": [0.62796, 0.22486, 0.12585],
    "#00ff00": [0.86644, -0.23389, 0.1795],
    "#0000ff": [0.45201, -0.03246, -0.31153],
    "#ffffff": [1, 0, 0],
  };
  for (const [color, lab] of Object.entries(stated))
    for (const [axis, value] of toLab(color).entries()) expect(value).toBeCloseTo(lab[axis]!, 4);
});

test("contrast as WCAG states it: 21 for black on white, 4.54 for #767676 on white", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 10);
  expect(contrast("#ffffff", "#767676")).toBeCloseTo(4.54, 2);
});

describe.each(cases)("colour map $name on $theme", ({ theme, name, map }) => {
  const lightness = Array.from({ length: 256 }, (_, i) => toLab(hexOf(map, i))[0]);
  const { paper, ink } = themes[theme];
  const isDark = toLab(paper)[0] < toLab(ink)[0];

  test("zero is paper", () => {
    expect(hexOf(map, colorIndex(0, name === "diverging" ? [-2, 2] : [0, 2], name))).toBe(paper);
  });

  test("lightness moves evenly away from zero", () => {
    const halves = name === "diverging" ? [lightness.slice(0, 129).reverse(), lightness.slice(128)] : [lightness];
    for (const half of halves) {
      const mean = (half.at(-1)! - half[0]!) / (half.length - 1);
      expect(Math.sign(mean)).toBe(isDark ? 1 : -1);
      for (let i = 1; i < half.length; i++) {
        // Colours are whole bytes, which are coarse near black.
        expect(Math.abs(half[i]! - half[0]! - mean * i)).toBeLessThan(0.01);
        expect((half[i]! - half[i - 1]!) / mean).toBeGreaterThan(-1);
      }
    }
  });

  test("numbers on it can be read", () => {
    for (let i = 0; i < 256; i++) expect(contrast(textOn(hexOf(map, i)), hexOf(map, i))).toBeGreaterThanOrEqual(4.5);
  });
});

test("signs have hues of their own: blue below zero, red above, in both themes", () => {
  for (const theme of themeNames) {
    const { palette } = colorMap("diverging", theme);
    const [low, high] = [palette.subarray(0, 3), palette.subarray(3 * 255)];
    expect(low[2]!).toBeGreaterThan(low[0]! + 60);
    expect(high[0]!).toBeGreaterThan(high[2]! + 60);
  }
});

describe("the index of a value", () => {
  test("the ends of the range are the first and the last colour, what lies outside has theirs", () => {
    expect([-1, 0, 1, 2, 3].map((value) => colorIndex(value, [0, 2], "sequential"))).toEqual([0, 0, 128, 255, 255]);
  });

  test("zero is pinned to the middle of a diverging map, however uneven the range is", () => {
    expect([-9, -3, 0, 3, 9].map((value) => colorIndex(value, [-1, 3], "diverging"))).toEqual([0, 0, 128, 255, 255]);
    expect(colorIndex(-1, [-1, 3], "diverging")).toBe(128 - Math.round(128 / 3));
    expect([-3, 1].map((value) => colorIndex(value, [-3, 1], "diverging"))).toEqual([0, 128 + Math.round(127 / 3)]);
  });

  test("NaN is zero's colour; a range of one value has one colour", () => {
    expect([colorIndex(Number.NaN, [0, 1], "sequential"), colorIndex(Number.NaN, [-1, 1], "diverging")]).toEqual([
      0, 128,
    ]);
    expect([colorIndex(0, [0, 0], "sequential"), colorIndex(0, [0, 0], "diverging")]).toEqual([0, 128]);
  });
});

describe.each(themeNames)("theme %s", (name) => {
  const { paper, cell, ink, soft, accent, series, classes } = themes[name];

  test("text has a contrast of 4.5 on paper and on cells, marks have 3", () => {
    for (const color of [ink, soft, accent, ...series])
      expect(contrast(color, paper), color).toBeGreaterThanOrEqual(4.5);
    for (const color of [ink, soft]) expect(contrast(color, cell), color).toBeGreaterThanOrEqual(4.5);
    for (const color of classes) expect(contrast(color, paper), color).toBeGreaterThanOrEqual(3);
  });

  test("no two colours of a list are alike", () => {
    const distance = (a: string, b: string) => Math.hypot(...toLab(a).map((value, axis) => value - toLab(b)[axis]!));
    for (const list of [series, classes])
      for (const [i, a] of list.entries())
        for (const b of list.slice(i + 1)) expect(distance(a, b), `${a} ${b}`).toBeGreaterThan(0.08);
  });
});
