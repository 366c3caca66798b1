/** Compute pipelines, cached by their text: calls of the same shapes and programs share them. */
import { DeviceError } from "../../base/errors.ts";

export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<number, { readonly group: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The layout of a shader with a uniform and `storageBuffers` storage buffers. */
  layout(storageBuffers: number) {
    let layout = this.#layouts.get(storageBuffers);
    if (layout === undefined) {
      const label = `${storageBuffers} storage buffers`;
      const entries = Array.from({ length: storageBuffers + 1 }, (_, binding): GPUBindGroupLayoutEntry => {
        return { binding, visibility: COMPUTE, buffer: { type: binding === 0 ? "uniform" : "storage" } };
      });
      const group = this.#device.createBindGroupLayout({ label, entries });
      layout = { group, pipeline: this.#device.createPipelineLayout({ label, bindGroupLayouts: [group] }) };
      this.#layouts.set(storageBuffers, layout);
    }
    return layout;
  }

  /** Compiles on first use; several may compile concurrently. */
  pipeline(label: string, code: string, storageBuffers: number): Promise<GPUComputePipeline> {
    let pipeline = this.#pipelines.get(code);
    if (pipeline === undefined) {
      pipeline = this.#compile(label, code, storageBuffers);
      pipeline.catch(() => this.#pipelines.delete(code));
      this.#pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  async #compile(label: string, code: string, storageBuffers: number): Promise<GPUComputePipeline> {
    const layout = this.layout(storageBuffers).pipeline;
    // The pipeline reports errors in the code; this scope keeps them from the device's error handler.
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label, code });
    const heard = this.#device.popErrorScope();
    try {
      await heard;
      return await this.#device.createComputePipelineAsync({ label, layout, compute: { module, entryPoint: "main" } });
    } catch (error) {
      // A lost GPU reports no messages.
      const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] }));
      const lines = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
      const said = lines.length > 0 ? lines.join("\n") : String(error);
      throw new DeviceError(`The GPU cannot compile the shader "${label}": ${said}`, { cause: code });
    }
  }
}

/** GPUShaderStage.COMPUTE: Node has no global for this constant. */
const COMPUTE = 4;
