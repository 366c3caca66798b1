import type { Sym } from "../../ir/graph.ts";
import { clip, mul, relu, sub, where } from "../../ops/elementwise.ts";
import { checkNumber } from "../options.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface ReLUOptions {
  /** Largest output; null: unlimited. Default null. */
  readonly maxValue?: number | null;
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** Values up to this one count as negative. Default 0. */
  readonly threshold?: number;
}

/**
 * Rectified linear unit as a layer. Keras `layers/activations/relu.py`:
 *
 * f(x) = min(x, maxValue) for x > threshold, else negativeSlope · (x − threshold). Any shape.
 *
 * @example
 * ```ts
 * import { ReLU } from "fovea/layers";
 * new ReLU({ maxValue: 6 });
 * ```
 */
export class ReLU extends Layer<ReLUOptions> {
  constructor(options: ReLUOptions & LayerOptions = {}) {
    super("ReLU", options, { maxValue: null, negativeSlope: 0, threshold: 0 });
    const { maxValue, negativeSlope, threshold } = this.options;
    const positive = (value: number) => value >= 0;
    if (maxValue !== null) checkNumber(this.title, "maxValue", maxValue, "a number of 0 or more, or null", positive);
    checkNumber(this.title, "negativeSlope", negativeSlope, "a number of 0 or more", positive);
    checkNumber(this.title, "threshold", threshold, "a number of 0 or more", positive);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape;
  }

  override call(inputs: readonly Sym[]): Sym {
    const x = onlyInput(inputs);
    const { maxValue, negativeSlope, threshold } = this.options;
    const kept = threshold === 0 ? relu(x) : where(threshold, x, x, 0);
    const limited = maxValue === null ? kept : clip(kept, 0, maxValue);
    return negativeSlope === 0 ? limited : sub(limited, mul(relu(sub(threshold, x)), negativeSlope));
  }
}
