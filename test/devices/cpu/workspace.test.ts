/** Programs compute in one workspace: as much memory as the largest needs, and the numbers of each as if it were alone. */
import { Sequential, type Tensor, tensor } from "fovea";
import { Conv2D, Dense, GlobalAveragePooling2D } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { DeviceMemory } from "../../../src/devices/cpu/device-memory.ts";
import { Workspaces } from "../../../src/devices/cpu/workspace.ts";
import { relativeError } from "../../ir/closeness.ts";

describe("workspaces", () => {
  test("a program computes in the newest workspace that is large enough", () => {
    const workspaces = new Workspaces(new DeviceMemory(false, 1024));
    const [first, smaller] = [workspaces.take(4096), workspaces.take(100)];
    expect(smaller).toBe(first);
    const larger = workspaces.take(8192);
    expect(larger.address).not.toBe(first.address);
    expect(workspaces.take(4096)).toBe(larger);
  });

  test("it is freed with its last program", () => {
    const memory = new DeviceMemory(false, 1024);
    const workspaces = new Workspaces(memory);
    const [first, second] = [workspaces.take(4096), workspaces.take(4096)];
    const larger = workspaces.take(8192);
    workspaces.release(first);
    expect(memory.allocate(4096)).toBeGreaterThan(larger.address);
    workspaces.release(second);
    expect(memory.allocate(4096)).toBe(first.address);
    workspaces.release(larger);
    // Nobody computes in it any more, so that the next program gets memory of its own.
    const next = workspaces.take(16);
    expect([next.programs, next.bytes]).toEqual([1, 16]);
  });
});

function makeModel(device: "cpu" | "reference"): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", inputShape: [null, null, 2] }),
    new Conv2D({ filters: 5, kernelSize: 3, activation: "relu" }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 3 }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse", device, ...(device === "cpu" ? { threads: 2 } : {}) });
  return model;
}

test("programs of several sizes that take turns give the numbers of the reference device", async () => {
  const images = (rows: number, size: number): Tensor =>
    tensor(
      Float32Array.from({ length: rows * size * size * 2 }, () => Math.random()),
      [rows, size, size, 2],
    );
  const [model, reference] = [makeModel("cpu"), makeModel("reference")];
  reference.setWeights(model.getWeights());
  const inputs = [images(1, 6), images(9, 23), images(4, 11), images(33, 8), images(2, 40)];
  const wanted = await Promise.all(inputs.map((x) => reference.predict(x, { verbose: 0 })));
  for (let round = 0; round < 3; round++) {
    const together = await Promise.all(inputs.map((x) => model.predict(x, { verbose: 0 })));
    together.forEach(({ data }, i) => {
      expect(relativeError(data, wanted[i]!.data), `round ${round}, input ${i}`).toBeLessThan(1e-5);
    });
  }
});
