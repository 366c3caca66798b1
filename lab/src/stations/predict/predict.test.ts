import { describe, expect, test } from "vitest";
import { cellCentre, extend, inkOf, PAD, toInput } from "../../base/drawing.ts";
import { drawnDigit, parseDrawn, pixelsOf, printDrawn } from "../../base/drawn-digits.ts";
import { chosen, countPairs, lessonRows, lessonWords, nearestRows, readingsOf, worstPairs } from "./state.ts";

const oneHot = (index: number, value: number) =>
  Array.from({ length: 10 }, (_, i) => (i === index ? value : (1 - value) / 9));
const readings = readingsOf(
  [4, 4, 7, 2],
  [...oneHot(9, 0.9), ...oneHot(9, 0.5), ...oneHot(7, 0.99), ...oneHot(3, 0.7)],
);

describe("readings", () => {
  test("are the largest probabilities", () => {
    expect(readings.map(({ read }) => read)).toEqual([9, 9, 7, 3]);
  });
  test("are filtered, and by a cell of the matrix", () => {
    expect(chosen(readings, "wrong").map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(chosen(readings, "unsure").map(({ index }) => index)).toEqual([1, 3]);
    expect(chosen(readings, "all", { label: 4, read: 9 }).map(({ index }) => index)).toEqual([0, 1]);
  });
  test("are counted, and every digit is counted once", () => {
    const counts = countPairs(readings);
    expect(counts[4]![9]).toBe(2);
    expect(counts.flat().reduce((a, b) => a + b)).toBe(4);
    expect(worstPairs(counts)).toEqual(["4 read as 9: 2 times", "2 read as 3: once"]);
  });
});

const massCentre = (image: Float32Array) => {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((value, i) => {
    mass += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return { mass, x: x / mass, y: y / mass };
};
const boxSize = (image: Float32Array) => {
  const on = [...image.keys()].filter((i) => image[i]! > 1e-6);
  const [xs, ys] = [on.map((i) => i % 28), on.map((i) => Math.floor(i / 28))];
  return [Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1];
};

describe("a drawing", () => {
  // A small 7 in the upper left corner.
  const ink = inkOf([
    [
      { x: 30, y: 30 },
      { x: 90, y: 30 },
      { x: 50, y: 120 },
    ],
  ]);

  test("has no ink where nothing is drawn, and is nothing when nothing is", () => {
    expect(ink[0]).toBe(0);
    expect(ink[30 * PAD + 60]).toBe(1);
    expect(toInput(inkOf([]), { fits: true, centres: true })).toBeUndefined();
  });

  test("keeps its mass when the pad is only made small", () => {
    const small = toInput(ink, { fits: false, centres: false })!;
    expect(massCentre(small).mass).toBeCloseTo(ink.reduce((a, b) => a + b) / 100, 2);
  });

  test("is fitted into 20 pixels", () => {
    const fitted = toInput(ink, { fits: true, centres: false })!;
    expect(Math.max(...boxSize(fitted))).toBe(20);
  });

  test("is moved until its centre of mass is in the middle, whether it is fitted or not", () => {
    for (const fits of [true, false]) {
      const { x, y } = massCentre(toInput(ink, { fits, centres: true })!);
      expect(x).toBeCloseTo(14, 2);
      expect(y).toBeCloseTo(14, 2);
    }
  });

  test("is the same wherever it was drawn", () => {
    const moved = inkOf([
      [
        { x: 130, y: 110 },
        { x: 190, y: 110 },
        { x: 150, y: 200 },
      ],
    ]);
    const [a, b] = [ink, moved].map((each) => toInput(each, { fits: true, centres: true })!);
    a!.forEach((value, i) => {
      expect(value).toBeCloseTo(b![i]!, 4);
    });
  });

  test("that joins the digits comes back from the address within half a level of sixteen", () => {
    const pixels = toInput(ink, { fits: true, centres: true })!;
    const text = printDrawn([drawnDigit(pixels, 7), drawnDigit(new Float32Array(784), 0)]);
    expect(encodeURIComponent(text).length).toBeLessThan(1100);
    const [seven, empty] = parseDrawn(text)!;
    expect([seven!.label, empty!.label]).toEqual([7, 0]);
    pixelsOf(seven!).forEach((level, i) => {
      expect(Math.abs(level - pixels[i]!)).toBeLessThanOrEqual(1 / 30 + 1e-6);
    });
    for (const bad of ["", "7", "7:", "7:AAAA", `x${text}`, text.slice(1), "7:****"])
      expect(parseDrawn(bad), bad).toBeUndefined();
  });

  test("grows by cells of the keyboard's pen", () => {
    const strokes = extend(extend([[]], cellCentre({ x: 0, y: 0 })), cellCentre({ x: 1, y: 0 }));
    expect(strokes).toEqual([
      [
        { x: 5, y: 5 },
        { x: 15, y: 5 },
      ],
    ]);
  });
});

describe("a lesson", () => {
  test("the nearest rows, as shares of the length of one's own", () => {
    const found = nearestRows(
      [3, 4],
      [
        [3, 4],
        [0, 0],
        [3, 9],
        [-3, -4],
      ],
      3,
    );
    expect(found).toEqual([
      { row: 0, distance: 0 },
      { row: 1, distance: 1 },
      { row: 2, distance: 1 },
    ]);
  });

  test("has the mistaken digit in every batch, and every other one once", () => {
    expect(lessonRows(0, 5, 2)).toEqual([-1, -1, 0, 1, 2]);
    expect(lessonRows(1, 5, 2)).toEqual([-1, -1, 3, 4, 5]);
  });

  test("is told with its price", () => {
    expect(lessonWords([4, 9, 7], [9, 9, 7], [4, 4, 7])).toBe(
      "2 of 3 digits were right, now 2. Learnt: 0. Forgotten: 1.",
    );
  });
});
