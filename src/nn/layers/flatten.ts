import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import { checkDataFormat } from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface FlattenOptions {
  readonly dataFormat?: "channels_last" | null;
}

/**
 * Lays each row out as one vector: [batch, …] → [batch, product]; [batch] → [batch, 1]. Keras `layers/reshaping/flatten.py`.
 *
 * @example
 * ```ts
 * import { Flatten } from "fovea/layers";
 * new Flatten().computeOutputShape([null, 24, 24, 32]); // [null, 18432]
 * ```
 */
export class Flatten extends Layer<FlattenOptions> {
  constructor(options: FlattenOptions & LayerOptions = {}) {
    super("Flatten", options, { dataFormat: "channels_last" });
    checkDataFormat(this.title, this.options.dataFormat);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = inputShape.slice(1).map((_, axis) => this.knownAxis(inputShape, 1 + axis));
    return [inputShape[0]!, sizeOf(sizes)];
  }

  override call(inputs: readonly Sym[]): Sym {
    const x = onlyInput(inputs);
    return reshape(x, [x.spec.shape[0]!, sizeOf(x.spec.shape.slice(1))]);
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: "channels_last" };
  }
}
