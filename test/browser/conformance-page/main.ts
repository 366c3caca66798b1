/** The case table in a browser: `runConformance(device)` is called by the test. */
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import type { Device } from "../../../src/ir/device.ts";
import { checkCase } from "../../devices/check-case.ts";
import { casesOf, opNames } from "../../ops/case-graph.ts";

export interface ConformanceResult {
  readonly description: string;
  readonly cases: number;
  readonly failures: readonly string[];
}

const devices: Readonly<Record<string, () => Promise<Device>>> = {
  cpu: () => CpuDevice.start(),
  gpu: () => GpuDevice.start(),
};

async function runConformance(name: string): Promise<ConformanceResult> {
  const device = await devices[name]!();
  const failures: string[] = [];
  let cases = 0;
  for (const op of opNames)
    for (const each of casesOf(op)) {
      cases++;
      await checkCase(device, each).catch((error: unknown) => failures.push(`${op}, ${each.name}: ${error}`));
    }
  device.dispose();
  return { description: device.description, cases, failures };
}

Object.assign(globalThis, { runConformance });
document.body.dataset.ready = "true";
