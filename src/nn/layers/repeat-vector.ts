import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import { repeat } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** How often each vector is repeated. */
  n: /* @__PURE__ */ integer({ min: 1 }),
};

export type RepeatVectorOptions = GivenOptions<typeof options>;

/**
 * Each vector as a sequence of n equal ones: [batch, features] → [batch, n, features]. K: `layers/reshaping/repeat_vector.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RepeatVector } from "fovea/layers";
 * new RepeatVector({ n: 3 }).computeOutputShape([null, 32]); // [null, 3, 32]
 * ```
 */
export class RepeatVector extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "RepeatVector";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 2; readonly out: 3 };

  constructor(given: RepeatVectorOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 2, "[batch, features]");
    return [inputShape[0]!, this.options.n, inputShape[1]!];
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return repeat(reshape(x, x.spec.shape.toSpliced(1, 0, 1)), this.options.n, 1);
  }

  override reading(): Reading {
    return { kind: "reorder" };
  }
}
