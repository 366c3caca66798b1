import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { mnist } from "../../src/data/index.ts";
import { temporaryFolder } from "./idx-files.ts";

const shared = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const dir = join(shared, "mnist");
const present = existsSync(dir);

test.skipIf(!present)("the real MNIST: shapes, range, first labels, class counts", async () => {
  const { train, test: held, source, classNames } = await mnist.load({ dir });
  expect(source).toBe(dir);
  expect(classNames).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  expect([train.images.shape, held.images.shape]).toEqual([
    [60000, 28, 28, 1],
    [10000, 28, 28, 1],
  ]);
  expect([train.labels.shape, held.labels.shape]).toEqual([[60000], [10000]]);
  expect([train.images.dtype, train.labels.dtype]).toEqual(["float32", "int32"]);
  expect(Array.from(train.labels.data.subarray(0, 8))).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
  expect(Array.from(held.labels.data.subarray(0, 4))).toEqual([7, 2, 1, 0]);
  const counts = new Array<number>(10).fill(0);
  for (const label of train.labels.data) counts[label]!++;
  expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  let [sum, most] = [0, 0];
  const levels = train.images.data;
  for (let i = 0; i < levels.length; i++) {
    sum += levels[i]!;
    most = Math.max(most, levels[i]!);
  }
  // The mean and the maximum that everyone normalises MNIST with.
  expect(sum / train.images.size).toBeCloseTo(0.1306605, 6);
  expect(most).toBe(1);
});

test.skipIf(!present)("as bytes, found through $FOVEA_DATA, offline", async () => {
  vi.stubEnv("FOVEA_DATA", shared);
  const { test: held, source } = await mnist.load({ dtype: "uint8", offline: true });
  vi.unstubAllEnvs();
  expect(source).toBe(dir);
  expect(held.images.dtype).toBe("uint8");
  expect(held.images.data.includes(255)).toBe(true);
});

test("names the four files when they are missing", async () => {
  const empty = await temporaryFolder();
  await expect(mnist.load({ dir: empty })).rejects.toThrow(
    `dir ${empty} lacks train-labels-idx1-ubyte, train-images-idx3-ubyte, t10k-labels-idx1-ubyte, t10k-images-idx3-ubyte (plain or with .gz).`,
  );
});
