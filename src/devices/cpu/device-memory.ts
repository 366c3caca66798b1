/** The device's one linear memory: allocates and frees blocks for variables, programs and the control block. */
import { Arena } from "../../base/arena.ts";
import type { DType, TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";

const PAGE = 65536;
/** 4 GiB: what 32 bits address. Kernels compare no addresses, which are signed numbers to JavaScript. */
const MAXIMUM_PAGES = 65536;

export const memoryAlignment = 64;
/** Bytes that kernels may read beyond the end of a buffer. */
export const memorySlack = 64;

/** Initial pages, and the smallest useful maximum: 256 MiB. */
const INITIAL_PAGES = 16;
const LEAST_MAXIMUM = 4096;

/**
 * The largest memory that this host can allocate: some hosts (Safari on phones) reserve the maximum of a shared memory at once.
 */
function newMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MAXIMUM_PAGES; ; maximum /= 2)
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared });
    } catch (cause) {
      if (maximum > LEAST_MAXIMUM) continue;
      throw new DeviceError(
        `The CPU device needs ${formatBytes(LEAST_MAXIMUM * PAGE)}, more than this host gives. V8 reserves about 10 GB of addresses for each memory, which a limit of the process (ulimit -v) may forbid. Raise it, or use device "reference": it is exact, and slow.`,
        { cause },
      );
    }
}

export class DeviceMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly #arena = new Arena(memoryAlignment, memorySlack);

  constructor(shared: boolean, reserved: number) {
    this.shared = shared;
    this.memory = newMemory(shared);
    this.allocate(reserved);
  }

  static readonly maximumPages = MAXIMUM_PAGES;

  /** Bytes in use, and their maximum so far. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** Address of a new block; its content is undefined. */
  allocate(bytes: number): number {
    const address = this.#arena.allocate(bytes);
    const end = address + bytes + 2 * memorySlack;
    const missing = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.#grow(missing, { address, bytes });
    return address;
  }

  #grow(pages: number, { address, bytes }: { readonly address: number; readonly bytes: number }): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      // Smaller blocks are still to be had.
      this.#arena.free(address, bytes);
      throw new DeviceError(
        `The CPU device needs ${formatBytes(address + bytes)}, more than WebAssembly gives it here. Use a smaller batch size or model.`,
        { cause },
      );
    }
  }

  free(address: number, bytes: number): void {
    this.#arena.free(address, bytes);
  }

  /** Each call creates a new view, because growing the memory replaces its buffer. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  ints(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  view(dtype: DType, address: number, length: number): TypedArray {
    if (dtype === "uint8") return new Uint8Array(this.memory.buffer, address, length);
    return dtype === "int32" ? this.ints(address, length) : this.floats(address, length);
  }
}
