/** Memory for the inputs and outputs of steps in flight. */
import { InternalError } from "../../base/errors.ts";

export interface SlotOptions {
  /** Of one slot. */
  readonly bytes: number;
  /** Steps in flight, at most. */
  readonly most: number;
  /** Slots to reserve at once; others are reserved when as many steps are in flight. */
  readonly first: number;
  /** Allocates memory and returns its address. */
  reserve(bytes: number): number;
}

/** Slots by address. A program that runs one step at a time, like most predictions of a server, holds one. */
export class Slots {
  readonly #options: SlotOptions;
  /** Slots that no step uses, the one that was used longest ago first: newer ones are in the workers' caches, where writes are slow. */
  readonly #free: number[] = [];
  #count = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    while (this.#count < options.first) this.#free.push(this.#reserve());
  }

  /** Bytes of all slots. */
  get bytes(): number {
    return this.#count * this.#options.bytes;
  }

  /** @throws DeviceError where the device has no memory for one more */
  take(): number {
    return this.#free.shift() ?? this.#reserve();
  }

  release(slot: number): void {
    this.#free.push(slot);
  }

  #reserve(): number {
    const { bytes, most, reserve } = this.#options;
    if (this.#count === most) throw new InternalError(`More than ${most} steps are in flight.`);
    const slot = reserve(bytes);
    this.#count++;
    return slot;
  }
}
