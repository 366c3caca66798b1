import type { Sym } from "../../ir/graph.ts";
import { notEqual } from "../../ops/composed.ts";
import { gather } from "../../ops/gather.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { constraint } from "../constraints/resolve.ts";
import { checkSym } from "../doors.ts";
import { initializer } from "../initializers/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import { int8Config } from "./int8-config.ts";
import type { LayerOptions } from "./layer.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Rows of the table: the largest index is one less. */
  inputDim: /* @__PURE__ */ integer({ min: 1 }),
  /** Entries of each row. */
  outputDim: /* @__PURE__ */ integer({ min: 1 }),
  /** Default "uniform", from -0.05 to 0.05. */
  embeddingsInitializer: /* @__PURE__ */ initializer("uniform"),
  /** Penalty of the table. Default none. */
  embeddingsRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to the table after each update. Default none. */
  embeddingsConstraint: /* @__PURE__ */ constraint(),
  /** Whether index 0 is padding, which later layers skip. Default false. */
  maskZero: /* @__PURE__ */ flag({ default: false }),
  /** Written by int8; an Embedding has no inputs to be rounded. Default null. */
  quantizationConfig: /* @__PURE__ */ int8Config(),
};

export type EmbeddingOptions = GivenOptions<typeof options>;

/**
 * A table of vectors, looked up by whole numbers. K: `layers/core/embedding.py`.
 *
 * [batch, …] of 0 … inputDim − 1 → [batch, …, outputDim]; an index outside gives NaN. Weight: `embeddings`
 * [inputDim, outputDim].
 *
 * @example
 * ```ts
 * import { Embedding } from "fovea/layers";
 * new Embedding({ inputDim: 1000, outputDim: 16 }).computeOutputShape([null, 20]); // [null, 20, 16]
 * ```
 */
export class Embedding extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className: string = "Embedding";
  static override readonly options = options;
  /** [inputDim, outputDim]. */
  embeddings!: Variable;

  constructor(given: EmbeddingOptions & LayerOptions) {
    super(given);
  }

  /** They are numbers of rows. */
  protected override get inputPrecision(): undefined {
    return undefined;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return [...inputShape, this.options.outputDim];
  }

  override build(): void {
    const { inputDim, outputDim, embeddingsInitializer, embeddingsRegularizer, embeddingsConstraint } = this.options;
    this.embeddings = this.addWeight({
      name: "embeddings",
      shape: [inputDim, outputDim],
      initializer: embeddingsInitializer,
      regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint,
    });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return gather(this.embeddings.read(), x);
  }

  override computeMask(x: Sym): Sym | undefined {
    checkSym(`${this.title}.computeMask`, "inputs", x);
    return this.options.maskZero ? notEqual(x, 0) : undefined;
  }

  /** A row of the table is a channel. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    return new Map([[this.embeddings, { axes: [0] }]]);
  }

  override get supportsMasking(): boolean {
    return this.options.maskZero;
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
