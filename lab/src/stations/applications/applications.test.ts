import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileNetwork, imagesTensor, makeHandout, readWeights } from "../../engine/networks.ts";
import { stream } from "../../engine/shuffle.ts";
import { imageOf, parseSamples } from "../../state/samples.ts";
import {
  CLASSES,
  centredWindows,
  classesOfPixels,
  countPixels,
  DIGIT,
  drawPage,
  emptyAnswer,
  freePlace,
  judge,
  LAST,
  moved,
  NONE,
  PAGE,
  pageCodec,
  placeDigits,
} from "./state.ts";
import { look } from "./tasks.ts";

const asset = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url));

describe("a page", () => {
  test("is the same for a seed; its digits stay on it and do not touch", () => {
    for (let seed = 1; seed < 40; seed++) {
      const placed = placeDigits(stream(seed), 5, 100);
      expect(placeDigits(stream(seed), 5, 100)).toEqual(placed);
      expect(placed.length).toBeGreaterThanOrEqual(2);
      placed.forEach((a, i) => {
        expect(a.y >= 0 && a.y <= LAST && a.x >= 0 && a.x <= LAST && a.sample < 100).toBe(true);
        for (const b of placed.slice(i + 1))
          expect(Math.max(Math.abs(a.y - b.y), Math.abs(a.x - b.x))).toBeGreaterThanOrEqual(DIGIT);
      });
    }
    expect(placeDigits(stream(1), 5, 100)).not.toEqual(placeDigits(stream(2), 5, 100));
  });

  test("stands in the address, and one that makes no sense does not", () => {
    const placed = [
      { sample: 12, y: 0, x: 56 },
      { sample: 3, y: 40, x: 7 },
    ];
    expect(pageCodec.print(placed)).toBe("12,0,56;3,40,7");
    expect(pageCodec.parse("12,0,56;3,40,7")).toEqual(placed);
    expect(pageCodec.parse("")).toEqual([]);
    for (const bad of ["12,0", "1,57,0", "1,0,57", "a,0,0", Array(10).fill("1,0,0").join(";")])
      expect(pageCodec.parse(bad)).toBeUndefined();
  });

  test("takes the darker ink where digits overlap", () => {
    const page = drawPage(
      [
        { sample: 0, y: 0, x: 0 },
        { sample: 1, y: 1, x: 2 },
      ],
      (sample) => new Float32Array(DIGIT * DIGIT).fill(sample === 0 ? 0.75 : 0.5),
    );
    expect([page[0], page[PAGE + 2], page[PAGE + 29], page[28 * PAGE + 29], page[29 * PAGE]]).toEqual([
      0.75, 0.75, 0.5, 0.5, 0,
    ]);
  });

  test("a digit cannot leave it, and one more goes where there is room", () => {
    expect(moved({ sample: 1, y: 3, x: 50 }, -9, 9.4)).toEqual({ sample: 1, y: 0, x: 56 });
    expect(freePlace([{ sample: 0, y: 0, x: 0 }])).toEqual({ y: 0, x: 56 });
  });
});

test("a box is right, of a wrong class, a second one or a false alarm", () => {
  const placed = [
    { sample: 0, y: 10, x: 10 },
    { sample: 1, y: 50, x: 50 },
  ];
  const box = (top: number, left: number, classIndex: number) => ({ top, left, classIndex, score: 1 });
  const found = [box(12, 8, 4), box(16, 16, 4), box(50, 49, 9), box(17, 10, 4)];
  expect(judge(found, placed, [4, 5])).toEqual(["right", "second box", "wrong class", "false alarm"]);
});

test("ink is centred where its centre of mass is in the middle of a window", () => {
  const page = new Float32Array(PAGE * PAGE);
  page[20 * PAGE + 30] = 1;
  const centred = centredWindows(page, LAST + 1, LAST + 1);
  const places = Array.from(centred, (each, i) => (each ? [Math.floor(i / (LAST + 1)), i % (LAST + 1)] : [])).filter(
    ({ length }) => length > 0,
  );
  // Rows 20 - 13.5 ± 2 and columns 30 - 13.5 ± 2.
  expect(places).toHaveLength(16);
  expect([places[0], places.at(-1)]).toEqual([
    [5, 15],
    [8, 18],
  ]);
});

