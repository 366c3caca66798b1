import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { categoriesShape, categoryModes, encodeCategories } from "./categories.ts";
import type { LayerOptions } from "./layer.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Size of the vectors; the numbers are 0 … numTokens − 1. */
  numTokens: /* @__PURE__ */ integer({ min: 1 }),
  /**
   * "one_hot": a vector for each number. "multi_hot": one for each row, with 1 for each number in it. "count": how often each
   * number is in the row. Default "multi_hot".
   */
  outputMode: /* @__PURE__ */ choice(categoryModes, { default: "multi_hot" }),
};

export type CategoryEncodingOptions = GivenOptions<typeof options>;

/**
 * Whole numbers as vectors: [batch, count] → [batch, numTokens], or [batch, …] → [batch, …, numTokens] with "one_hot", where a last
 * axis of size 1 gives way. A number outside of 0 … numTokens − 1 counts for none. K: `layers/preprocessing/category_encoding.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { CategoryEncoding } from "fovea/layers";
 * const layer = new CategoryEncoding({ numTokens: 4, outputMode: "count" });
 * (await layer.run([[0, 2, 2]], { device: "reference" })).toArray(); // [[1, 0, 2, 0]]
 * ```
 */
export class CategoryEncoding extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "CategoryEncoding";
  static override readonly options = options;

  constructor(given: CategoryEncodingOptions & LayerOptions) {
    super(given);
  }

  /** Its inputs are numbers of categories. */
  protected override get precision(): "float32" {
    return "float32";
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { outputMode, numTokens } = this.options;
    return categoriesShape(this.title, outputMode, inputShape, numTokens);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return encodeCategories(x, this.options.outputMode, this.options.numTokens);
  }
}
