import { clearSession, DeviceError } from "fovea";
import { crossover, race, raceText } from "fovea/insight";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import { chooseDevice } from "../../src/engine/choose-device.ts";
import type { Device } from "../../src/ir/device.ts";
import { seededCnn, stripes } from "../train/small-models.ts";

vi.mock(import("../../src/engine/choose-device.ts"), async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, chooseDevice: vi.fn(original.chooseDevice) };
});

/** Computes as the reference does, and is lost in the step after `steps`. */
function frailGpu(steps: number): Device & { readonly dispose: ReturnType<typeof vi.fn<() => void>> } {
  const reference = new ReferenceDevice();
  return {
    name: "gpu",
    description: "llvmpipe (LLVM 17)",
    isSoftware: true,
    traits: reference.traits,
    addVariable: (name, shape) => reference.addVariable(name, shape),
    write: (name, values) => reference.write(name, values),
    read: (name) => reference.read(name),
    async load(program) {
      const executable = await reference.load(program);
      let run = 0;
      return {
        ...executable,
        run: async (feeds, rows) => {
          if (run++ >= steps) throw new DeviceError("The GPU was lost.");
          return executable.run(feeds, rows);
        },
      };
    },
    dispose: vi.fn<() => void>(),
  };
}

const { images, labels } = stripes(24);
const data = [images, labels] as const;
const pair = { devices: ["gpu", "reference"], steps: 6, batchSize: 8 } as const;
const real = vi.mocked(chooseDevice).getMockImplementation()!;
const gpuIs = (start: () => Promise<Device>) =>
  vi
    .mocked(chooseDevice)
    .mockImplementation(async (name, options) =>
      name === "gpu" ? { device: await start(), notice: undefined } : real(name, options),
    );

beforeEach(() => clearSession());
afterEach(() => vi.mocked(chooseDevice).mockImplementation(real));

describe("devices that do not run", () => {
  test("one that is not there is named with its reason, and the race goes on with the others", async () => {
    gpuIs(async () => {
      throw new DeviceError("There is no adapter.");
    });
    const result = await race(seededCnn(), data, pair);
    expect(result.failures).toEqual([{ device: "gpu", reason: "There is no adapter." }]);
    expect(result.lanes.map(({ device, speedUp }) => [device, speedUp])).toEqual([["reference", undefined]]);
    expect(raceText(result)).toContain("Not in the race: gpu. There is no adapter.\n");
    expect(raceText(result)).toContain("Only reference ran, so there was nothing to compare with.\n");
  });

  test("one that is lost says after which step, and is disposed of", async () => {
    const gpu = frailGpu(4);
    gpuIs(async () => gpu);
    const result = await race(seededCnn(), data, pair);
    expect(result.failures).toEqual([{ device: "gpu", reason: "It failed after step 4: The GPU was lost." }]);
    expect(result.lanes).toHaveLength(1);
    expect(gpu.dispose).toHaveBeenCalledOnce();
  });

  test("a bug is no missing device: it ends the race", async () => {
    gpuIs(async () => {
      throw new TypeError("undefined is not a function");
    });
    await expect(race(seededCnn(), data, pair)).rejects.toThrow(TypeError);
  });

  test("a software GPU runs, equal to the reference, and is called the CPU in disguise", async () => {
    gpuIs(async () => frailGpu(6));
    const result = await race(seededCnn(), data, pair);
    expect(result.lanes.map(({ device, disguised }) => [device, disguised])).toEqual([
      ["gpu", true],
      ["reference", false],
    ]);
    expect(result.parity).toMatchObject({ largestGap: 0, partsAt: undefined });
    expect(raceText(result)).toContain("This GPU is the CPU in disguise");
  });

  test("in a crossover, it is named once and asked once", async () => {
    const starts = vi.fn(async (): Promise<Device> => {
      throw new DeviceError("There is no adapter.");
    });
    gpuIs(starts);
    const options = { devices: pair.devices, filters: [1, 2], batchSizes: [4, 8], steps: 4 };
    const result = await crossover(() => seededCnn(), data, options);
    expect(result.failures).toHaveLength(1);
    expect(starts).toHaveBeenCalledTimes(1);
    expect(result.cells).toHaveLength(4);
  });
});
