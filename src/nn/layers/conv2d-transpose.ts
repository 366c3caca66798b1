import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { dilatedExtent, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2dTranspose, transposedSize } from "../../ops/conv2d-transpose.ts";
import { add } from "../../ops/elementwise.ts";
import { activate } from "../activations.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { padding } from "./arguments.ts";
import { kernelOptions } from "./base-conv.ts";
import { Convolution, outputOptions, windowOptions } from "./convolution.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";

type Pair = readonly [number, number];

const options = {
  /** Number of output channels. */
  filters: /* @__PURE__ */ integer({ min: 1 }),
  /** Extent of the window. */
  kernelSize: /* @__PURE__ */ (() => windowOptions(2).kernelSize)(),
  /** Distance of neighbouring windows in the output. Default 1. */
  strides: /* @__PURE__ */ (() => windowOptions(2).strides)(),
  /** "valid": all that the windows cover; "same": size · stride outputs. Default "valid". */
  padding: /* @__PURE__ */ padding(),
  /** Cells that are added at the end of each axis, fewer than its stride. Default null: by Keras's rule. */
  outputPadding: /* @__PURE__ */ value<Pair, null, number | Pair>(
    (given, owner, name) => {
      const pair: unknown = typeof given === "number" ? [given, given] : given;
      if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((cells) => Number.isInteger(cells) && cells >= 0))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 0 or more, two of them [height, width], or null.`,
        );
      return pair as unknown as Pair;
    },
    { default: null },
  ),
  .../* @__PURE__ */ (() => {
    const { dataFormat, dilationRate } = windowOptions(2);
    return { dataFormat, dilationRate };
  })(),
  .../* @__PURE__ */ outputOptions(),
  .../* @__PURE__ */ kernelOptions(),
};

export type Conv2DTransposeOptions = GivenOptions<typeof options>;

/**
 * Transposed 2-D convolution: each input pixel adds its kernel to the output. It is the gradient of a convolution by its input,
 * with bias and activation. K: `layers/convolutional/conv2d_transpose.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, filters]. With the window's extent k and stride s an axis of n
 * becomes n · s ("same") or n · s + max(k − s, 0) ("valid"); with `outputPadding` o it is (n − 1) · s + k + o, for "same" less
 * 2 · ⌊k / 2⌋. Weights: `kernel` [kernelHeight, kernelWidth, filters, channels], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense
 * @example
 * ```ts
 * import { Conv2DTranspose } from "fovea/layers";
 * new Conv2DTranspose({ filters: 8, kernelSize: 3, strides: 2 }).computeOutputShape([null, 7, 7, 16]); // [null, 15, 15, 8]
 * ```
 */
export class Conv2DTranspose extends Convolution<OptionsOf<typeof options>> {
  static override readonly className = "Conv2DTranspose";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };
  /** [kernelHeight, kernelWidth, filters, channels]. */
  kernel!: Variable;

  constructor(given: Conv2DTransposeOptions & LayerOptions) {
    super(given);
    const { outputPadding } = this.options;
    if (outputPadding?.some((cells, axis) => cells >= this.strides[axis as 0 | 1]))
      throw new ArgumentError(
        `${this.title}: outputPadding is ${formatValue(outputPadding)}, expected less than strides, ${formatValue(this.strides)}.`,
      );
  }

  protected override outputChannels(): number {
    return this.options.filters;
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    const { outputPadding } = this.options;
    return inputSizes.map((cells, i) => {
      const axis = i as 0 | 1;
      const extent = dilatedExtent(this.kernelSize[axis], this.dilationRate[axis]);
      return cells === null
        ? null
        : transposedSize(cells, extent, this.strides[axis], this.padding, outputPadding?.[axis]);
    });
  }

  override build(inputShape: BatchShape): void {
    const { filters, kernelInitializer, kernelRegularizer, kernelConstraint } = this.options;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, filters, inputShape.at(-1)!],
      initializer: kernelInitializer,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    });
    this.addBias(filters);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { activation, outputPadding, strides, padding, dilationRate: dilation } = this.options;
    const window = { strides, padding, dilation, ...(outputPadding === null ? {} : { outputPadding }) };
    const y = conv2dTranspose(x, this.kernel.read(), window);
    return activate(activation, this.bias === undefined ? y : add(y, this.bias.read()));
  }

  /** How many input pixels reach an output differs from place to place. */
  override reading(): Reading | undefined {
    return undefined;
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape) * sizeOf(this.kernelSize) * this.options.filters;
  }
}
