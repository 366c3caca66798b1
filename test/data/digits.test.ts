import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/base/errors.ts";
import { digits } from "../../src/data/index.ts";
import { drawStrokes } from "../../src/data/rasterizer.ts";

const pixels = 28 * 28;

function countsOf(labels: ArrayLike<number>): number[] {
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

describe("digits.load", () => {
  test("has the shapes, types and ranges of MNIST, and says what it is", async () => {
    const set = await digits.load({ train: 60, test: 20 });
    expect(set.train.images).toMatchObject({ shape: [60, 28, 28, 1], dtype: "float32" });
    expect(set.test.labels).toMatchObject({ shape: [20], dtype: "int32" });
    expect(set.name).toBe("digits");
    expect(set.source).toBe("pen strokes drawn by fovea (seed 0), not handwriting");
    expect(set.classNames).toHaveLength(10);
    expect(Math.min(...set.train.images.data)).toBe(0);
    expect(Math.max(...set.train.images.data)).toBeGreaterThan(0.9);
    expect(Math.max(...set.train.images.data)).toBeLessThanOrEqual(1);
    const bytes = await digits.load({ train: 60, test: 20, dtype: "uint8" });
    expect(bytes.train.images.dtype).toBe("uint8");
    expect(set.train.images.data).toEqual(Float32Array.from(bytes.train.images.data, (byte) => byte / 255));
  });

  test("classes are balanced and shuffled; the test set begins 7, 2, 1, 0", async () => {
    const set = await digits.load({ train: 105, test: 100, seed: 9 });
    expect(new Set(countsOf(set.train.labels.data))).toEqual(new Set([10, 11]));
    expect(countsOf(set.test.labels.data)).toEqual(new Array(10).fill(10));
    expect(Array.from(set.test.labels.data.subarray(0, 4))).toEqual([7, 2, 1, 0]);
    const [a, b] = [set.train.labels.data, (await digits.load({ train: 105, test: 1, seed: 8 })).train.labels.data];
    expect(a).not.toEqual(b);
    expect((await digits.load({ train: 1, test: 3 })).test.labels.toArray()).toEqual([7, 2, 1]);
  });

  test("the first four test digits are plain: the nearest mean image reads them", async () => {
    let right = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { train, test: held } = await digits.load({ train: 500, test: 4, seed });
      const means = Array.from({ length: 10 }, () => new Float64Array(pixels));
      train.labels.data.forEach((label, row) => {
        for (let i = 0; i < pixels; i++) means[label]![i]! += train.images.data[row * pixels + i]! / 50;
      });
      const distance = (mean: Float64Array, row: number) =>
        mean.reduce((sum, value, i) => sum + (value - held.images.data[row * pixels + i]!) ** 2, 0);
      const read = [0, 1, 2, 3].map((row) => {
        const distances = means.map((mean) => distance(mean, row));
        return distances.indexOf(Math.min(...distances));
      });
      right += read.filter((digit, i) => digit === held.labels.data[i]).length;
    }
    // Of 80; bent as the others are, 66 of them.
    expect(right).toBeGreaterThanOrEqual(71);
  });

  test("the same seed draws the same images, another seed, split or row others", async () => {
    const load = async (seed: number) => await digits.load({ train: 40, test: 40, seed, dtype: "uint8" });
    const [a, again, other] = [await load(5), await load(5), await load(6)];
    expect(again).toEqual(a);
    expect(other.train.images.data).not.toEqual(a.train.images.data);
    const seen = new Set<string>();
    for (const set of [a, other]) {
      for (const { images } of [set.train, set.test]) {
        for (let row = 0; row < 40; row++) seen.add(images.data.subarray(row * pixels, (row + 1) * pixels).join());
      }
    }
    expect(seen.size).toBe(160);
  });

  test("no stroke touches the border, every digit has ink enough", async () => {
    const { train } = await digits.load({ train: 1000, test: 1, seed: 2, dtype: "uint8" });
    for (let row = 0; row < 1000; row++) {
      const image = train.images.data.subarray(row * pixels, (row + 1) * pixels);
      let border = 0;
      for (let i = 0; i < 28; i++)
        for (const at of [i, 27 * 28 + i, i * 28, i * 28 + 27]) border = Math.max(border, image[at]!);
      expect(border).toBe(0);
      expect(image.filter((grey) => grey > 150).length).toBeGreaterThan(12);
    }
  });

  test("is learnable but not trivial: neighbours beat the class means, which are often wrong", async () => {
    const { train, test: held } = await digits.load({ train: 1500, test: 200, seed: 1 });
    const image = (data: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> }, row: number) =>
      data.subarray(row * pixels, (row + 1) * pixels);
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < pixels; i++) sum += (a[i]! - b[i]!) ** 2;
      return sum;
    };
    const counts = countsOf(train.labels.data);
    const means = counts.map(() => new Float64Array(pixels));
    for (let row = 0; row < 1500; row++) {
      const label = train.labels.data[row]!;
      const drawn = image(train.images.data, row);
      for (let i = 0; i < pixels; i++) means[label]![i]! += drawn[i]! / counts[label]!;
    }
    const nearest = (to: ArrayLike<number>, rows: number, at: (row: number) => ArrayLike<number>) => {
      let [best, least] = [0, Number.POSITIVE_INFINITY];
      for (let row = 0; row < rows; row++) {
        const d = distance(to, at(row));
        if (d < least) [best, least] = [row, d];
      }
      return best;
    };
    let [byMean, byNeighbour] = [0, 0];
    for (let row = 0; row < 200; row++) {
      const [shown, label] = [image(held.images.data, row), held.labels.data[row]!];
      if (nearest(shown, 10, (digit) => means[digit]!) === label) byMean++;
      if (train.labels.data[nearest(shown, 1500, (other) => image(train.images.data, other))] === label) byNeighbour++;
    }
    expect(byMean / 200).toBeGreaterThan(0.7);
    expect(byMean / 200).toBeLessThan(0.92);
    expect(byNeighbour / 200).toBeGreaterThan(0.88);
  });

  test("refuses counts and seeds that are no whole numbers", async () => {
    await expect(digits.load({ train: 0 })).rejects.toThrow(
      "digits.load: train is 0; expected a whole number of images, 1 or more.",
    );
    await expect(digits.load({ test: 2.5 })).rejects.toThrow("digits.load: test is 2.5;");
    await expect(digits.load({ seed: 0.5 })).rejects.toThrow(ArgumentError);
    await expect(digits.load({ dtype: "int8" as "uint8" })).rejects.toThrow(
      'Unknown dtype "int8". Did you mean "uint8"?',
    );
  });
});

