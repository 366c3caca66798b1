/** Checks of the examples whose models have a structure of their own. */

import type { DeviceName } from "fovea";
import { expect, test } from "vitest";
import { trainOnFrozenBase } from "../../examples/frozen-base.ts";
import { AttentionPooling, trainOwnLayer } from "../../examples/own-layer.ts";
import { transfer } from "../../examples/transfer-learning.ts";
import { trainTwoInputs } from "../../examples/two-inputs.ts";
import { distance, mean } from "./numbers.ts";

export function checkStructures(device: DeviceName): void {
  test("two inputs, two outputs", async () => {
    const { history, logs, digit, slant, labels, slants } = await trainTwoInputs(device);
    expect(Object.keys(logs).sort()).toEqual(["digit_accuracy", "digit_loss", "loss", "slant_loss"]);
    expect(digit.shape).toEqual([48, 3]);
    const likelihoods = [...labels].map((label, row) => digit.data[row * 3 + label]!);
    expect(logs.digit_loss).toBeCloseTo(-mean(likelihoods.map(Math.log)), 4);
    expect(logs.slant_loss).toBeCloseTo(mean([...slants].map((y, i) => (y - slant.data[i]!) ** 2)), 4);
    expect(logs.loss).toBeCloseTo(logs.digit_loss! + 0.1 * logs.slant_loss!, 4);
    expect(logs.digit_accuracy).toBe(1);
    // A model that saw the numbers alone, or the image alone, could not do both.
    expect(logs.slant_loss).toBeLessThan(0.1 * history.slant_loss![0]!);
  });

  test("a frozen base in inference mode under a new head; its inner outputs", async () => {
    const made = await trainOnFrozenBase(device);
    expect(made.trained.loss).toBeCloseTo(made.tested.loss!, 5);
    expect(made.learnt.loss).toBeLessThan(0.7 * made.tested.loss!);
    expect(made.trainable).toBe(2);
    expect(made.after.map(({ data }) => data)).toEqual(made.before.map(({ data }) => data));
    expect(Math.abs(made.freeTrained.loss! - made.freeTested.loss!)).toBeGreaterThan(1e-3);
    expect(made.moved.some((weight, i) => weight.data.some((value, at) => value !== made.after[i]!.data[at]))).toBe(
      true,
    );
    expect(made.edges!.shape).toEqual([48, 4, 4, 3]);
    expect(made.shapes!.shape).toEqual([48, 2, 2, 4]);
    // The inner output is what the layer itself gives.
    const alone = await made.base.getLayer("edges").run(made.images, { device });
    expect(distance(made.edges!.data, alone.data)).toBeLessThan(1e-4);
  });

  // A net of 156 layers: slow in float64, and on software GPUs its shaders alone take minutes.
  test.skipIf(device !== "cpu")("a head on a frozen MobileNetV2, then fine-tuning", async () => {
    const made = await transfer(device);
    const values = (weights: readonly { data: unknown }[]) => weights.map(({ data }) => data);
    expect(made.trainedHead).toBe(2);
    expect(values(made.baseAfterHead)).toEqual(values(made.baseBefore));
    expect(made.first.history.loss!.at(-1)).toBeLessThan(made.first.history.loss![0]!);
    expect(made.trainedTop).toEqual([
      "block_16_expand/kernel",
      "block_16_depthwise/kernel",
      "block_16_project/kernel",
      "Conv_1/kernel",
      "head/kernel",
      "head/bias",
    ]);
    expect(made.second.history.loss!.at(-1)).toBeLessThan(made.first.history.loss![0]!);
    const changed = made.base.weights.filter(
      ({ value }, i) => !value.every((each, at) => each === made.baseBefore[i]!.data[at]),
    );
    expect(changed.map(({ path }) => path)).toEqual(made.trainedTop.slice(0, 4));
  });

  test("an own layer with layers inside, two outputs, a loss and a config", async () => {
    const { first, last, found, rows, steps, config, weights, copy, judged, x } = await trainOwnLayer(device);
    expect(last.loss).toBeLessThan(0.3 * first.loss!);
    const chosen = Array.from({ length: rows }, (_, row) => found.data[row * steps + (row % steps)]!);
    expect(mean(chosen)).toBeGreaterThan(1.5 / steps);
    expect(config).toMatchObject({ units: 4, spread: 0 });
    expect(weights.map(([, shape]) => shape)).toEqual([[2], [2, 4], [4], [4, 1], [1]]);
    expect(weights[0]![0]).toMatch(/^attention_pooling.*\/scale$/);
    expect(copy).toBeInstanceOf(AttentionPooling);
    const { attention } = await copy.run(x, { device });
    const { loss } = await judged.testOnBatch(x, x);
    expect(loss).toBeCloseTo(mean([...attention.data].map((value) => value ** 2)), 5);
  });
}
