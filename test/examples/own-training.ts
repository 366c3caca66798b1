/** Checks of the examples with losses, parts and training steps of one's own. */
import type { DeviceName, Tensor } from "fovea";
import { jit } from "fovea";
import { expect, test } from "vitest";
import { trainDistilled } from "../../examples/distillation.ts";
import { trainGan } from "../../examples/gan.ts";
import { trainOwnParts } from "../../examples/own-parts.ts";
import { trainSiamese } from "../../examples/siamese.ts";
import { divergence, trainVae } from "../../examples/vae.ts";
import { distance, mean } from "./numbers.ts";

/** The mean of one column. */
const column = ({ data, shape }: Tensor, at: number) => mean([...data].filter((_, i) => i % shape[1]! === at));

export function checkOwnTraining(device: DeviceName): void {
  test("own parts, as functions and as classes, train as the built-in ones do", async () => {
    const builtIn = await trainOwnParts(device, "builtIn");
    for (const kind of ["functions", "classes"] as const) {
      const own = await trainOwnParts(device, kind);
      own.weights.forEach((weight, i) => {
        expect(distance(weight.data, builtIn.weights[i]!.data), kind).toBeLessThan(1e-6);
      });
      expect(Object.keys(own.history)).toEqual(["distances", "loss"]);
      expect(distance(own.history.loss!, builtIn.history.loss!)).toBeLessThan(1e-6);
      expect(distance(own.history.distances!, builtIn.history.distances!)).toBeLessThan(1e-6);
    }
    expect(Math.min(...builtIn.kernel)).toBe(0);
    // 16 steps were taken: 0.3 / (1 + 16 / 2).
    expect(builtIn.rate).toBeCloseTo(0.3 / 9, 6);
  });

  test("a variational autoencoder", async () => {
    const { history, loss, x, decoded, center, logVar, noisy } = await trainVae(device);
    expect(history.loss!.at(-1)).toBeLessThan(0.4 * history.loss![0]!);
    // The loss of an evaluation: the squared error, and the divergence by its formula.
    const error = mean([...decoded.data].map((value, i) => (value - x.data[i]!) ** 2));
    const kl = [...center.data].map((m, i) => 0.5 * (m * m + Math.exp(logVar.data[i]!) - logVar.data[i]! - 1));
    expect(loss).toBeCloseTo(error + 0.02 * 2 * mean(kl), 4);
    expect(mean(kl)).toBeGreaterThan(0.1);
    // Training draws noise; a plain run does not.
    expect(distance(noisy.data, decoded.data)).toBeGreaterThan(0.01);
    const [, two] = (await jit(divergence, { device })([[0], [1]], [[0], [Math.log(2)]])).data;
    expect(two).toBeCloseTo(0.5 * (1 + 2 - Math.log(2) - 1), 5);
  });

  test("a generative adversarial network moves to the points that it is shown", async () => {
    const { history, before, after, counts } = await trainGan(device);
    expect(Object.keys(history)).toEqual(["dLoss", "gLoss"]);
    expect(Math.hypot(column(before, 0) - 2, column(before, 1) + 1)).toBeGreaterThan(1.5);
    expect(Math.hypot(column(after, 0) - 2, column(after, 1) + 1)).toBeLessThan(0.7);
    // Two optimizers took a step each per batch: 60 epochs of 2 batches.
    expect(counts).toEqual([120, 120]);
    expect(history.dLoss!.at(-1)).toBeGreaterThan(0.2);
  });

  test("a student learns the teacher's answers, and the teacher stays as it is", async () => {
    const { first, last, answers, labels, kept, after, weights } = await trainDistilled(device);
    expect(last.loss).toBeLessThan(first.loss!);
    expect(last.accuracy).toBeGreaterThan(0.8);
    expect(weights).toBe(4);
    expect(after.map(({ data }) => data)).toEqual(kept.map(({ data }) => data));
    const softened = (logits: Tensor, row: number) => {
      const powers = [0, 1, 2].map((i) => Math.exp(logits.data[row * 3 + i]! / 3));
      return powers.map((power) => power / powers.reduce((a, b) => a + b));
    };
    const rows = [...labels.keys()];
    const distilled = rows.map((row) => {
      const target = softened(answers.teacher, row);
      const given = softened(answers.student, row);
      return -target.reduce((sum, p, i) => sum + p * Math.log(given[i]!), 0);
    });
    const hard = rows.map((row) => {
      const powers = [0, 1, 2].map((i) => Math.exp(answers.student.data[row * 3 + i]!));
      return -Math.log(powers[labels[row]!]! / powers.reduce((a, b) => a + b));
    });
    expect(last.loss).toBeCloseTo(0.1 * mean(hard) + 0.9 * 9 * mean(distilled), 3);
  });

  test("a siamese network sets pairs of two kinds apart", async () => {
    const { first, last, distances, same, weights } = await trainSiamese(device);
    expect(weights).toBe(6);
    const terms = [...distances.data].map((d, i) => (same[i] === 1 ? d * d : Math.max(1 - d, 0) ** 2));
    expect(last.loss).toBeCloseTo(mean(terms), 4);
    expect(last.loss).toBeLessThan(0.3 * first.loss!);
    const right = [...distances.data].filter((d, i) => d < 0.5 === (same[i] === 1));
    expect(right.length / same.length).toBeGreaterThan(0.9);
  });
}
