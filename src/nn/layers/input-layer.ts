import type { DType } from "../../base/dtype.ts";
import { ArgumentError, InternalError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { type BatchShape, type KerasTensor, Layer } from "./layer.ts";

export interface InputLayerOptions {
  /** Shape of one row. */
  readonly shape?: BatchShape;
  /** Shape with the batch axis. Give this or `shape`. */
  readonly batchShape?: BatchShape;
  /** Default "float32". */
  readonly dtype?: DType;
  readonly name?: string;
}

/** The entry of a model; computes nothing. Keras `layers/core/input_layer.py`. */
export class InputLayer extends Layer<{ batchShape?: BatchShape; inputDtype?: DType }> {
  readonly output: KerasTensor;

  /** @throws ArgumentError unless exactly one of `shape` and `batchShape` is given */
  constructor({ shape, batchShape, dtype = "float32", name }: InputLayerOptions) {
    const given = batchShape ?? (shape === undefined ? undefined : [null, ...shape]);
    if (given === undefined || (shape !== undefined && batchShape !== undefined))
      throw new ArgumentError("InputLayer: give shape or batchShape, one of the two.");
    for (const axis of given.slice(1))
      if (axis !== null && !(Number.isInteger(axis) && axis > 0))
        throw new ArgumentError(
          `InputLayer: shape has an axis of size ${axis}; expected whole numbers of 1 or more, or null.`,
        );
    super(
      "InputLayer",
      { batchShape: given, ...(name === undefined ? {} : { name }) },
      { batchShape: given, inputDtype: dtype },
    );
    this.output = this.recordNode([], given);
    this.build(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape;
  }

  override call(_inputs: readonly Sym[]): Sym {
    throw new InternalError("An InputLayer is not called; its value is fed.");
  }

  override getConfig(): Record<string, unknown> {
    const { batchShape, inputDtype } = this.options;
    return { batchShape, dtype: inputDtype, sparse: false, ragged: false, name: this.name, optional: false };
  }
}
