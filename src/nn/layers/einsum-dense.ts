import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Key } from "../../base/random.ts";
import { formatShape, type Shape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { activate, activation } from "../activations.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { Initializer } from "../initializers/initializer.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { einsum } from "../operations/einsum.ts";
import { type GivenOptions, type OptionsOf, text, value } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { int8Config } from "./int8-config.ts";
import type { LayerOptions } from "./layer.ts";
import { projectionWeights } from "./projection-weights.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Shape of a row of the output without what "..." stands for; null for the axes that are the input's. */
  outputShape: /* @__PURE__ */ value<BatchShape, undefined, number | BatchShape>((given, owner, name) => {
    const fits = (axis: unknown) => axis === null || (Number.isInteger(axis) && (axis as number) > 0);
    if (!(Array.isArray(given) ? given.every(fits) : given !== null && fits(given)))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 1 or more, or a list of them and of null.`,
      );
    return (Array.isArray(given) ? given : [given]) as BatchShape;
  }),
  /** "abc,cd->abd": the axes of input, kernel and output; "..." stands for axes in front or behind that stay. */
  equation: /* @__PURE__ */ text(),
  /** Default none ("linear"). */
  activation: /* @__PURE__ */ activation("linear"),
  /** The axes of the output that the bias has. Default null: no bias. */
  biasAxes: /* @__PURE__ */ text({ default: null }),
  ...projectionWeights,
  /** With a `dtype` of int8: whether the inputs are rounded, too. Default null: they are. */
  quantizationConfig: /* @__PURE__ */ int8Config(),
};

export type EinsumDenseOptions = GivenOptions<typeof options>;

/** Shapes that follow from the equation and an input. */
interface Shapes {
  readonly output: BatchShape;
  readonly kernel: BatchShape;
  readonly bias: BatchShape | undefined;
  /** Inputs and outputs of a unit: axes of the kernel that the input alone has, and the output alone. */
  readonly fans: readonly [number, number];
}

/** Draws as for a matrix of inputs and outputs, whatever the shape is: the fans are those of the equation. */
class FanInitializer extends Initializer {
  readonly #inner: Initializer;
  readonly #fans: readonly [number, number];

  constructor(inner: Initializer, fans: readonly [number, number]) {
    super();
    this.#inner = inner;
    this.#fans = fans;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    const isMatrix = this.#fans[0] * this.#fans[1] === sizeOf(shape);
    return this.#inner.initialize(isMatrix ? this.#fans : shape, key);
  }
}

/**
 * A dense layer whose product is Einstein's sum of the input and a kernel, then bias and activation: "abc,cd->abd" is Dense for
 * sequences. K: `layers/core/einsum_dense.py`.
 *
 * [batch, …] → [batch, …outputShape]. Weights: `kernel` with the axes of the equation's second term, `bias` with `biasAxes`.
 *
 * @throws ArgumentError for an equation that is not one of Keras's three forms; ShapeError for inputs that do not fit it
 * @example
 * ```ts
 * import { EinsumDense } from "fovea/layers";
 * const layer = new EinsumDense({ equation: "abc,cde->abde", outputShape: [null, 2, 8], biasAxes: "de" });
 * layer.computeOutputShape([null, 5, 16]); // [null, null, 2, 8]
 * layer.build([null, 5, 16]);
 * layer.kernel.shape; // [16, 2, 8]
 * ```
 */
export class EinsumDense extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "EinsumDense";
  static override readonly options = options;
  /** With the axes of the equation's second term. */
  kernel!: Variable;
  /** With the axes of `biasAxes`. */
  bias: Variable | undefined;
  /** Letters of input, kernel and output, without "...". */
  readonly #terms: readonly [string, string, string];
  readonly #leading: boolean;

  constructor(given: EinsumDenseOptions & LayerOptions) {
    super(given);
    const { equation, biasAxes } = this.options;
    const forms = [
      /^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)$/,
      /^\.{3}([a-zA-Z]+),([a-zA-Z]+)->\.{3}([a-zA-Z]+)$/,
      /^([a-zA-Z]{2,})\.{3},([a-zA-Z]+)->([a-zA-Z]+)\.{3}$/,
    ];
    const found = forms.map((form) => form.exec(equation)).find((match) => match !== null);
    if (found == null)
      throw new ArgumentError(
        `${this.title}: equation is ${formatValue(equation)}, expected "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac...".`,
      );
    const [, input, kernel, output] = found as unknown as [string, string, string, string];
    this.#terms = [input, kernel, output];
    this.#leading = equation.startsWith("...");
    const lost = [...kernel].find((label) => !input.includes(label) && !output.includes(label));
    if (lost !== undefined)
      throw new ArgumentError(
        `${this.title}: axis "${lost}" of the kernel in ${formatValue(equation)} is neither one of the input nor one of the output.`,
      );
    const foreign = [...(biasAxes ?? "")].find((label) => !output.includes(label));
    if (foreign !== undefined)
      throw new ArgumentError(
        `${this.title}: biasAxes is ${formatValue(biasAxes)}, expected axes of the output ${formatValue(output)}.`,
      );
  }

  #shapes(inputShape: BatchShape): Shapes {
    const { outputShape, biasAxes, equation } = this.options;
    const [input, kernel, output] = this.#terms;
    const elided = inputShape.length - input.length;
    const dots = equation.includes("...");
    if (dots ? elided < 0 : elided !== 0)
      throw new ShapeError(
        `${this.title}: ${formatValue(equation)} names ${input.length} axes of the input, which is ${formatShape(inputShape)}.`,
      );
    const kept = this.#leading
      ? [inputShape[0]!, ...inputShape.slice(1, Math.max(1, elided)), ...outputShape]
      : [inputShape[0]!, ...outputShape, ...inputShape.slice(inputShape.length - elided)];
    const [skipIn, skipOut] = this.#leading ? [elided, kept.length - output.length] : [0, 0];
    const sizeIn = new Map([...input].map((label, i) => [label, inputShape[i + skipIn]!]));
    const sizeOut = new Map([...output].map((label, i) => [label, kept[i + skipOut]!]));
    if (kept.length !== output.length + (dots ? elided : 0))
      throw new ShapeError(
        `${this.title}: outputShape ${formatValue(outputShape)} does not fit the output of ${formatValue(equation)}.`,
      );
    for (const [label, size] of sizeOut)
      if (size !== null && sizeIn.has(label) && sizeIn.get(label) !== size)
        throw new ShapeError(
          `${this.title}: axis "${label}" is ${sizeIn.get(label)} in the input ${formatShape(inputShape)} and ${size} in outputShape.`,
        );
    const of = (label: string) => sizeOut.get(label) ?? sizeIn.get(label) ?? null;
    const fan = (has: string, hasNot: string) =>
      [...kernel].reduce((size, label) => size * (has.includes(label) && !hasNot.includes(label) ? of(label)! : 1), 1);
    // The bias follows the order of the output's axes, with axes of size 1 behind its first one where it lacks some.
    const first = Math.min(...[...(biasAxes ?? "")].map((label) => output.indexOf(label)));
    const bias =
      biasAxes === null
        ? undefined
        : [...output].slice(first).map((label) => (biasAxes.includes(label) ? of(label) : 1));
    const behind = dots && !this.#leading ? new Array<number>(elided).fill(1) : [];
    return {
      output: kept,
      kernel: [...kernel].map(of),
      bias: bias === undefined ? undefined : [...bias, ...behind],
      fans: [fan(input, output), fan(output, input)],
    };
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return this.#shapes(inputShape).output;
  }

  override build(inputShape: BatchShape): void {
    const { kernelInitializer, biasInitializer, ...rest } = this.options;
    const { kernel, bias, fans } = this.#shapes(inputShape);
    const isScaled = "inputAxes" in kernelInitializer.options;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: kernel,
      initializer: isScaled ? new FanInitializer(kernelInitializer, fans) : kernelInitializer,
      regularizer: rest.kernelRegularizer,
      constraint: rest.kernelConstraint,
    });
    if (bias === undefined) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: bias,
      initializer: biasInitializer,
      regularizer: rest.biasRegularizer,
      constraint: rest.biasConstraint,
    });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const [input, , output] = this.#terms;
    const skipped = this.#leading ? x.spec.shape.length - input.length : 0;
    const summed = [...input].flatMap((label, i) => (output.includes(label) ? [] : [i + skipped]));
    const y = einsum(this.options.equation, this.int8Inputs(x, summed), this.kernel.read());
    return activate(this.options.activation, this.bias === undefined ? y : add(y, this.bias.read()));
  }

  /** The axes that the output has, too, in its order. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    const [, kernel, output] = this.#terms;
    const axes = [...output].flatMap((label) => (kernel.includes(label) ? [kernel.indexOf(label)] : []));
    return new Map([[this.kernel, { axes, scaleShape: this.#scaleShape() }]]);
  }

  /** Scales have the axes of the output, of size 1 where the kernel lacks them. K: `layers/core/einsum_dense.py` (_analyze_quantization_info, _get_kernel_scale_shape). */
  #scaleShape(): number[] {
    const [input, kernel, output] = this.#terms;
    const named = [...output].map((label) => (kernel.includes(label) ? this.kernel.shape[kernel.indexOf(label)]! : 1));
    const others = new Array<number>((this.buildShape as BatchShape).length - input.length).fill(1);
    return this.#leading ? [...others, ...named] : [...named, ...others];
  }

  override multiplyAdds(_inputShape: readonly number[], outputShape: readonly number[]): number {
    const [input, kernel, output] = this.#terms;
    const summed = [...kernel].filter((label) => input.includes(label) && !output.includes(label));
    return sizeOf(outputShape) * summed.reduce((size, label) => size * this.kernel.shape[kernel.indexOf(label)]!, 1);
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
