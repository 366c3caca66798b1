/** The GPU buffers of one program. */
import { DeviceError, InternalError } from "../../base/errors.ts";
import type { Buffer, Program } from "../../ir/program.ts";
import type { Place } from "./bindings.ts";
import type { GpuKernel } from "./kernel.ts";
import { alignment, Region, roundUp, usage } from "./memory.ts";

/** The parts of the device that a program's memory needs. */
export interface MemoryHost {
  readonly device: GPUDevice;
  /** Page size of regions in bytes. */
  readonly page: number;
  variable(name: string): Place;
}

export class ProgramMemory {
  /** Binding 0 of every shader: the number of live rows. */
  readonly step: GPUBuffer;
  readonly bytes: Readonly<Record<string, number>>;
  readonly #variable: MemoryHost["variable"];
  readonly #regions: Readonly<Record<"slot" | "constant" | "shared" | "slice", Region>>;
  readonly #scratch: Region;
  readonly #scratchPage: number;

  constructor({ device, page, variable }: MemoryHost, { regions, buffers }: Program, scratch: number) {
    this.#variable = variable;
    this.#scratchPage = page;
    const region = (label: string, bytes: number) => new Region(device, label, bytes, page);
    this.#regions = {
      slot: region("inputs and outputs", regions.slot),
      constant: region("constants", regions.constant),
      shared: region("shared", regions.shared),
      slice: region("slice", regions.slice),
    };
    this.#scratch = region("scratch", scratch);
    this.step = device.createBuffer({ label: "step", size: 16, usage: usage.uniform | usage.copyTarget });
    for (const buffer of buffers)
      if (buffer.data !== undefined) {
        const { buffer: target, offset } = this.place(buffer);
        device.queue.writeBuffer(target, offset, buffer.data as Float32Array<ArrayBuffer>);
      }
    const { slot, constant, shared, slice } = regions;
    this.bytes = { slot, constant, shared, slice, scratch };
  }

  place(buffer: Buffer): Place {
    switch (buffer.kind) {
      case "variable":
        return this.#variable(buffer.name!);
      case "input":
      case "output":
        return this.#regions.slot.place(buffer.offset, buffer.bytes);
      case "constant":
      case "shared":
      case "slice":
        return this.#regions[buffer.kind].place(buffer.offset, buffer.bytes);
      case "partial":
        throw new InternalError("A program for one slice has a partial sum.");
    }
  }

  /** Scratch of one call; all calls share this memory. */
  scratch({ scratch = [] }: GpuKernel): Place[] {
    let at = 0;
    return scratch.map((elements) => {
      const place = this.#scratch.place(at, 4 * elements);
      at += roundUp(4 * elements, alignment);
      if (at > this.#scratchPage) throw new DeviceError("A kernel's scratch is larger than the GPU's largest buffer.");
      return place;
    });
  }

  destroy(): void {
    for (const region of [...Object.values(this.#regions), this.#scratch]) region.destroy();
    this.step.destroy();
  }
}

/** Bytes of scratch that a kernel needs. */
export function scratchBytes({ scratch = [] }: GpuKernel): number {
  return scratch.reduce((sum, elements) => sum + roundUp(4 * elements, alignment), 0);
}
