/** Checks of the examples that take derivatives themselves. */
import { type DeviceName, jit, type Sym, tensor, valueAndGrad } from "fovea";
import { expect, test } from "vitest";
import { trainAccumulating } from "../../examples/accumulation.ts";
import { trainCritic } from "../../examples/gradient-penalty.ts";
import { descendByHand } from "../../examples/hand-descent.ts";
import { findSaliency } from "../../examples/saliency.ts";
import { distance, mean } from "./numbers.ts";

export function checkGradients(device: DeviceName): void {
  test("four batches accumulated are one batch of four times the size", async () => {
    const { large, small, smallAlone } = await trainAccumulating(device);
    large.after.forEach((weight, i) => {
      expect(distance(small.after[i]!.data, weight.data)).toBeLessThan(1e-6);
    });
    expect(distance(large.after[0]!.data, large.before[0]!.data)).toBeGreaterThan(1e-3);
    expect(distance(smallAlone.after[0]!.data, large.after[0]!.data)).toBeGreaterThan(1e-3);
  });

  test("saliency is the size of the slope of the likeliest class's score", async () => {
    const { images, score, heat } = await findSaliency(device);
    expect(heat.shape).toEqual(images.shape);
    const step = 1e-2;
    for (const pixel of [0, 7, 12, 24]) {
      const moved = async (by: number) => {
        const data = Float32Array.from(images.data);
        for (let row = 0; row < 3; row++) data[row * 25 + pixel]! += by;
        return (await score(tensor(data, images.shape))).data;
      };
      const [up, down] = [await moved(step), await moved(-step)];
      for (let row = 0; row < 3; row++)
        expect(heat.data[row * 25 + pixel]).toBeCloseTo(Math.abs(up[row]! - down[row]!) / (2 * step), 3);
    }
  });

  test("the derivative of a gradient penalty; a critic that it holds to slope 1", async () => {
    const { history, critic, points } = await trainCritic(device);
    expect(history.penalty!.at(-1)).toBeLessThan(0.1);
    expect(history.distance!.at(-1)).toBeGreaterThan(1);
    // The derivative of the penalty by the points, a second derivative of the critic, against central differences.
    const few = tensor(
      points.data.slice(0, 6).map((value) => value - 2),
      [3, 2],
    );
    const derive = jit(
      valueAndGrad((x: Sym) => critic.penalty(x)),
      { device },
    );
    const [, slope] = await derive(few);
    const step = 2e-2;
    const penaltyAt = async (at: number, by: number) =>
      (
        await derive(
          tensor(
            few.data.map((value, i) => (i === at ? value + by : value)),
            [3, 2],
          ),
        )
      )[0].item();
    for (let i = 0; i < 6; i++) {
      const difference = (await penaltyAt(i, step)) - (await penaltyAt(i, -step));
      expect(slope.data[i]).toBeCloseTo(difference / (2 * step), 3);
    }
    expect(mean([...slope.data].map(Math.abs))).toBeGreaterThan(1e-3);
  });

  test("gradient descent by hand is SGD in fit", async () => {
    const { losses, history, weights, fitted } = await descendByHand(device);
    expect(distance(losses, history.loss!)).toBeLessThan(1e-5);
    weights.forEach((weight, i) => {
      expect(distance(weight.data, fitted[i]!.data)).toBeLessThan(1e-5);
    });
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  });
}
