import { readFileSync } from "node:fs";
import { tensor } from "fovea";
import { describe, expect, test } from "vitest";
import { readSmallWeights } from "../../engine/small-weights.ts";
import { placeLabels } from "./labels.ts";
import { detect, embed, segment } from "./programs.ts";
import { DIGIT, type Verdict } from "./state.ts";
import {
  answerPictures,
  boxPictures,
  galleryPictures,
  judgeBoxes,
  maskPictures,
  nearestTo,
  rightShare,
} from "./trained.ts";

const asset = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../../../assets/${name}`, import.meta.url))).buffer;

describe("small weights", () => {
  // Factors 0.5 and 2 (binary16 0x3800 and 0x4000), four numbers of 8 bits, then a bias of 1 and -2.
  const bytes = Uint8Array.of(0x00, 0x38, 0x00, 0x40, 1, 255, 127, 129, 0x00, 0x3c, 0x00, 0xc0).buffer;

  test("a kernel has a factor for each place of its last axis; a bias has 16 bits", () => {
    const [kernel, bias] = readSmallWeights(bytes, [[2, 2], [2]]);
    expect(kernel).toEqual(tensor(Float32Array.of(0.5, -2, 63.5, -254), [2, 2]));
    expect(bias).toEqual(tensor(Float32Array.of(1, -2), [2]));
  });

  test("a file of another network is refused", () => {
    expect(() => readSmallWeights(bytes, [[2, 3], [2]])).toThrow("has 12 bytes, the network 16");
  });
});

describe("labels of boxes", () => {
  const box = (top: number, left: number, score = 1) => ({ top, left, classIndex: 3, score });
  const bounds = ({ x, y, text }: { x: number; y: number; text: string }) =>
    [x, x + 2 * text.length, y - 3.6, y] as const;

  test("lie over no other one, in or beside their box", () => {
    const found = [box(20, 20), box(21, 21), box(24, 18), box(22, 26), box(20, 20.5), box(0, 0), box(56, 56)];
    const verdicts: Verdict[] = ["false alarm", "right", "false alarm", "wrong class", "second box", "right", "right"];
    const labels = placeLabels(found, verdicts);
    expect(labels.every((label) => label !== undefined)).toBe(true);
    labels.forEach((label, i) => {
      const [left, right, top, bottom] = bounds(label!);
      expect(left >= found[i]!.left && right <= found[i]!.left + DIGIT && top >= 0 && bottom <= 84).toBe(true);
      for (const other of labels.slice(i + 1)) {
        const [otherLeft, otherRight, otherTop, otherBottom] = bounds(other!);
        expect(left >= otherRight || otherLeft >= right || top >= otherBottom || otherTop >= bottom).toBe(true);
      }
    });
    // What is right has its first place.
    expect(labels[1]).toMatchObject({ x: 22, text: "3 · 1.00" });
    expect(labels[0]!.text).toBe("3 · 1.00 ?");
  });

  test("are left out where all places are taken", () => {
    const found = Array.from({ length: 12 }, (_, i) => box(30, 30, 1 - i / 100));
    const labels = placeLabels(found, new Array<Verdict>(12).fill("false alarm"));
    const shown = labels.map((label) => label !== undefined);
    expect(shown.lastIndexOf(true)).toBe(shown.indexOf(false) - 1);
    expect(shown.filter(Boolean).length).toBeGreaterThanOrEqual(4);
    expect(shown).toContain(false);
  });
});

test("a box is right once, and only with the right class and enough overlap", () => {
  const truth = [
    { box: [0, 0, 10, 10], label: 1 },
    { box: [20, 0, 30, 10], label: 2 },
    { box: [40, 0, 50, 10], label: 3 },
  ] as const;
  const found = [
    { box: [0, 0, 10, 9], label: 1, score: 0.9 },
    { box: [0, 0, 10, 10], label: 1, score: 0.8 },
    { box: [20, 0, 30, 10], label: 5, score: 0.7 },
    // A half of the union: not more.
    { box: [40, 0, 50, 5], label: 3, score: 0.6 },
  ] as const;
  const { right, missed } = judgeBoxes(found, truth);
  expect(right).toEqual([true, false, false, false]);
  expect(missed).toEqual(truth.slice(1));
});

describe("the shipped weights", () => {
  test("detection finds most digits, and a higher least score leaves fewer boxes", async () => {
    const output = await detect({ weights: asset("detection.q8"), seed: 3 });
    const [low, high] = [0.35, 0.7].map((least) => boxPictures(output, least));
    const { right, wrong, missed } = low!.counted;
    expect(right + missed).toBe(output.truth.flat().length);
    expect(right / (right + missed)).toBeGreaterThan(0.7);
    expect(wrong).toBeLessThan(right / 3);
    expect(high!.counted.right + high!.counted.wrong).toBeLessThan(right + wrong);
    expect(low!.pictures.map(({ boxes }) => boxes!.length).reduce((a, b) => a + b)).toBe(right + wrong + missed);
  });

  test("segmentation colours nearly all pixels rightly", async () => {
    const output = await segment({ weights: asset("segmentation.q8"), seed: 3 });
    const [pictures, share] = [maskPictures(output, "dark"), rightShare(output.truth, output.found)];
    expect(share).toBeGreaterThan(0.95);
    expect(pictures).toHaveLength(18);
    const same = output.truth.filter((label, at) => label === output.found[at]).length;
    expect(share).toBeCloseTo(same / output.truth.length, 10);
  });

  test("search answers with pictures of the same sign; other scenes have other pictures", async () => {
    const weights = asset("search.q8");
    const output = await embed({ weights, seed: 3 });
    const firsts = Array.from(output.labels, (label, row) => output.labels[nearestTo(output, row)[0]!.row] === label);
    expect(firsts.filter(Boolean).length / firsts.length).toBeGreaterThan(0.9);
    const answer = answerPictures(output, 5);
    expect(answer).toHaveLength(8);
    expect(answer[1]).toMatchObject({ selected: true });
    expect(galleryPictures(output, 5).findIndex(({ selected }) => selected)).toBe(5);
    expect((await embed({ weights, seed: 4 })).pictures).not.toEqual(output.pictures);
  });
});
