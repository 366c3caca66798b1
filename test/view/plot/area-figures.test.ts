import { areaSquares, barChart, scatter, themes } from "fovea/plot";
import { describe, expect, test } from "vitest";
import { of, textsOf } from "./samples.ts";

describe("barChart", () => {
  test("bars are as long as their values, the largest in the accent colour, numbers behind", () => {
    const scene = barChart({ values: [0.2, 0.7, 0.1], names: ["a", "b", "c"] });
    const bars = of(scene, "rect").filter(({ fill }) => fill !== themes.light.cell);
    const full = of(scene, "rect").find(({ fill }) => fill === themes.light.cell)!.width;
    expect(bars.map(({ width }) => width / full)).toEqual([0.2, 0.7, 0.1].map((value) => expect.closeTo(value, 10)));
    expect(bars.map(({ fill }) => fill === themes.light.accent)).toEqual([false, true, false]);
    expect(textsOf(scene)).toEqual(["a", "0.2000", "b", "0.7000", "c", "0.1000"]);
  });

  test("the truth has a tick; a full bar is the largest value of counts", () => {
    const scene = barChart({ values: [640, 18_464], truth: 0 });
    expect(of(scene, "path")).toHaveLength(1);
    expect(scene.description).toBe("0 640, 1 18,464. Marked: 1. True: 0.");
  });
});

describe("areaSquares", () => {
  test.each([328, 560, 1200])("areas are as the numbers, at %d pixels", (width) => {
    const items = [640, 432_640, 33_962_240].map((value) => ({ name: "parameters of a layer", value }));
    const squares = of(areaSquares({ items, width }), "rect");
    const [one, two, three] = squares.map((square) => square.width * square.height);
    expect(squares.every((square) => square.width === square.height)).toBe(true);
    expect(two! / one!).toBeCloseTo(676, 6);
    expect(three! / one!).toBeCloseTo(53_066, 4);
    expect(Math.max(...squares.map((square) => square.x + square.width))).toBeLessThanOrEqual(width - 16);
  });

  test("a square too small to be seen has a ring; zero has no square", () => {
    const items = [1, 1e6, 0].map((value, i) => ({ name: "abc"[i]!, value }));
    const scene = areaSquares({ items });
    expect(of(scene, "circle")).toHaveLength(1);
    expect(of(scene, "rect")).toHaveLength(2);
    expect(textsOf(scene)).toEqual(expect.arrayContaining(["a", "b", "c", "1,000,000", "0"]));
  });
});

describe("scatter", () => {
  const points = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
    [9, 1],
  ];

  test("one scale for both axes: a square stays a square", () => {
    const [a, b, c] = of(scatter({ points, width: 300 }), "circle");
    expect(b!.x - a!.x).toBeCloseTo(b!.y - c!.y, 8);
    const [d, e, f] = of(scatter({ points, equal: false, width: 300 }), "circle");
    expect(e!.y - f!.y).toBeGreaterThan(2 * (e!.x - d!.x));
  });

  test("classes have colours, and their names at the medians", () => {
    const scene = scatter({
      points: [
        [0, 0],
        [1, 0],
        [2, 0],
        [5, 5],
      ],
      classes: [0, 0, 0, 1],
      names: ["cat", "dog"],
      selected: 2,
    });
    const dots = of(scene, "circle");
    expect(dots.slice(0, 4).map(({ fill }) => fill)).toEqual([0, 0, 0, 1].map((i) => themes.light.classes[i]));
    expect(of(scene, "text").find(({ text }) => text === "cat")!.x).toBeCloseTo(dots[1]!.x, 8);
    expect([dots[4]!.x, dots[4]!.y]).toEqual([dots[2]!.x, dots[2]!.y]);
    expect(scene.description).toBe("cat: 3, dog: 1.");
  });

  test("points that are not finite are left out", () => {
    expect(
      of(
        scatter({
          points: [
            [0, 0],
            [Number.NaN, 1],
            [1, Number.POSITIVE_INFINITY],
          ],
        }),
        "circle",
      ),
    ).toHaveLength(1);
  });
});
