import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, div, stopGradient, where } from "../../ops/elementwise.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { scaleRowsToUnit } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import { TruncatedNormal } from "../initializers/random.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { Variable } from "../variable.ts";
import type { Layer, LayerOptions } from "./layer.ts";
import { layer } from "./layer-option.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** A layer that has a `kernel` or `embeddings`: `Dense`, `Conv2D`, `Embedding`, … */
  layer: /* @__PURE__ */ layer(),
  /** Steps of the power iteration in each call that trains. Default 1. */
  powerIterations: /* @__PURE__ */ integer({ min: 1, default: 1 }),
};

export type SpectralNormalizationOptions = GivenOptions<typeof options>;

/** Keras's smallest length that a vector is divided by. */
const EPSILON = 1e-7;

/**
 * Divides the kernel of a layer by its largest singular value σ, which bounds how much the layer enlarges differences. Input and
 * output are those of the layer. K: `layers/normalization/spectral_normalization.py`.
 *
 * A call that trains estimates σ by power iteration, over the kernel as a matrix [inputs, outputs], and puts kernel / σ in the place of
 * the kernel; the gradient is that by the new kernel. Other calls leave the kernel as it is, and so does one of zeros. Weights: those of
 * the layer, and `vectorU` [1, outputs], which is not trainable.
 *
 * @throws ArgumentError for a layer without `kernel` and `embeddings`
 * @example
 * ```ts
 * import { Conv2D, SpectralNormalization } from "fovea/layers";
 * const layer = new SpectralNormalization({ layer: new Conv2D({ filters: 8, kernelSize: 3 }) });
 * layer.computeOutputShape([null, 28, 28, 1]); // [null, 26, 26, 8]
 * ```
 */
export class SpectralNormalization extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "SpectralNormalization";
  static override readonly options = options;
  readonly layer: Layer;
  /** Of the layer. */
  kernel!: Variable;
  /** Where the power iteration has come to: [1, outputs]. */
  vectorU!: Variable;

  constructor(given: SpectralNormalizationOptions & LayerOptions) {
    super(given);
    this.layer = this.options.layer as unknown as Layer;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return this.layer.computeOutputShape(inputShape) as BatchShape;
  }

  override build(inputShape: BatchShape): void {
    this.layer.build(inputShape);
    const { kernel, embeddings } = this.layer as Layer & { readonly kernel?: unknown; readonly embeddings?: unknown };
    const found = kernel ?? embeddings;
    if (!(found instanceof Variable))
      throw new ArgumentError(`${this.title}: ${this.layer.title} has no weight \`kernel\` or \`embeddings\`.`);
    this.kernel = this.shareWeight(found);
    this.vectorU = this.addWeight({
      name: "vector_u",
      shape: [1, found.shape.at(-1)!],
      initializer: new TruncatedNormal({ stddev: 0.02 }),
      trainable: false,
    });
  }

  override call(x: Sym, { training }: CallOptions = {}): Sym {
    if (training === true) this.#normalize();
    return this.layer.apply(x, { training });
  }

  /** Source: Miyato, Kataoka, Koyama and Yoshida 2018, algorithm 1. */
  #normalize(): void {
    const kernel = stopGradient(this.kernel.read());
    const before = this.vectorU.read();
    const weights = reshape(kernel, [this.kernel.size / this.vectorU.size, this.vectorU.size]);
    const unit = (row: Sym) => scaleRowsToUnit(row, [1], EPSILON);
    let [u, v] = [before, before];
    for (let i = 0; i < this.options.powerIterations; i++) {
      v = unit(matMul(u, transpose(weights, [1, 0])));
      u = unit(matMul(v, weights));
    }
    const sigma = matMul(matMul(v, weights), transpose(u, [1, 0]));
    const largest = reduceMax(abs(weights), [0, 1], true);
    const ifAny = (fresh: Sym, old: Sym) =>
      where(
        0,
        reshape(
          largest,
          old.spec.shape.map(() => 1),
        ),
        fresh,
        old,
      );
    this.vectorU.assign(ifAny(u, before));
    this.kernel.overwrite(
      ifAny(
        div(
          kernel,
          reshape(
            sigma,
            kernel.spec.shape.map(() => 1),
          ),
        ),
        kernel,
      ),
    );
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return this.layer.reading(inputShape);
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number | undefined {
    return this.layer.multiplyAdds(inputShape, outputShape);
  }

  override get sharesWeights(): boolean {
    return this.layer.sharesWeights;
  }
}
