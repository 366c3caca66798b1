/** Penalties by norms of a weight. K: `regularizers/regularizers.py`. */
import type { Sym } from "../../ir/graph.ts";
import { abs, add, mul, square } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { Regularizer } from "./regularizer.ts";

const sumAll = (x: Sym) =>
  reduceSum(
    x,
    x.spec.shape.map((_, axis) => axis),
  );

const l1Options = {
  /** Factor of the penalty. Default 0.01. */
  l1: /* @__PURE__ */ number({ min: 0, default: 0.01 }),
};

export type L1Options = GivenOptions<typeof l1Options>;

/**
 * l1 · Σ |w|.
 *
 * @example
 * ```ts
 * import { L1 } from "fovea/regularizers";
 * new L1(1e-4).getConfig(); // { l1: 0.0001 }
 * ```
 */
export class L1 extends Regularizer<OptionsOf<typeof l1Options>> {
  static override readonly className = "L1";
  static override readonly options = l1Options;

  constructor(options: number | L1Options = {}) {
    super(typeof options === "number" ? { l1: options } : options);
  }

  override call(x: Sym): Sym {
    return mul(sumAll(abs(x)), this.options.l1);
  }
}

const l2Options = {
  /** Factor of the penalty. Default 0.01. */
  l2: /* @__PURE__ */ number({ min: 0, default: 0.01 }),
};

export type L2Options = GivenOptions<typeof l2Options>;

/**
 * l2 · Σ w².
 *
 * @example
 * ```ts
 * import { Dense } from "fovea/layers";
 * import { L2 } from "fovea/regularizers";
 * new Dense({ units: 3, kernelRegularizer: new L2(1e-4) });
 * ```
 */
export class L2 extends Regularizer<OptionsOf<typeof l2Options>> {
  static override readonly className = "L2";
  static override readonly options = l2Options;

  constructor(options: number | L2Options = {}) {
    super(typeof options === "number" ? { l2: options } : options);
  }

  override call(x: Sym): Sym {
    return mul(sumAll(square(x)), this.options.l2);
  }
}

const l1l2Options = {
  /** Factor of Σ |w|. Default 0. */
  l1: /* @__PURE__ */ number({ min: 0, default: 0 }),
  /** Factor of Σ w². Default 0. */
  l2: /* @__PURE__ */ number({ min: 0, default: 0 }),
};

export type L1L2Options = GivenOptions<typeof l1l2Options>;

/** l1 · Σ |w| + l2 · Σ w². By the name "l1_l2" both factors are 0.01. */
export class L1L2 extends Regularizer<OptionsOf<typeof l1l2Options>> {
  static override readonly className = "L1L2";
  static override readonly options = l1l2Options;

  override call(x: Sym): Sym {
    const { l1, l2 } = this.options;
    return add(mul(sumAll(abs(x)), l1), mul(sumAll(square(x)), l2));
  }
}
