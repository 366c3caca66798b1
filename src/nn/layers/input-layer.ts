import { bytesPerElement, type DType } from "../../base/dtype.ts";
import { ArgumentError, StateError, unknownName } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape, KerasTensor } from "../keras-tensor.ts";
import { fixed, value } from "../option-kinds.ts";
import { checkShape } from "./arguments.ts";
import { Layer } from "./layer.ts";

export interface InputLayerOptions<S extends BatchShape = BatchShape> {
  /** Shape of one row; null for an axis of any size. */
  readonly shape?: S | undefined;
  /** Shape with the batch axis. Give this or `shape`. */
  readonly batchShape?: BatchShape | undefined;
  /** Fixed number of rows, with `shape`. Default null: any. */
  readonly batchSize?: number | null | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
  readonly name?: string | undefined;
}

const keys = ["shape", "batchShape", "batchSize", "dtype", "name", "sparse", "ragged", "optional", "trainable"];

const options = {
  batchShape: /* @__PURE__ */ value<BatchShape>((shape, owner, name) => {
    checkShape(owner, name, shape as BatchShape);
    if ((shape as BatchShape).length === 0)
      throw new ArgumentError("InputLayer: batchShape is [], expected the batch axis at least.");
    return shape as BatchShape;
  }),
  dtype: /* @__PURE__ */ value<DType, "float32">(
    (dtype) => {
      if (typeof dtype !== "string" || !Object.hasOwn(bytesPerElement, dtype))
        throw unknownName("dtype of InputLayer", dtype, Object.keys(bytesPerElement));
      return dtype as DType;
    },
    { default: "float32" },
  ),
  sparse: /* @__PURE__ */ fixed(false),
  ragged: /* @__PURE__ */ fixed(false),
  optional: /* @__PURE__ */ fixed(false),
};

/** The entry of a model; computes nothing. Keras `layers/core/input_layer.py`. Made by `input({ shape })`. */
export class InputLayer extends Layer<{ batchShape: BatchShape; dtype: DType }> {
  static override readonly className = "InputLayer";
  static override readonly options = options;

  /** @throws ArgumentError unless exactly one of `shape` and `batchShape` is given, with whole numbers of 1 or more or null */
  constructor(given: InputLayerOptions) {
    checkKeys("InputLayer", given, keys);
    const { shape, batchShape, batchSize, ...rest } = given;
    if ((shape === undefined) === (batchShape === undefined))
      throw new ArgumentError("InputLayer: give shape or batchShape, one of the two.");
    if (batchShape !== undefined && batchSize !== undefined)
      throw new ArgumentError("InputLayer: batchSize goes with shape; batchShape holds it already.");
    if (shape !== undefined) checkShape("InputLayer", "shape", shape);
    super({ ...rest, batchShape: batchShape ?? [batchSize ?? null, ...shape!] } as never);
    this.recordNode([], this.options.batchShape, {}, this.options.dtype);
    this.build(this.options.batchShape);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape;
  }

  override call(_inputs: Sym): Sym {
    throw new StateError(`${this.title} is not called or run: its value is fed.`);
  }

  override getConfig(): Record<string, unknown> {
    const { batchShape, dtype } = this.options;
    return { batchShape, dtype, sparse: false, ragged: false, name: this.name, optional: false };
  }
}

type RankOfRow<S extends BatchShape> = number extends S["length"] ? number : [null, ...S]["length"] & number;

/**
 * The start of a functional model. Keras `layers.Input`.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * input({ shape: [28, 28, 1] }).shape; // [null, 28, 28, 1]
 * ```
 */
export function input<const S extends BatchShape>(options: InputLayerOptions<S>): KerasTensor<RankOfRow<S>> {
  return new InputLayer(options).output as KerasTensor<RankOfRow<S>>;
}
