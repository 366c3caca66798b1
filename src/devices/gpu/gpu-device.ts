/** The GPU device: WebGPU in browsers, Deno and (through Dawn) Node. A call of a program becomes one or a few compute shaders. */
import { allocate, bytesPerElement, type DType, type TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Device } from "../../ir/device.ts";
import type { Program, Traits } from "../../ir/program.ts";
import { describeAdapter, type FoundAdapter, featuresOf, findAdapter, requestDevice } from "./adapter.ts";
import type { Place } from "./bindings.ts";
import { FailureWatch } from "./failure.ts";
import { GpuProgram, type ProgramHost } from "./gpu-program.ts";
import type { Features } from "./kernel.ts";
import { kernelNames } from "./kernels/index.ts";
import { lowerFor } from "./lower.ts";
import { alignment, checkBinding, mapRead, pageBytes, roundUp, usage, VariableHeap, wholeWords } from "./memory.ts";
import { PipelineCache } from "./pipelines.ts";

export interface GpuOptions {
  /** The adapter to use. Default: what `findAdapter` gives. */
  readonly found?: FoundAdapter;
  /** Overrides detected features; for tests. */
  readonly features?: Partial<Features>;
  /** Whether values may be stored as float16; for tests. Default: where the adapter can. */
  readonly float16?: boolean;
  /** Overrides the page size of regions, in bytes; for tests. */
  readonly page?: number;
}

interface Variable {
  readonly place: Place;
  readonly dtype: DType;
  /** The values as last written or read, or after the last finished step that copied them to the host. */
  readonly kept: TypedArray;
  /** Sequence number of the last write. */
  writtenAt: number;
}

/** Enough that the GPU never waits for the host; more would only delay callbacks. */
const STEPS_IN_FLIGHT = 3;

export class GpuDevice implements Device {
  readonly name = "gpu";
  readonly description: string;
  readonly traits: Traits;
  /** For uses outside of steps: profiles, tests. */
  readonly device: GPUDevice;
  readonly isSoftware: boolean;
  readonly #watch: FailureWatch;
  readonly #host: ProgramHost;
  readonly #heap: VariableHeap;
  readonly #variables = new Map<string, Variable>();
  #writes = 0;

  private constructor(found: FoundAdapter, device: GPUDevice, { features, float16, page }: GpuOptions) {
    this.device = device;
    this.isSoftware = found.isSoftware;
    this.description = describeAdapter(found);
    this.#watch = new FailureWatch(device);
    this.#heap = new VariableHeap(device);
    const kernelFeatures = { ...featuresOf(found), ...features };
    this.traits = {
      sliceRows: Number.POSITIVE_INFINITY,
      wholeBatch: true,
      kernels: kernelNames(kernelFeatures),
      lower: lowerFor(device.limits),
      float16: float16 ?? found.float16,
      fusedOperands: device.limits.maxStorageBuffersPerShaderStage,
      alignment,
      slack: 0,
      page: page ?? pageBytes(device.limits),
    };
    this.#host = {
      device,
      features: kernelFeatures,
      pipelines: new PipelineCache(device),
      watch: this.#watch,
      stepsInFlight: STEPS_IN_FLIGHT,
      page: this.traits.page!,
      variable: (name) => this.#variable(name).place,
      stamp: () => this.#writes,
      keep: (name, values, stamp) => this.#keep(name, values, stamp),
    };
  }

  /** Starts the device. @throws DeviceError that says what is missing */
  static async start(options: GpuOptions = {}): Promise<GpuDevice> {
    const found = options.found ?? (await findAdapter());
    return new GpuDevice(found, await requestDevice(found), options);
  }

  addVariable(name: string, shape: Shape, dtype: DType = "float32"): void {
    if (this.#variables.has(name)) return;
    const bytes = bytesPerElement[dtype] * sizeOf(shape);
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
    checkBinding(Math.min(maxStorageBufferBindingSize, maxBufferSize), bytes, shape, "Use a smaller layer.");
    const place = this.#heap.allocate(name, bytes);
    this.#variables.set(name, { place, dtype, kept: allocate(dtype, sizeOf(shape)), writtenAt: 0 });
  }

  get failure(): DeviceError | undefined {
    return this.#watch.failure;
  }

  #variable(name: string): Variable {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new DeviceError(`The GPU holds no variable "${name}".`);
    return variable;
  }

  /** Keeps values that were copied after write number `stamp`, unless the variable was written since. */
  #keep(name: string, values: TypedArray, stamp: number): void {
    const { kept, writtenAt } = this.#variable(name);
    if (writtenAt <= stamp) kept.set(values);
  }

  async write(name: string, values: TypedArray): Promise<void> {
    const variable = this.#variable(name);
    if (this.#watch.failure !== undefined) throw this.#watch.failure;
    const { place, dtype, kept } = variable;
    kept.set(values);
    variable.writtenAt = ++this.#writes;
    this.device.queue.writeBuffer(
      place.buffer,
      place.offset,
      wholeWords(values, values.length, dtype) as Uint8Array<ArrayBuffer>,
    );
  }

  /**
   * After a failure, these are the values after the last finished step, or after a step shortly before it for models with more
   * than 4 MiB of state.
   */
  async read(name: string): Promise<TypedArray> {
    const { place, dtype, kept } = this.#variable(name);
    if (this.#watch.failure !== undefined) return kept.slice();
    const bytes = roundUp(kept.byteLength, 4);
    const target = this.device.createBuffer({
      label: `read ${name}`,
      size: bytes,
      usage: usage.mapRead | usage.copyTarget,
    });
    const stamp = this.#writes;
    const encoder = this.device.createCommandEncoder({ label: `read ${name}` });
    encoder.copyBufferToBuffer(place.buffer, place.offset, target, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    try {
      await this.#watch.guard(target.mapAsync(mapRead));
      const values = allocate(dtype, kept.length);
      new Uint8Array(values.buffer).set(new Uint8Array(target.getMappedRange(), 0, values.byteLength));
      this.#keep(name, values, stamp);
      return values;
    } catch (error) {
      if (this.#watch.failure !== undefined) return kept.slice();
      throw error;
    } finally {
      target.destroy();
    }
  }

  async load(program: Program): Promise<GpuProgram> {
    if (this.#watch.failure !== undefined) throw this.#watch.failure;
    return this.#watch.guard(GpuProgram.load(this.#host, program));
  }

  dispose(): void {
    this.#watch.fail(new DeviceError("The GPU device was disposed of."));
    this.device.destroy();
  }
}
