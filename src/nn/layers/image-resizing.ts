/** What layers share that give images of a stated size. */
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type OptionsOf } from "../option-kinds.ts";
import { axisNames, dataFormat } from "./arguments.ts";
import { UnaryLayer } from "./unary-layer.ts";

/** Options of the size, in the order of Keras's configs. */
export const sizeOptions = () => ({
  /** Only "channels_last". */
  dataFormat: dataFormat(2),
  /** Rows of the output. */
  height: integer({ min: 1 }),
  /** Columns of the output. */
  width: integer({ min: 1 }),
});

type SizeOptions = OptionsOf<ReturnType<typeof sizeOptions>>;

/** [batch, height, width, channels] of any size → [batch, options.height, options.width, channels]. */
export abstract class ImageResizing<O extends SizeOptions> extends UnaryLayer<O> {
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  protected get size(): readonly [number, number] {
    return [this.options.height, this.options.width];
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, axisNames[2]);
    return [inputShape[0]!, ...this.size, inputShape[3]!];
  }
}
