/** Copies the variables that a program changes to the host, in case the GPU is lost. */
import type { Place } from "./bindings.ts";
import { mapRead, type Span, spansOf, usage } from "./memory.ts";

/** A variable that a step changes, and its number of elements. */
export interface ChangedVariable {
  readonly name: string;
  readonly place: Place;
  readonly size: number;
}

/** The parts of the device that keeping needs. */
export interface KeepHost {
  readonly device: GPUDevice;
  readonly stepsInFlight: number;
  /** A number that increases with every write of a variable. */
  stamp(): number;
  /** Takes the values of a variable after a finished step that was submitted at `stamp`. */
  keep(name: string, values: Float32Array, stamp: number): void;
}

/** Copies of one step's variables in transit to the host. */
export interface Keeping {
  readonly buffers: readonly GPUBuffer[];
  readonly stamp: number;
}

/**
 * Average bytes per step that are copied to the host in addition to its outputs. Larger states are copied completely, but not
 * after every step.
 */
const BYTES_PER_STEP = 4 * 2 ** 20;

export class Keeper {
  readonly bytes: number;
  readonly #host: KeepHost;
  readonly #changed: readonly ChangedVariable[];
  readonly #spans: readonly Span[];
  readonly #every: number;
  /** One buffer per span, for each set of copies that may be in flight. */
  readonly #slots: readonly (readonly GPUBuffer[])[];

  constructor(host: KeepHost, changed: readonly ChangedVariable[]) {
    this.#host = host;
    this.#changed = changed;
    this.#spans = spansOf(changed.map(({ place }) => place));
    const state = this.#spans.reduce((sum, { from, to }) => sum + to - from, 0);
    this.#every = state <= BYTES_PER_STEP ? 1 : Math.max(host.stepsInFlight, Math.ceil(state / BYTES_PER_STEP));
    const slots = this.#every === 1 ? host.stepsInFlight : 1;
    this.#slots = Array.from({ length: slots }, (_, slot) =>
      this.#spans.map(({ from, to }, span) =>
        host.device.createBuffer({
          label: `kept ${slot}.${span}`,
          size: to - from,
          usage: usage.mapRead | usage.copyTarget,
        }),
      ),
    );
    this.bytes = slots * state;
  }

  /** Encodes copies of the variables, if this step is due. */
  encode(encoder: GPUCommandEncoder, step: number): Keeping | undefined {
    if ((step + 1) % this.#every !== 0) return undefined;
    const buffers = this.#slots[step % this.#slots.length]!;
    this.#spans.forEach(({ buffer, from, to }, i) => {
      encoder.copyBufferToBuffer(buffer, from, buffers[i]!, 0, to - from);
    });
    return { buffers, stamp: this.#host.stamp() };
  }

  /** Waits until the copies have arrived. */
  async map({ buffers }: Keeping): Promise<void> {
    await Promise.all(buffers.map((buffer) => buffer.mapAsync(mapRead)));
  }

  /** Passes the arrived copies to the host. */
  take({ buffers, stamp }: Keeping): void {
    this.#spans.forEach(({ buffer, from, to }, i) => {
      const mapped = buffers[i]!.getMappedRange();
      for (const { name, place, size } of this.#changed) {
        if (place.buffer !== buffer || place.offset < from || place.offset >= to) continue;
        this.#host.keep(name, new Float32Array(mapped, place.offset - from, size), stamp);
      }
      buffers[i]!.unmap();
    });
  }

  destroy(): void {
    for (const buffer of this.#slots.flat()) buffer.destroy();
  }
}
