import { ArgumentError, StateError } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import type { Sym } from "../../ir/graph.ts";
import { lessEqual } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, fixed, type GivenOptions, integer, number, type OptionsOf, value } from "../option-kinds.ts";
import { Variable } from "../variable.ts";
import { type AdaptData, type AdaptOptions, batchesOf } from "./adaptation.ts";
import { categoriesShape, categoryModes, encodeCategories } from "./categories.ts";
import type { LayerOptions } from "./layer.ts";
import { binBoundaries, emptySummary, mergeSummaries, summarize } from "./quantile-summary.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** The numbers between bins, ascending: a number belongs to the bin above a boundary that it equals. Default null: `adapt` learns. */
  binBoundaries: /* @__PURE__ */ value<readonly number[], null>(
    (given, owner, name) => {
      const ascends = (each: unknown, i: number) =>
        Number.isFinite(each) && (i === 0 || (given as number[])[i - 1]! <= (each as number));
      return Array.isArray(given) && given.every(ascends)
        ? (given as number[])
        : refuseOption(owner, name, given, "a list of numbers in ascending order");
    },
    { default: null },
  ),
  /** Bins that `adapt` makes. */
  numBins: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** How exact `adapt` is: the share of the numbers by which a boundary may be off. Default 0.01. */
  epsilon: /* @__PURE__ */ number({ min: 0, max: 1, open: true, default: 0.01 }),
  /** "int": the number of the bin. The others are those of `CategoryEncoding`. Default "int". */
  outputMode: /* @__PURE__ */ choice(["int", ...categoryModes], { default: "int" }),
  /** Only false. */
  sparse: /* @__PURE__ */ fixed(false),
};

export type DiscretizationOptions = GivenOptions<typeof options>;

/**
 * Numbers as the bins that they fall into. [batch, …] → [batch, …] of 0 … boundaries, or vectors of them as from
 * `CategoryEncoding`. K: `layers/preprocessing/discretization.py`.
 *
 * @throws ArgumentError without binBoundaries and numBins; StateError where `adapt` has not learned them yet
 * @example
 * ```ts
 * import { Discretization } from "fovea/layers";
 * const layer = new Discretization({ binBoundaries: [0, 1] });
 * (await layer.run([[-1, 0, 0.5, 3]], { device: "reference" })).toArray(); // [[0, 1, 1, 2]]
 * ```
 */
export class Discretization extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "Discretization";
  static override readonly options = options;
  /** A value of steps, so that a compiled one need not know when others are learned. NaN where there are fewer. */
  readonly #limits: Variable;
  #boundaries: readonly number[] | null;

  constructor(given: DiscretizationOptions & LayerOptions) {
    super(given);
    const { binBoundaries: stated, numBins } = this.options;
    if (stated === null && numBins === null)
      throw new ArgumentError(`${this.title}: give binBoundaries, or numBins and call adapt.`);
    const size = Math.max(stated?.length ?? 0, (numBins ?? 1) - 1);
    const value = new Float32Array(size).fill(Number.NaN);
    this.#limits = new Variable({ name: "bin_boundaries", shape: [size], trainable: false, value });
    this.#boundaries = null;
    if (stated !== null) this.#use(stated);
  }

  #use(boundaries: readonly number[]): void {
    const value = new Float32Array(this.#limits.size).fill(Number.NaN);
    value.set(boundaries);
    this.#limits.value = value;
    this.#boundaries = boundaries;
  }

  /** Those that were stated, or that `adapt` learned. */
  get binBoundaries(): readonly number[] | null {
    return this.#boundaries;
  }

  get #bins(): number {
    return this.#limits.size + 1;
  }

  /** Its outputs are numbers of categories. */
  protected override get precision(): "float32" {
    return "float32";
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { outputMode } = this.options;
    return outputMode === "int" ? inputShape : categoriesShape(this.title, outputMode, inputShape, this.#bins);
  }

  /**
   * Learns boundaries between bins of about as many numbers each, and forgets those before.
   *
   * @param data a tensor, or batches
   * @throws ArgumentError without `numBins`
   */
  async adapt(data: AdaptData, given: AdaptOptions = {}): Promise<void> {
    const { numBins, epsilon } = this.options;
    if (numBins === null) throw new ArgumentError(`${this.title}: adapt needs numBins; the boundaries are stated.`);
    let summary = emptySummary;
    for await (const batch of batchesOf(`${this.title}: adapt`, data, given))
      summary = mergeSummaries(summarize(batch.data, epsilon), summary, epsilon);
    this.#use(binBoundaries(summary, numBins));
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { outputMode } = this.options;
    if (this.#boundaries === null) throw new StateError(`${this.title} has no boundaries yet: call adapt(data) first.`);
    const learns = this.options.numBins !== null;
    const limits = learns ? this.#limits.read() : literal(x.builder, [...this.#limits.value], this.#limits.shape);
    const bin = reduceSum(lessEqual(limits, reshape(x, [...x.spec.shape, 1])), [-1]);
    return outputMode === "int" ? bin : encodeCategories(bin, outputMode, this.#bins);
  }

  /** Keras's class has a config of its own, with the name of the dtype. */
  override getConfig(): Record<string, unknown> {
    const { name, dtype: _, trainable: __, ...own } = super.getConfig();
    return { ...own, binBoundaries: this.binBoundaries, name, dtype: "float32" };
  }
}
