import { readFileSync } from "node:fs";
import { setSeed } from "fovea";
import { describe, expect, test } from "vitest";
import { compileNetwork, makeHandout, readWeights } from "../../engine/networks.ts";
import { parseSamples } from "../../state/samples.ts";
import { captionOf, likeness, methodNames } from "./state.ts";
import { explain } from "./tasks.ts";

const asset = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url));

describe("likeness is Spearman's rank correlation", () => {
  // By NumPy: the correlation of mean ranks.
  test("of lists with equal values", () => {
    expect(likeness([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.820782681668, 11);
    expect(likeness([0.5, -1, 2, 2, 7, 0], [1, 1, 0, -3, 4, 9])).toBeCloseTo(-0.235294117647, 11);
  });

  test("knows the same order and its reverse, and has no number for a flat map", () => {
    expect(likeness([1, 2, 4], [10, 11, 90])).toBeCloseTo(1, 12);
    expect(likeness([1, 2, 4], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(likeness([1, 2, 4], [0, 0, 0])).toBeNaN();
  });
});

test("a caption tells what a map cannot tell, that nothing is left, or how alike it is", () => {
  expect(captionOf("gradient", [0, 1], undefined)).toMatch(/nothing of a large change/);
  expect(captionOf("grad_cam", [0, 0], 0.5)).toMatch(/cuts that off: nothing is left/);
  expect(captionOf("gradient", [0, 1], 0.123)).toBe("Likeness to the map before: 0.12 of 1.");
});

describe("explanations of the shipped network", () => {
  setSeed(1);
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  const weights = readWeights(new Uint8Array(asset("weights.f16")).buffer, model);
  model.setWeights(weights);
  const image = parseSamples(asset("digits.u8")).images.slice(0, 784);
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    withModel: <T>(_: unknown, work: (asked: typeof model) => Promise<T>) => work(model),
  };
  const input = { image, at: "shipped", classIndex: -1, patch: 5, forget: "none" } as const;

  test.each(methodNames)("%s explains the class that the network takes", async (method) => {
    const { classIndex, data, height, width, likeness: alike } = await explain({ ...input, method }, context);
    expect(classIndex).toBe(7);
    expect(data).toHaveLength(height * width);
    // Grad-CAM cuts off what speaks against the class; for this 7 nothing is left of its map.
    if (method === "grad_cam") expect(Math.min(...data)).toBe(0);
    else expect(data.some((value) => value !== 0)).toBe(true);
    expect(alike).toBeUndefined();
  });

  test("a layer that forgets changes the map, and has its weights again afterwards", async () => {
    const { likeness: alike } = await explain({ ...input, method: "gradient", forget: "dense" }, context);
    expect(alike).toBeLessThan(0.5);
    model.getWeights().forEach(({ data }, i) => {
      expect(data).toEqual(weights[i]!.data);
    });
  });

  test("the fall that a patch makes is that of the probability", async () => {
    const { data, width } = await explain({ ...input, method: "occlusion", patch: 9 }, context);
    const [y, x] = [8, 10];
    const covered = image.slice();
    for (let row = y; row < y + 9; row++) covered.fill(0, row * 28 + x, row * 28 + x + 9);
    const both = Float32Array.from([...image, ...covered]);
    const { imagesTensor } = await import("../../engine/networks.ts");
    const probabilities = (await model.predict(imagesTensor(both), { verbose: 0 })).data;
    expect(data[y * width + x]).toBeCloseTo(probabilities[7]! - probabilities[17]!, 5);
  });
});
