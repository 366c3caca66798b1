/** A process that finds no GPU adapter: a file of its own, since Vulkan's drivers are looked for once. */
import { DeviceError, devices, Sequential } from "fovea";
import { Dense } from "fovea/layers";
import { beforeAll, expect, test, vi } from "vitest";
import { chooseDevice } from "../../../src/engine/choose-device.ts";

beforeAll(() => {
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere.json");
  vi.stubEnv("VK_DRIVER_FILES", "/nowhere.json");
});

test("a device that cannot be had is an error of the first call, and of every further one", async () => {
  const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
  model.compile({ optimizer: "sgd", loss: "mse", device: "gpu" });
  for (let i = 0; i < 2; i++) {
    const fitted = model.fit([[1], [2]], [1, 2], { verbose: 0 });
    await expect(fitted).rejects.toBeInstanceOf(DeviceError);
    await expect(fitted).rejects.toThrow(/WebGPU finds no GPU adapter\..*Vulkan driver/);
  }
});

test("auto takes the CPU and says why, and the list of devices says it too", async () => {
  const { device, notice } = await chooseDevice("auto");
  expect(device.name).toBe("cpu");
  expect(notice).toMatch(/^auto took the CPU: .*no GPU adapter/);
  device.dispose();
  const gpu = (await devices()).find(({ name }) => name === "gpu");
  expect(gpu).toMatchObject({ available: false, description: expect.stringContaining("no GPU adapter") });
});