describe("drawStrokes", () => {
  const draw = (...lines: number[][]) => {
    const image = new Uint8Array(64);
    drawStrokes(
      lines.map((line) => Float64Array.from(line)),
      { radius: 1, softness: 1, ink: 200 },
      image,
      8,
    );
    return image;
  };

  test("ink is full within the radius and fades over the softness", () => {
    const image = draw([2, 4, 6, 4]);
    // Pixel centres at distance ½, 1½ and 2½ from the line y = 4.
    expect([1, 2, 3, 4, 5, 6].map((row) => image[row * 8 + 4])).toEqual([0, 0, 200, 200, 0, 0]);
    const shifted = draw([2, 4.25, 6, 4.25]);
    expect([2, 3, 4, 5].map((row) => shifted[row * 8 + 4])).toEqual([0, 150, 200, 50]);
  });

  test("crossing strokes do not add up, a single point is a dot, and what lies outside is cut", () => {
    expect(Math.max(...draw([0, 0, 8, 8], [8, 0, 0, 8]))).toBe(200);
    expect(draw([4, 4, 4, 4]).reduce((sum, grey) => sum + (grey > 0 ? 1 : 0), 0)).toBe(4);
    expect(draw([-20, 4, -10, 4]).every((grey) => grey === 0)).toBe(true);
    expect(draw([-20, 4, 20, 4]).filter((grey) => grey === 200)).toHaveLength(16);
  });
});
