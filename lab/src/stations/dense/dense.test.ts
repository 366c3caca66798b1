import { Sequential } from "fovea";
import { cost } from "fovea/insight";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { expect, test } from "vitest";
import { makeHandout } from "../../engine/networks.ts";
import {
  barShare,
  convolutionParameters,
  costOf,
  denseParameters,
  noisy,
  shifted,
  shuffled,
  strongestUnits,
  times,
} from "./state.ts";
import { type DuelNews, duel, makeMlp } from "./tasks.ts";

test("the handout's numbers", () => {
  expect(costOf("shared", 28)).toEqual({ parameters: 640, multiplyAdds: 389_376 });
  expect(costOf("locally connected", 28)).toEqual({ parameters: 432_640, multiplyAdds: 389_376 });
  expect(costOf("dense", 28)).toEqual({ parameters: 33_962_240, multiplyAdds: 33_918_976 });
  expect(times(33_962_240, 640)).toBe("53,066 times");
  expect(denseParameters(100, 1000)).toBe(10_001_000);
  expect(convolutionParameters(3)).toBe(1792);
});

test("what fovea counts is what the station counts", () => {
  const convolution = new Sequential([new Conv2D({ filters: 64, kernelSize: 3, inputShape: [12, 12, 3] })]);
  expect(convolution.countParams()).toBe(costOf("shared", 12, 3).parameters);
  expect(cost(convolution).multiplyAdds).toBe(costOf("shared", 12, 3).multiplyAdds);
  const dense = new Sequential([new Flatten({ inputShape: [8, 8, 1] }), new Dense({ units: 6 * 6 * 64 })]);
  expect(dense.countParams()).toBe(costOf("dense", 8).parameters);
  expect(cost(dense).multiplyAdds).toBe(costOf("dense", 8).multiplyAdds);
});

test("the two have equal budgets", () => {
  expect([makeHandout().countParams(), makeMlp().countParams()]).toEqual([203_434, 203_530]);
});

test("bars are true to their numbers, or to their digits", () => {
  expect(barShare(640, 33_962_240, false)).toBeCloseTo(640 / 33_962_240, 12);
  expect(barShare(1000, 1_000_000, true)).toBeCloseTo(0.5, 12);
});

test("damage: a shift moves columns, noise has its deviation, a shuffle keeps every value", () => {
  const images = Float32Array.from({ length: 2 * 784 }, (_, i) => (i % 784) / 784);
  const moved = shifted(images, 3);
  expect([moved[784 + 2], moved[784 + 3], moved[784 + 27]]).toEqual([0, images[784], images[784 + 24]]);
  const grey = new Float32Array(20_000).fill(0.5);
  const made = noisy(grey, 0.1, 5).map((each) => each - 0.5);
  const mean = made.reduce((sum, each) => sum + each, 0) / made.length;
  const deviation = Math.sqrt(made.reduce((sum, each) => sum + each ** 2, 0) / made.length);
  expect(Math.abs(mean)).toBeLessThan(0.003);
  expect(deviation).toBeCloseTo(0.1, 2);
  expect(noisy(grey, 0.1, 5)).toEqual(noisy(grey, 0.1, 5));
  const order = Array.from({ length: 784 }, (_, i) => (i * 5) % 784);
  expect([...shuffled(images, order)].sort()).toEqual([...images].sort());
  expect(shuffled(images, order)[784 + 10]).toBe(images[784 + 50]);
});

test("the strongest templates come first", () => {
  expect(strongestUnits(Float32Array.of(1, 0, -3, 1, 0, -3), 3)).toEqual([2, 0, 1]);
});

test("both learn from the same batches; one shuffle of the pixels costs the CNN, not the MLP", async () => {
  const context = {
    signal: new AbortController().signal,
    withModel: () => Promise.reject(new Error("not asked for")),
  };
  const fight = async (isShuffled: boolean) => {
    const news: DuelNews[] = [];
    const input = { isShuffled, images: 2000, batchSize: 32, seed: 7 };
    const output = await duel(input, { ...context, progress: (value) => news.push(value as DuelNews) });
    return { output, news, last: news.findLast(({ test }) => test !== undefined)!.test! };
  };
  const [plain, mixed] = [await fight(false), await fight(true)];
  const steps = Math.ceil(2000 / 32);
  expect(plain.news.flatMap(({ losses }) => losses.cnn)).toHaveLength(steps);
  expect(plain.news.flatMap(({ losses }) => losses.mlp)).toHaveLength(steps);
  expect(plain.last.step).toBe(steps);
  // Without a shift the damaged images are the test images.
  expect(plain.output.shift.accuracy).toMatchObject({
    cnn: { 0: plain.last.accuracy.cnn },
    mlp: { 0: plain.last.accuracy.mlp },
  });
  expect(plain.output.templates).toHaveLength(784 * 256);
  const [fallen, unhurt] = (["cnn", "mlp"] as const).map(
    (name) => plain.last.accuracy[name] - mixed.last.accuracy[name],
  );
  expect(fallen!).toBeGreaterThan(unhurt!);
});
