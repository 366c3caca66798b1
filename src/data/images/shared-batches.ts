/**
 * Batches in memory that threads share, which is used again: fresh memory of 19 MB costs 4,700 page faults, on a virtual machine more
 * than resizing its images.
 */
import type { TypedArray } from "../../base/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";
import { builtin } from "../../base/node.ts";

/** Batches that came back: some come at once, when garbage has been collected. */
const MOST_FREE = 16;
/**
 * What part of a batch counts as garbage. V8 collects after 64 MB, for which its threads take some 10 ms: less often is cheaper, but
 * a loop holds 64 MB / `BURDEN` more than it needs.
 */
const BURDEN = 1 / 2;

/**
 * A batch comes back when its reader gives it back, and otherwise when nobody has it any more. V8 does not count shared memory and
 * would let a loop over a folder hold gigabytes of it, so each batch has a burden beside it that V8 counts: memory that nobody touches,
 * hence addresses alone.
 */
export class SharedBatches {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #burdens = new WeakMap<SharedArrayBuffer, Uint8Array>();
  /** Tells when an object is gone; another object of the same memory, which nobody knows, takes its place. */
  readonly #gone = new FinalizationRegistry<SharedArrayBuffer>((twin) => {
    if (this.#isOpen && this.#free.length < MOST_FREE) this.#free.push(this.#watched(twin));
  });
  #isOpen = false;

  /** Zeros, or values of a batch that came back. @throws ArgumentError where there is no such memory */
  allocate(size: number): Float32Array {
    this.#isOpen = true;
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [free] = at < 0 ? [] : this.#free.splice(at, 1);
    try {
      return new Float32Array(free ?? this.#watched(new SharedArrayBuffer(bytes)), 0, size);
    } catch (cause) {
      throw new ArgumentError(
        `${size} values of float32 (${formatBytes(bytes)}) cannot be allocated: make batchSize or imageSize smaller.`,
        { cause },
      );
    }
  }

  #watched(buffer: SharedArrayBuffer): SharedArrayBuffer {
    this.#burdens.set(buffer, builtin("node:buffer").Buffer.allocUnsafeSlow(Math.ceil(buffer.byteLength * BURDEN)));
    this.#gone.register(buffer, structuredClone(buffer));
    return buffer;
  }

  /** Takes back a batch that nobody needs any more; other arrays are let be. */
  recycle({ buffer }: TypedArray): void {
    if (
      buffer instanceof SharedArrayBuffer &&
      this.#burdens.has(buffer) &&
      this.#free.length < MOST_FREE &&
      !this.#free.includes(buffer)
    )
      this.#free.push(buffer);
  }

  /** Lets go of all memory that is not in use. */
  clear(): void {
    this.#isOpen = false;
    this.#free.length = 0;
  }
}
