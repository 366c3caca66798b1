/** Reads the GPU's own clock at the start and end of passes. */
import { DeviceError } from "../../base/errors.ts";
import { mapRead, usage } from "./memory.ts";

/** Maximum size of a query set in WebGPU. */
const MOST_STAMPS = 4096;
/** Bytes of one timestamp: nanoseconds as a 64-bit integer. */
const STAMP_BYTES = 8;

export class Stopwatch {
  readonly #passes: number;
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readback: GPUBuffer;

  /** @throws DeviceError if the adapter has no such clock */
  constructor(device: GPUDevice, passes: number) {
    if (!device.features.has("timestamp-query"))
      throw new DeviceError('This GPU tells no times of single kernels: its adapter lacks "timestamp-query".');
    if (2 * passes > MOST_STAMPS)
      throw new DeviceError(`A GPU can time ${MOST_STAMPS / 2} kernels of a step; this one has ${passes}.`);
    this.#passes = passes;
    const size = 2 * passes * STAMP_BYTES;
    this.#stamps = device.createQuerySet({ label: "stopwatch", type: "timestamp", count: 2 * passes });
    this.#resolved = device.createBuffer({ label: "stamps", size, usage: usage.queryResolve | usage.copySource });
    this.#readback = device.createBuffer({ label: "stamps read", size, usage: usage.mapRead | usage.copyTarget });
  }

  writes(pass: number): GPUComputePassTimestampWrites {
    return { querySet: this.#stamps, beginningOfPassWriteIndex: 2 * pass, endOfPassWriteIndex: 2 * pass + 1 };
  }

  /** Must be encoded after the passes. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#stamps, 0, 2 * this.#passes, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#readback, 0, this.#readback.size);
  }

  /** Seconds of each pass, after the GPU has executed them. */
  async read(): Promise<number[]> {
    await this.#readback.mapAsync(mapRead);
    const stamps = new BigInt64Array(this.#readback.getMappedRange());
    return Array.from({ length: this.#passes }, (_, pass) => Number(stamps[2 * pass + 1]! - stamps[2 * pass]!) / 1e9);
  }

  destroy(): void {
    this.#stamps.destroy();
    this.#resolved.destroy();
    this.#readback.destroy();
  }
}
