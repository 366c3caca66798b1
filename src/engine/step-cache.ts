/** Compiled steps by key, the least recently used ones released first. */
import type { CompiledStep } from "./compiled-step.ts";

/** Programs that stay on the device, at most. */
const MOST_STEPS = 32;
/** What they may hold there together; the newest one stays whatever it takes. */
const MOST_BYTES = 512 * 2 ** 20;

export class StepCache {
  readonly #compiling = new Map<string, Promise<CompiledStep>>();
  readonly #ready = new Map<string, CompiledStep>();

  /** The step of this key, made by `compile` on first use. A failed compilation is not remembered. */
  get(key: string, compile: () => Promise<CompiledStep>): Promise<CompiledStep> {
    const ready = this.#ready.get(key);
    if (ready !== undefined) return Promise.resolve(ready);
    const compiling = this.#compiling.get(key) ?? this.#compile(key, compile);
    this.#compiling.set(key, compiling);
    return compiling;
  }

  async #compile(key: string, compile: () => Promise<CompiledStep>): Promise<CompiledStep> {
    try {
      const step = await compile();
      this.#ready.set(key, step);
      this.#evict(key);
      return step;
    } finally {
      this.#compiling.delete(key);
    }
  }

  #evict(newest: string): void {
    let bytes = this.steps.reduce((sum, [, step]) => sum + step.bytes, 0);
    const byUse = this.steps.toSorted(([, a], [, b]) => a.lastUse - b.lastUse);
    for (const [key, step] of byUse) {
      if (this.#ready.size <= MOST_STEPS && bytes <= MOST_BYTES) return;
      if (key !== newest && this.#release(key, step)) bytes -= step.bytes;
    }
  }

  #release(key: string, step: CompiledStep): boolean {
    if (!step.isIdle) return false;
    this.#ready.delete(key);
    step.release();
    return true;
  }

  /** Releases every step that is not running. */
  releaseIdle(): void {
    for (const [key, step] of this.steps) this.#release(key, step);
  }

  /** The steps that are ready. */
  get steps(): (readonly [string, CompiledStep])[] {
    return [...this.#ready];
  }
}
