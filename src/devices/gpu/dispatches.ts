/** Turns kernels into dispatches: prints shaders, compiles pipelines concurrently, binds buffers. */
import { DeviceError } from "../../base/errors.ts";
import type { Call } from "../../ir/program.ts";
import { type Place, ShaderBindings } from "./bindings.ts";
import { withErrorScopes } from "./failure.ts";
import type { Features, GpuKernel, Shader } from "./kernel.ts";
import { Batcher } from "./kernels/elementwise-batch.ts";
import type { PipelineCache } from "./pipelines.ts";
import type { ProgramMemory } from "./program-memory.ts";

/** The parts of the device that dispatches need. */
export interface DispatchHost {
  readonly device: GPUDevice;
  readonly pipelines: PipelineCache;
  readonly features: Features;
}

/** One dispatch, ready to be encoded. */
export interface Dispatch {
  /** The calls that it computes, completely or in part. */
  readonly calls: readonly Call[];
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: Shader["workgroups"];
}

/** A dispatch without its pipeline. */
interface WrittenDispatch extends Omit<Dispatch, "pipeline" | "group"> {
  readonly text: string;
  readonly places: readonly Place[];
}

/** The dispatches of a program, in order. */
export async function makeDispatches(
  { device, pipelines, features }: DispatchHost,
  memory: ProgramMemory,
  kernels: ReadonlyMap<Call, GpuKernel>,
): Promise<Dispatch[]> {
  const batcher = new Batcher((buffer) => memory.place(buffer), features, device.limits);
  const written = batcher.runsOf([...kernels.keys()]).flatMap((calls): WrittenDispatch[] => {
    if (calls.length === 1) return writeKernel(calls[0]!, kernels.get(calls[0]!)!, memory);
    const batch = batcher.batchOf(calls);
    return [{ ...batch, workgroups: () => batch.workgroups }];
  });
  for (const { label, places } of written) checkOperands(device.limits, label, places.length);
  const compiled = await Promise.all(
    written.map(({ label, text, places }) => pipelines.pipeline(label, text, places.length)),
  );
  return withErrorScopes(device, "the bindings of a program", () =>
    written.map(({ calls, label, places, workgroups }, i) => {
      const resources: GPUBindingResource[] = [{ buffer: memory.step }, ...places];
      const group = device.createBindGroup({
        label,
        layout: pipelines.layout(places.length).group,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      return { calls, label, pipeline: compiled[i]!, group, workgroups };
    }),
  );
}

function writeKernel(call: Call, kernel: GpuKernel, memory: ProgramMemory): WrittenDispatch[] {
  const scratch = memory.scratch(kernel);
  return kernel.shaders.map((shader) => {
    const bindings = new ShaderBindings(call, (buffer) => memory.place(buffer), scratch);
    const text = bindings.text(shader);
    const workgroups = (rows: number) => shader.workgroups(rows);
    return { calls: [call], label: shader.label, text, places: bindings.places, workgroups };
  });
}

function checkOperands({ maxStorageBuffersPerShaderStage: most }: GPUSupportedLimits, label: string, count: number) {
  if (count > most)
    throw new DeviceError(`The shader "${label}" reads and writes ${count} buffers; this GPU takes at most ${most}.`);
}
