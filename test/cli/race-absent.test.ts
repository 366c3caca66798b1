import { DeviceError } from "fovea";
import { expect, test, vi } from "vitest";
import { runCaptured } from "./captured-host.ts";

vi.mock(import("../../src/engine/choose-device.ts"), async (importOriginal) => {
  const original = await importOriginal();
  const chooseDevice: typeof original.chooseDevice = async (name, options) => {
    if (name === "gpu") throw new DeviceError("There is no adapter.");
    return original.chooseDevice(name, options);
  };
  return { ...original, chooseDevice };
});

const small = ["race", "--data", "digits", "--limit", "16", "--filters", "1", "--batch-size", "8", "--steps", "2"];

test("a device that cannot be used is named, the others run, and that is no failure", async () => {
  const { exitCode, stdout } = await runCaptured([...small, "--devices", "gpu,reference"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("Not in the race: gpu. There is no adapter.\n");
  expect(stdout).toContain("Only reference ran, so there was nothing to compare with.\n");
});

test("when no device can be used, the exit code says so", async () => {
  const { exitCode, stdout } = await runCaptured([...small, "--devices", "gpu", "--crossover", "--limit", "128"]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /Adam\nNot in the race: gpu\. There is no adapter\.\nNo device could run, so there is nothing to tell\.\n$/,
  );
});
