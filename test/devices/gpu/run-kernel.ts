/** Runs one GPU kernel alone: outputs and scratch hold NaN before, and so do the rows of the inputs that are not live. */
import { type Shape, sizeOf } from "../../../src/base/shape.ts";
import { findAdapter } from "../../../src/devices/gpu/adapter.ts";
import { ShaderBindings } from "../../../src/devices/gpu/bindings.ts";
import type { EmitKernel, Features } from "../../../src/devices/gpu/kernel.ts";
import { type Spec, withRows } from "../../../src/ir/graph.ts";
import type { Op } from "../../../src/ir/op.ts";
import type { Buffer, Call } from "../../../src/ir/program.ts";

export interface KernelInput {
  readonly shape: Shape;
  readonly batched: boolean;
  readonly data: Float32Array;
}

/** An op with numbers, of which the first `rows` rows are live. */
export interface KernelRun<A extends object> {
  readonly op: Op<A>;
  readonly attrs: A;
  readonly inputs: readonly KernelInput[];
  readonly rows: number;
}

const floats = (spec: Spec) => sizeOf(spec.shape);
const specOf = ({ shape, batched }: KernelInput): Spec => ({ shape, batched, dtype: "float32" });

/** The op's plain meaning of the live rows, in float64. */
export function referenceOf<A extends object>({ op, attrs, inputs, rows }: KernelRun<A>): Float64Array {
  const [output] = op.infer(inputs.map(specOf), attrs);
  const specs = inputs.map((input) => withRows(specOf(input), rows));
  const result = new Float64Array(floats(withRows(output!, rows)));
  const values = inputs.map(({ data }, i) => Float64Array.from(data.subarray(0, floats(specs[i]!))));
  op.reference(values, [result], { attrs, inputs: specs, outputs: [withRows(output!, rows)], firstRow: 0 });
  return result;
}

export class KernelRunner {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();

  private constructor(device: GPUDevice) {
    this.#device = device;
  }

  static async start(): Promise<KernelRunner> {
    const { adapter, subgroups } = await findAdapter();
    return new KernelRunner(await adapter.requestDevice({ requiredFeatures: subgroups ? ["subgroups"] : [] }));
  }

  dispose(): void {
    this.#device.destroy();
  }

  #fill(data: ArrayLike<number>): GPUBuffer {
    // Storage, to be copied from and written to.
    const buffer = this.#device.createBuffer({ size: Math.max(16, 4 * data.length), usage: 0x80 | 0x04 | 0x08 });
    this.#device.queue.writeBuffer(buffer, 0, Float32Array.from(data));
    return buffer;
  }

  /** Shapes are constants in the code and live rows are not: one pipeline serves any number of rows. */
  #pipeline(code: string): GPUComputePipeline {
    const known = this.#pipelines.get(code);
    if (known !== undefined) return known;
    const module = this.#device.createShaderModule({ code });
    const made = this.#device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    this.#pipelines.set(code, made);
    return made;
  }

  /** The live rows of the output. Throws where WebGPU reports an error. */
  async run<A extends object>(
    emit: EmitKernel,
    { op, attrs, inputs, rows }: KernelRun<A>,
    features: Features,
  ): Promise<Float32Array> {
    const device = this.#device;
    const specs = inputs.map(specOf);
    const output = op.infer(specs, attrs)[0]!;
    const operand = (spec: Spec, id: number) => {
      const bytes = 4 * floats(spec);
      return { spec, buffer: { id, kind: "output", spec, offset: 65536 * id, bytes } satisfies Buffer };
    };
    const call: Call = {
      op: op as unknown as Op,
      attrs,
      mode: output.batched ? "map" : "whole",
      inputs: specs.map(operand),
      outputs: [operand(output, specs.length)],
    };
    const live = inputs.map(({ data }, i) =>
      data.map((value, at) => (at < floats(withRows(specs[i]!, rows)) ? value : Number.NaN)),
    );
    const before = new Float32Array(floats(output)).fill(Number.NaN);
    const buffers = [...live, before].map((data) => this.#fill(data));
    const kernel = emit(call, features);
    const scratch = (kernel.scratch ?? []).map((size) => this.#fill(new Float32Array(size).fill(Number.NaN)));
    const place = (buffer: GPUBuffer) => ({ buffer, offset: 0, size: buffer.size });
    const step = device.createBuffer({ size: 16, usage: 0x40 | 0x08 });
    device.queue.writeBuffer(step, 0, new Uint32Array([rows]));
    device.pushErrorScope("validation");
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const shader of kernel.shaders) {
      const bindings = new ShaderBindings(call, ({ id }) => place(buffers[id]!), scratch.map(place));
      const text = bindings.text(shader);
      const pipeline = this.#pipeline(text);
      const used = bindings.places.map(({ buffer }, i) => ({ binding: i + 1, resource: { buffer } }));
      const entries = /\bstep\./.test(text) ? [{ binding: 0, resource: { buffer: step } }, ...used] : used;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(...shader.workgroups(rows));
    }
    pass.end();
    const target = buffers.at(-1)!;
    const staging = device.createBuffer({ size: target.size, usage: 0x01 | 0x08 });
    encoder.copyBufferToBuffer(target, 0, staging, 0, target.size);
    device.queue.submit([encoder.finish()]);
    const failure = await device.popErrorScope();
    if (failure !== null) throw new Error(failure.message);
    await staging.mapAsync(0x01);
    const result = new Float32Array(staging.getMappedRange().slice(0)).subarray(0, floats(withRows(output, rows)));
    for (const buffer of [...buffers, ...scratch, step, staging]) buffer.destroy();
    return result;
  }
}
