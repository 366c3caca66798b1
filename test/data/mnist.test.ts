import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { digits, mnist } from "../../src/data/index.ts";
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

describe("files as people have them", () => {
  const names = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ];
  let top = "";
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), "mnist-names-"));
  });
  afterAll(() => rmSync(top, { recursive: true }));

  const folder = (name: string) => {
    const path = join(top, name);
    mkdirSync(path);
    return path;
  };

  test.skipIf(!present)("named by 7-Zip, or in folders of their own names as in Kaggle's archive", async () => {
    const [dotted, nested] = [folder("dotted"), folder("nested")];
    for (const name of names) {
      copyFileSync(join(dir, `${name}.gz`), join(dotted, `${name.replace("-idx", ".idx")}.gz`));
      mkdirSync(join(nested, name));
      copyFileSync(join(dir, `${name}.gz`), join(nested, name, name));
    }
    for (const place of [dotted, nested])
      expect((await mnist.load({ dir: place, dtype: "uint8" })).train.images.shape).toEqual([60000, 28, 28, 1]);
  });

  test("a web page that was saved under a file's name is said to be one", async () => {
    const path = folder("pages");
    for (const name of names) writeFileSync(join(path, `${name}.gz`), "<!DOCTYPE html><title>403 Forbidden</title>");
    await expect(mnist.load({ dir: path })).rejects.toThrow(
      `${join(path, "train-labels-idx1-ubyte.gz")} is a web page and not train-labels-idx1-ubyte: a server's answer was saved under its name.`,
    );
  });

  test("a folder that is not there is said not to be there", async () => {
    const path = join(top, "nowhere");
    await expect(mnist.load({ dir: path })).rejects.toThrow(`There is no folder ${path} (dir).`);
  });
});

test.each([
  [() => mnist.load("/my/mnist" as never), 'mnist.load takes its options as one object { … }, got "/my/mnist".'],
  [
    () => mnist.load({ directory: "/my/mnist" } as never),
    'mnist.load: unknown option "directory". It takes: dir, dtype',
  ],
  [
    () => mnist.load({ dir: new URL("file:///my") } as never),
    "mnist.load: dir is a URL, expected the path of a folder",
  ],
  [
    () => mnist.load({ mirrors: "http://here" } as never),
    'mnist.load: mirrors is "http://here", expected a list of addresses: ["https://…/"].',
  ],
  [() => digits.load({ trian: 50 } as never), 'digits.load: unknown option "trian". Did you mean "train"?'],
])("%s", async (load, message) => {
  await expect(load()).rejects.toThrow(message);
});
