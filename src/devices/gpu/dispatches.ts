/** From kernels to dispatches: shaders written, pipelines compiled side by side, buffers bound. */
import { DeviceError } from "../../base/errors.ts";
import type { Call } from "../../ir/program.ts";
import { ShaderBindings } from "./bindings.ts";
import { withErrorScopes } from "./failure.ts";
import type { GpuKernel, Shader } from "./kernel.ts";
import type { PipelineCache } from "./pipelines.ts";
import type { ProgramMemory } from "./program-memory.ts";

/** One dispatch, ready to be encoded. */
export interface Dispatch {
  readonly call: Call;
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: Shader["workgroups"];
}

/** The dispatches of a program, in order. */
export async function makeDispatches(
  { device, pipelines }: { readonly device: GPUDevice; readonly pipelines: PipelineCache },
  memory: ProgramMemory,
  emitted: readonly { readonly call: Call; readonly kernel: GpuKernel }[],
): Promise<Dispatch[]> {
  const written = emitted.flatMap(({ call, kernel }) => {
    const scratch = memory.scratch(kernel);
    return kernel.shaders.map((shader) => {
      const bindings = new ShaderBindings(call, (buffer) => memory.place(buffer), scratch);
      const text = bindings.text(shader);
      const { places } = bindings;
      checkOperands(device.limits, shader.label, places.length);
      return { call, shader, places, text };
    });
  });
  const compiled = await Promise.all(
    written.map(({ shader, text, places }) => pipelines.pipeline(shader.label, text, places.length)),
  );
  return withErrorScopes(device, "the bindings of a program", () =>
    written.map(({ call, shader, places }, i) => {
      const resources: GPUBindingResource[] = [{ buffer: memory.step }, ...places];
      const group = device.createBindGroup({
        label: shader.label,
        layout: pipelines.layout(places.length).group,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      const workgroups = (rows: number) => shader.workgroups(rows);
      return { call, label: shader.label, pipeline: compiled[i]!, group, workgroups };
    }),
  );
}

function checkOperands({ maxStorageBuffersPerShaderStage: most }: GPUSupportedLimits, label: string, count: number) {
  if (count > most)
    throw new DeviceError(`The shader "${label}" reads and writes ${count} buffers; this GPU takes at most ${most}.`);
}