describe("the shipped network on a page", () => {
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  model.setWeights(readWeights(new Uint8Array(asset("weights.f16")).buffer, model));
  const samples = parseSamples(asset("digits.u8"));
  const placed = [
    { sample: 0, y: 2, x: 5 },
    { sample: 1, y: 50, x: 50 },
  ];
  const page = drawPage(placed, (at) => imageOf(samples, at));
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    withModel: <T>(_: unknown, work: (asked: typeof model) => Promise<T>) => work(model),
  };
  const input = { page, at: "shipped", run: 0, threshold: 0.9, overlap: 0.2, ink: 0.05, onlyCentred: false } as const;

  test("each window has the answer that the network gives for it alone", async () => {
    const { rows, columns, scores, ink } = await look(input, context);
    expect([rows, columns]).toEqual([LAST + 1, LAST + 1]);
    for (const [top, left] of [
      [2, 5],
      [50, 50],
      [30, 17],
      [56, 0],
    ] as const) {
      const window = Float32Array.from(
        { length: 784 },
        (_, i) => page[(top + Math.floor(i / 28)) * PAGE + left + (i % 28)]!,
      );
      const { data } = await model.predict(imagesTensor(window), { verbose: 0 });
      const at = top * columns + left;
      data.forEach((probability, k) => {
        expect(scores[at * CLASSES + k]).toBeCloseTo(probability, 4);
      });
      expect(ink[at]).toBeCloseTo(window.reduce((sum, pixel) => sum + pixel, 0) / 784, 5);
    }
  });

  test("both digits are found, and their pixels have their class", async () => {
    const output = await look(input, context);
    const verdicts = judge(output.found, placed, samples.labels);
    expect(verdicts.filter((verdict) => verdict === "right")).toHaveLength(2);
    const classes = classesOfPixels(page, output, 0.9, 0.05);
    const counted = countPixels(classes, placed, (at) => imageOf(samples, at), samples.labels);
    expect(counted.right / counted.ink).toBeGreaterThan(0.7);
    expect(counted.each.reduce((sum, pixels) => sum + pixels, 0)).toBe(counted.ink);
    expect(classes.every((each, at) => page[at]! >= 0.3 || each === NONE)).toBe(true);
  });

  test("centred windows alone leave fewer boxes that are near no digit", async () => {
    const alarms = { all: 0, centred: 0, right: 0, rightOfAll: 0 };
    for (let seed = 1; seed <= 6; seed++) {
      const places = placeDigits(stream(seed), 4, 100);
      const other = { ...input, ink: 0, page: drawPage(places, (at) => imageOf(samples, at)) };
      const judged = async (onlyCentred: boolean) =>
        judge((await look({ ...other, onlyCentred }, context)).found, places, samples.labels);
      const [all, centred] = [await judged(false), await judged(true)];
      const number = (list: readonly string[], verdict: string) => list.filter((each) => each === verdict).length;
      alarms.all += number(all, "false alarm");
      alarms.centred += number(centred, "false alarm");
      alarms.right += number(centred, "right");
      alarms.rightOfAll += number(all, "right");
    }
    expect(alarms.centred).toBeLessThan(alarms.all);
    expect(alarms.right).toBeGreaterThanOrEqual(alarms.rightOfAll);
  });

  test("a slider chooses among the windows that are there; another page is computed", async () => {
    const first = await look(input, context);
    const second = await look({ ...input, page: page.slice(), threshold: 0.999999 }, context);
    expect(second.ms).toBe(first.ms);
    expect(second.found.length).toBeLessThanOrEqual(first.found.length);
    expect(second.found.every(({ score }) => score >= 0.999999)).toBe(true);
    const empty = await look({ ...input, page: new Float32Array(PAGE * PAGE) }, context);
    expect(new Set(empty.ink)).toEqual(new Set([0]));
    const { data } = await model.predict(imagesTensor(new Float32Array(784)), { verbose: 0 });
    const answer = emptyAnswer(empty)!;
    expect(answer.score).toBeCloseTo(Math.max(...data), 4);
    expect(data[answer.classIndex]).toBe(Math.max(...data));
    expect(empty.found).toEqual([]);
  });
});
