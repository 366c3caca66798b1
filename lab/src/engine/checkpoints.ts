/** Weights of a run by step, thinned so that a long run keeps as much memory as a short one. */
import { StateError, type Tensor } from "fovea";

/** 203,434 numbers of 4 bytes each: 52 MB. */
const MOST = 64;

export class Checkpoints {
  readonly #weights = new Map<number, readonly Tensor[]>();
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** In ascending order. */
  get steps(): readonly number[] {
    return [...this.#weights.keys()].sort((a, b) => a - b);
  }

  /** Keeps weights; when there are too many, every second one goes, but not the first and not this one. */
  keep(step: number, weights: readonly Tensor[]): void {
    this.#weights.set(step, weights);
    if (this.#weights.size <= this.#most) return;
    this.steps.forEach((each, index) => {
      if (index % 2 === 1 && each !== step) this.#weights.delete(each);
    });
  }

  /** @throws StateError for a step that is not kept */
  at(step: number): readonly Tensor[] {
    const weights = this.#weights.get(step);
    if (weights === undefined)
      throw new StateError(`No weights are kept of step ${step}; those of ${this.steps.join(", ") || "no step"} are.`);
    return weights;
  }

  /** Forgets those of later steps. */
  dropAfter(step: number): void {
    for (const each of this.steps) if (each > step) this.#weights.delete(each);
  }

  clear(): void {
    this.#weights.clear();
  }
}
