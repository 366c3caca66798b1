/** What a layer states of itself, for models, masks and receptive fields; subclasses override what differs. */
import type { DType } from "../../base/dtype.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import type { Precision } from "../../ir/precision.ts";
import { Int8Form, type ScaledAxes } from "../compact-form.ts";
import { Configurable } from "../configurable.ts";
import { checkShapes } from "../doors.ts";
import {
  type DTypePolicy,
  describeLayerPolicy,
  type Int8Policy,
  isInt8Policy,
  precisionOf,
  sourcePolicy,
} from "../dtype-policy.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { Variable } from "../variable.ts";
import { describeInt8Config, type Int8Config, roundToInt8 } from "./int8-config.ts";
import type { Reading } from "./reading.ts";

/** What the options say of the types of numbers. Keras rounds activations where a quantized layer has no config. */
function policyOf({ options }: { readonly options: object }): {
  readonly dtype: DTypePolicy | Int8Policy;
  readonly int8: Int8Config | undefined;
} {
  const { dtype, quantizationConfig: stated } = options as {
    readonly dtype: DTypePolicy | Int8Policy;
    readonly quantizationConfig?: Int8Config | null;
  };
  return { dtype, int8: isInt8Policy(dtype) ? (stated ?? { activations: stated === null }) : undefined };
}

export abstract class LayerTraits<O extends object> extends Configurable<O> {
  /** @internal How its weights are int8; undefined where they are not. `Model.quantize` and a file's policy set it. */
  int8: Int8Config | undefined = policyOf(this).int8;

  /** The layer in messages. */
  abstract get title(): string;

  /** All weights of the layer. */
  abstract get weights(): readonly Variable[];

  /**
   * The weights that int8 keeps as whole numbers, with the axes of their channels. Default none: int8 leaves the layer as it is. None
   * before the layer is built.
   */
  get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    return new Map();
  }

  /** Begins a layer that a file says to be int8 with zeros, which the file's numbers replace. @throws ArgumentError where it has no int8 */
  protected beginInt8(): void {
    if (this.int8 === undefined) return;
    const scaled = this.int8Weights;
    if (scaled.size === 0)
      throw new ArgumentError(`${this.title}: dtype is "int8_from_…", and a layer of this class has no int8 weights.`);
    for (const [variable, axes] of scaled) variable.keepAs(new Int8Form(variable, axes));
  }

  /** The inputs as Keras's int8 products take them: rounded where the layer's int8 rounds activations. @param axes those that are summed */
  protected int8Inputs(x: Sym, axes: readonly number[]): Sym {
    return this.int8?.activations === true ? roundToInt8(x, axes) : x;
  }

  override getConfig(): Record<string, unknown> {
    const config = super.getConfig();
    const { dtype } = policyOf(this);
    if (!isInt8Policy(dtype) && this.int8 === undefined) return config;
    const source = sourcePolicy(dtype);
    const stated = this.int8 === undefined ? null : describeInt8Config(this.int8);
    return {
      ...config,
      dtype: describeLayerPolicy(this.int8 === undefined ? source : `int8_from_${source}`),
      ...("quantizationConfig" in config ? { quantizationConfig: stated } : {}),
    };
  }

  /** Numbers that files hold beside the weights, by Keras's names. Default none. */
  get storedValues(): ReadonlyMap<string, Float32Array> {
    return new Map();
  }

  /** Whether it is applied to a list of inputs; then its shapes are those of all of them. */
  get takesSeveral(): boolean {
    return false;
  }

  /** Throws unless it is what `build` and `computeOutputShape` take: a shape, or a list or record of shapes. */
  protected requireShapes(who: string, shapes: unknown): void {
    checkShapes(who, shapes);
  }

  /**
   * Names of the arguments of `call` besides the inputs, `training` and `mask`, in the order of Keras's signature: an own layer
   * whose `call` reads `options.scale` states ["scale"]. Default none.
   */
  get callArguments(): readonly string[] {
    return [];
  }

  /** Keras's names of the inputs, of a layer that takes them as arguments of their own there. Default none: one argument holds all. */
  get inputArguments(): readonly string[] {
    return [];
  }

  /** The element type of an input: float32, but for the inputs of a model that takes whole numbers. */
  inputDType(_index: number): DType {
    return "float32";
  }

  /** The precision of what it computes, and of the weights that it reads; undefined: it leaves values as they are. */
  protected get precision(): Precision | undefined {
    return precisionOf((this.options as { readonly dtype?: unknown }).dtype);
  }

  /** The precision that it takes its inputs in. Default: its own. */
  protected get inputPrecision(): Precision | undefined {
    return this.precision;
  }

  /** Whether a mask of the input is one of the output. Default false: the mask ends here. */
  get supportsMasking(): boolean {
    return false;
  }

  /**
   * What one entry of the output reads, for receptive fields. Default: not known.
   *
   * @param _inputShape shape of one row of the (first) input, without the batch axis
   */
  reading(_inputShape: readonly number[]): Reading | undefined {
    return undefined;
  }

  /**
   * Products with a weight that are summed up for one row, forward. Default: 0 without weights, else not known. Shapes are those of
   * one row, of the first input and output.
   */
  multiplyAdds(_inputShape: readonly number[], _outputShape: readonly number[]): number | undefined {
    return this.weights.length === 0 ? 0 : undefined;
  }

  /** Whether the same weights serve every place of the output. Default false. */
  get sharesWeights(): boolean {
    return false;
  }

  /** An axis whose size must be known. */
  protected knownAxis(shape: BatchShape, axis: number): number {
    const size = shape.at(axis);
    if (size === null || size === undefined)
      throw new ShapeError(`${this.title} must know axis ${axis} of its input, got ${formatShape(shape)}.`);
    return size;
  }
}
