import { bytesPerElement, type DType } from "../../base/dtype.ts";
import { ArgumentError, InternalError, unknownName } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { checkKeys } from "../options.ts";
import { type BatchShape, checkShape, type KerasTensor, Layer } from "./layer.ts";

export interface InputLayerOptions {
  /** Shape of one row. */
  readonly shape?: BatchShape;
  /** Shape with the batch axis. Give this or `shape`. */
  readonly batchShape?: BatchShape;
  /** Fixed number of rows, with `shape`. Default null: any. */
  readonly batchSize?: number | null;
  /** Default "float32". */
  readonly dtype?: DType;
  readonly name?: string;
}

/** The entry of a model; computes nothing. Keras `layers/core/input_layer.py`. Made by `input({ shape })`. */
export class InputLayer extends Layer<{ batchShape?: BatchShape; inputDtype?: DType }> {
  readonly output: KerasTensor;

  /** @throws ArgumentError unless exactly one of `shape` and `batchShape` is given, with whole numbers of 1 or more or null */
  constructor(options: InputLayerOptions) {
    checkKeys("InputLayer", options, ["shape", "batchShape", "batchSize", "dtype", "name"]);
    const { shape, batchShape, batchSize, dtype = "float32", name } = options;
    if ((shape === undefined) === (batchShape === undefined))
      throw new ArgumentError("InputLayer: give shape or batchShape, one of the two.");
    if (batchShape !== undefined && batchSize !== undefined)
      throw new ArgumentError("InputLayer: batchSize goes with shape; batchShape holds it already.");
    if (shape !== undefined) checkShape("InputLayer", "shape", shape);
    const given = batchShape ?? [batchSize ?? null, ...shape!];
    checkShape("InputLayer", "batchShape", given);
    if (given.length === 0) throw new ArgumentError("InputLayer: batchShape is [], expected the batch axis at least.");
    if (!Object.hasOwn(bytesPerElement, dtype))
      throw unknownName("dtype of InputLayer", dtype, Object.keys(bytesPerElement));
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
