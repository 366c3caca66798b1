/** GPU buffers: the regions of a program, cut into pages where an adapter's buffers are small, and the variables of a device. */
import { allocate, bytesPerElement, type DType, type TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";
import type { Place } from "./bindings.ts";

/** GPUBufferUsage and GPUMapMode: Node has no globals for these constants. */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const mapRead = 1;

/** Alignment of every place in bytes: the largest that WebGPU may require. */
export const alignment = 256;

export const roundUp = (bytes: number, multiple: number) => Math.ceil(bytes / multiple) * multiple;

/** The first `length` elements, in an array of the input's type that fills whole 32-bit words. */
export function wholeWords(source: TypedArray, length: number, dtype: DType): TypedArray {
  const live = source.length === length ? source : source.subarray(0, length);
  if (live.byteLength % 4 === 0 && live.BYTES_PER_ELEMENT === bytesPerElement[dtype]) return live;
  const padded = allocate(dtype, dtype === "uint8" ? roundUp(length, 4) : length);
  padded.set(live);
  return padded;
}

/** Page size of regions in bytes. */
export function pageBytes({ maxBufferSize }: GPUSupportedLimits): number {
  return Math.floor(maxBufferSize / alignment) * alignment;
}

/** One region of a program. */
export class Region {
  readonly #pages: readonly GPUBuffer[];
  readonly #page: number;

  constructor(device: GPUDevice, label: string, bytes: number, page: number) {
    this.#page = page;
    this.#pages = Array.from({ length: Math.ceil(bytes / page) }, (_, i) =>
      device.createBuffer({
        label: `${label} ${i}`,
        size: roundUp(Math.min(page, bytes - i * page), alignment),
        usage: usage.storage | usage.copySource | usage.copyTarget,
      }),
    );
  }

  place(offset: number, bytes: number): Place {
    const page = Math.floor(offset / this.#page);
    // Rounded up to whole vec4f; the alignment leaves room for it.
    return { buffer: this.#pages[page]!, offset: offset - page * this.#page, size: roundUp(bytes, 16) };
  }

  destroy(): void {
    for (const page of this.#pages) page.destroy();
  }
}

/** @throws DeviceError if a value exceeds the size of one binding or buffer; the message ends with `mend` */
export function checkBinding(most: number, bytes: number, shape: readonly number[], mend: string): void {
  if (bytes > most)
    throw new DeviceError(
      `A value of shape [${shape.join(", ")}] takes ${formatBytes(bytes)}; this GPU takes at most ${formatBytes(most)} in one piece. ${mend}`,
    );
}

/** Size of the buffers that variables are packed into, unless a variable is larger. */
const HEAP_BYTES = 4 * 2 ** 20;

/** A range of a heap buffer that is copied in one command. */
export interface Span {
  readonly buffer: GPUBuffer;
  readonly from: number;
  readonly to: number;
}

/** Variables, packed into few buffers so that neighbours can be copied together. */
export class VariableHeap {
  readonly #device: GPUDevice;
  readonly #buffers: { readonly buffer: GPUBuffer; used: number }[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Allocates a variable, filled with zeros. */
  allocate(name: string, bytes: number): Place {
    const size = roundUp(bytes, alignment);
    let heap = this.#buffers.at(-1);
    if (heap === undefined || heap.used + size > heap.buffer.size) {
      const label = `variables from ${name}`;
      const buffer = this.#device.createBuffer({
        label,
        size: Math.max(size, Math.min(HEAP_BYTES, this.#device.limits.maxBufferSize)),
        usage: usage.storage | usage.copySource | usage.copyTarget,
      });
      heap = { buffer, used: 0 };
      this.#buffers.push(heap);
    }
    const offset = heap.used;
    heap.used += size;
    return { buffer: heap.buffer, offset, size: roundUp(bytes, 16) };
  }
}

/** Larger gaps between variables start a new range. */
const GAP_BYTES = 4096;

/** Merges the places into few ranges. */
export function spansOf(places: readonly Place[]): Span[] {
  const sorted = [...places].sort((a, b) => a.offset - b.offset);
  const spans: { buffer: GPUBuffer; from: number; to: number }[] = [];
  for (const { buffer, offset, size } of sorted) {
    const open = spans.findLast((span) => span.buffer === buffer);
    if (open !== undefined && offset - open.to <= GAP_BYTES) open.to = offset + size;
    else spans.push({ buffer, from: offset, to: offset + size });
  }
  return spans;
}
