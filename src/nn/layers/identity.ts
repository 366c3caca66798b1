import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

/**
 * The input as it is. K: `layers/core/identity.py`.
 *
 * @example
 * ```ts
 * import { Identity } from "fovea/layers";
 * new Identity();
 * ```
 */
export class Identity extends SameShapeLayer {
  static override readonly className = "Identity";

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return x;
  }
}
