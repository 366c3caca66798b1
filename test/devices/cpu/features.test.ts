import { afterEach, describe, expect, test, vi } from "vitest";
import { DeviceError } from "../../../src/base/errors.ts";
import { describe as describeDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";

/** Whether this Node's V8 joins pairs of vectors; x64 processors without AVX2 have not been made since 2014. */
const joins = process.arch === "x64" && Number.parseInt(process.versions.v8, 10) >= 13;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("features", () => {
  test("fused multiply-add everywhere, pairs of vectors where V8 joins them", () => {
    expect(detectFeatures()).toEqual({ relaxed: true, wide: joins });
  });

  test("FOVEA_VECTORS=128 leaves pairs apart", () => {
    vi.stubEnv("FOVEA_VECTORS", "128");
    expect(detectFeatures()).toEqual({ relaxed: true, wide: false });
  });

  test.each([
    ["in a browser", undefined],
    ["in Bun, which says that it has Node's V8", { ...process, versions: { ...process.versions, bun: "1.3.0" } }],
  ])("no flag is touched %s", (_, host) => {
    detectFeatures();
    vi.stubGlobal("process", host);
    expect(detectFeatures()).toEqual({ relaxed: true, wide: false });
  });

  test.each([
    ["WebAssembly", undefined, "WebAssembly (Node switches it off with --jitless)"],
    ["SIMD", { ...WebAssembly, validate: () => false }, "WebAssembly's SIMD"],
  ])("a host without %s is told the device that it can use", (_, host, what) => {
    vi.stubGlobal("WebAssembly", host);
    expect(detectFeatures).toThrow(
      new DeviceError(
        `The CPU device needs ${what}, which this host does not have. Use device "reference": it is exact, and slow.`,
      ),
    );
  });

  test("the device's description says which", () => {
    expect(describeDevice("2 worker threads", { relaxed: true, wide: true })).toBe(
      "WebAssembly SIMD with fused multiply-add (relaxed SIMD), pairs of vectors joined to 256 bits, 2 worker threads",
    );
    expect(describeDevice("1 worker thread", { relaxed: false, wide: false })).toBe(
      "WebAssembly SIMD, no relaxed SIMD, 1 worker thread",
    );
  });
});
