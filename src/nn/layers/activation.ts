import type { Sym } from "../../ir/graph.ts";
import { type ActivationLike, activate, activation, readsLastAxis } from "../activations.ts";
import type { CallOptions } from "../call-context.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { lastAxis, type Reading } from "./reading.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** A name, or a function of symbolic values. */
  activation: /* @__PURE__ */ activation(),
};

export type ActivationOptions = GivenOptions<typeof options>;

/**
 * Applies an activation function. K: `layers/activations/activation.py`.
 *
 * @example
 * ```ts
 * import { Activation } from "fovea/layers";
 * new Activation("relu");
 * ```
 */
export class Activation extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "Activation";
  static override readonly options = options;

  constructor(given: ActivationLike | (ActivationOptions & LayerOptions)) {
    super(typeof given === "object" ? given : { activation: given });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return activate(this.options.activation, x);
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    const mixes = readsLastAxis(this.options.activation);
    if (mixes === undefined) return undefined;
    return mixes ? lastAxis(inputShape) : { kind: "same" };
  }
}
