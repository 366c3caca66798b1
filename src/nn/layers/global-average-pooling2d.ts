import type { Sym } from "../../ir/graph.ts";
import { div } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { checkFlag } from "../options.ts";
import { checkDataFormat } from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface GlobalAveragePooling2DOptions {
  readonly dataFormat?: "channels_last" | null;
  /** Whether height and width stay, with size 1. Default false. */
  readonly keepdims?: boolean;
}

/**
 * Mean of each channel over the whole image. Keras `layers/pooling/global_average_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, channels], with `keepdims` [batch, 1, 1, channels].
 *
 * @throws ShapeError for inputs that are no images
 * @example
 * ```ts
 * import { GlobalAveragePooling2D } from "fovea/layers";
 * new GlobalAveragePooling2D().computeOutputShape([null, 7, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalAveragePooling2D extends Layer<GlobalAveragePooling2DOptions> {
  constructor(options: GlobalAveragePooling2DOptions & LayerOptions = {}) {
    super("GlobalAveragePooling2D", options, { dataFormat: "channels_last", keepdims: false });
    checkDataFormat(this.title, this.options.dataFormat);
    checkFlag(this.title, "keepdims", this.options.keepdims);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    const [batch, , , channels] = inputShape as readonly [number | null, unknown, unknown, number | null];
    return this.options.keepdims ? [batch, 1, 1, channels] : [batch, channels];
  }

  override call(inputs: readonly Sym[]): Sym {
    const x = onlyInput(inputs);
    const [, height, width] = x.spec.shape as [number, number, number, number];
    return div(reduceSum(x, [1, 2], this.options.keepdims), height * width);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: "channels_last" };
  }
}
