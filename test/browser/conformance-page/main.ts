/** The tests of devices in a browser: the test calls these functions by their names. */
import { tensor } from "fovea";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import type { Device } from "../../../src/ir/device.ts";
import { checkCase } from "../../devices/check-case.ts";
import { goldenChecks } from "../../nn/check-golden.ts";
import { casesOf, opNames } from "../../ops/case-graph.ts";
import { checkGoldenRun, type GoldenRun, type GoldenRunDevice, type GoldenRunName } from "../../train/golden-run.ts";

export type PageDevice = "cpu" | "gpu";

export interface ConformanceResult {
  readonly cases: number;
  readonly failures: readonly string[];
}

/** A golden run as JSON; the numbers lie in files beside it, one for each of these names. */
export interface ServedRun {
  readonly run: GoldenRun;
  readonly shapes: Readonly<Record<"images" | "labels" | "testImages", readonly number[]>>;
}

interface Check {
  readonly title: string;
  run(device: Device): Promise<void>;
}

const startDevice: Readonly<Record<PageDevice, () => Promise<Device>>> = {
  cpu: () => CpuDevice.start(),
  gpu: () => GpuDevice.start(),
};

const caseChecks = (most?: number): Check[] =>
  opNames.flatMap((op) =>
    casesOf(op)
      .slice(0, most)
      .map((each) => ({ title: `${op}, ${each.name}`, run: (device) => checkCase(device, each) })),
  );

/**
 * On the CPU the whole case table, and every layer, loss, metric and optimizer of real Keras. Chromium's GPU is the software GPU of
 * the tests in Node, which run all of it; here one case of each op shows that Chromium takes its shaders.
 */
const checks: Readonly<Record<PageDevice, readonly Check[]>> = {
  cpu: [...caseChecks(), ...goldenChecks],
  gpu: caseChecks(1),
};

async function runConformance(name: PageDevice): Promise<ConformanceResult> {
  const device = await startDevice[name]();
  const failures: string[] = [];
  for (const { title, run } of checks[name])
    await run(device).catch((error: unknown) => failures.push(`${title}: ${error}`));
  device.dispose();
  return { cases: checks[name].length, failures };
}

async function fetchBytes(path: string): Promise<ArrayBuffer> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.arrayBuffer();
}

/** The GPU of the tests is a software GPU: its first steps tell that Chromium takes the shaders of training. */
const shortened: Readonly<Record<PageDevice, NonNullable<GoldenRunDevice["shortened"]>>> = {
  cpu: { seed_cnn: 8 },
  gpu: { seed_cnn: 2, mlp: 6, bn_cnn: 4 },
};

/** A training run of real Keras, whose files are served at `name`. Rejects where the numbers differ. */
async function runGoldenRun(name: GoldenRunName, device: PageDevice, tolerance: number): Promise<void> {
  const { run, shapes } = JSON.parse(new TextDecoder().decode(await fetchBytes(`${name}/run`))) as ServedRun;
  const read = async (field: string) => new Float32Array(await fetchBytes(`${name}/${field}`));
  const data = {
    run,
    initial: await read("initial"),
    final: await read("final"),
    images: tensor(await read("images"), shapes.images),
    labels: tensor(new Int32Array(await fetchBytes(`${name}/labels`)), shapes.labels),
    testImages: tensor(await read("testImages"), shapes.testImages),
  };
  await checkGoldenRun(name, data, { device, tolerance, shortened: shortened[device] });
}

export const pageFunctions = { runConformance, runGoldenRun };
Object.assign(globalThis, pageFunctions);
document.body.dataset.ready = "true";
