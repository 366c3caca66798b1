/** The devices that every op must agree on. */
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import { GpuDevice } from "../../src/devices/gpu/gpu-device.ts";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import type { Device } from "../../src/ir/device.ts";

export interface TestedDevice {
  readonly name: string;
  start(): Promise<Device>;
  /** The cases of an op that it runs; default all. */
  readonly choose?: <C>(cases: readonly C[]) => readonly C[];
}

export const deviceList: readonly TestedDevice[] = [
  { name: "reference", start: async () => new ReferenceDevice() },
  { name: "cpu, inline", start: () => CpuDevice.start({ inline: true, wide: false }) },
  { name: "cpu, 1 thread, plain SIMD", start: () => CpuDevice.start({ threads: 1, relaxed: false, wide: false }) },
  { name: "cpu, 2 threads, vectors in pairs", start: () => CpuDevice.start({ threads: 2, wide: true }) },
  {
    name: "cpu, 3 threads, plain SIMD, vectors in pairs, memory across 2 GiB",
    start: () => CpuDevice.start({ threads: 3, relaxed: false, wide: true, firstAddress: 2 ** 31 - 2 ** 16 }),
  },
  { name: "gpu", start: () => GpuDevice.start() },
  // On software renderers, too, what hardware would run.
  {
    name: "gpu, kernels of hardware",
    start: () => GpuDevice.start({ features: { software: false } }),
    choose: thirdOf,
  },
];

/**
 * Every third case, beginning with one that the run's seed chooses: a software GPU takes seconds to compile what hardware would run,
 * and three runs make all cases.
 */
export function thirdOf<C>(cases: readonly C[]): readonly C[] {
  const step = Math.min(3, cases.length);
  return cases.filter((_, i) => i % step === Number(process.env.TEST_SEED) % step);
}

/**
 * The devices for tests of whole classes (layers, losses, optimizers), which are made of ops that conformance tests hold on every
 * device. A software GPU takes seconds to compile a case, so it runs one case of each class.
 */
export const classDevices = deviceList
  .filter(({ name }) => !name.endsWith("kernels of hardware") && !name.startsWith("cpu, 1 thread"))
  .map((entry) => ({
    ...entry,
    choose: <C extends { readonly title: string }>(cases: readonly C[]): readonly C[] =>
      entry.name === "gpu" ? firstOfEach(cases) : cases,
  }));

/** The first case of each class; titles begin with its name. */
function firstOfEach<C extends { readonly title: string }>(cases: readonly C[]): C[] {
  const seen = new Set<string>();
  return cases.filter(({ title }) => {
    const [name = ""] = title.split(/\W/);
    return !seen.has(name) && seen.add(name);
  });
}
