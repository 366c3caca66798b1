/** What layers share that give images of a stated size. */
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type OptionsOf } from "../option-kinds.ts";
import { dataFormat } from "./arguments.ts";
import { boundingBoxOption } from "./augmentation-options.ts";
import { ImageLayer } from "./image-layer.ts";

/** Options of the size, in the order of Keras's configs. */
export const sizeOptions = () => ({
  /** "channels_last" or "channels_first". Default "channels_last". */
  dataFormat: dataFormat(),
  ...boundingBoxOption(),
  /** Rows of the output. */
  height: integer({ min: 1 }),
  /** Columns of the output. */
  width: integer({ min: 1 }),
});

type SizeOptions = OptionsOf<ReturnType<typeof sizeOptions>>;

/** [batch, height, width, channels] of any size → [batch, options.height, options.width, channels]. */
export abstract class ImageResizing<O extends SizeOptions> extends ImageLayer<O, null> {
  protected override transformationOf(): null {
    return null;
  }

  protected get size(): readonly [number, number] {
    return [this.options.height, this.options.width];
  }

  protected override outputSizes(_inputSizes: BatchShape): BatchShape {
    return this.size;
  }
}
