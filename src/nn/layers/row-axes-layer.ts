import type { BatchShape } from "../keras-tensor.ts";
import type { Reading } from "./reading.ts";
import { axesReading, type RowAxes, resolveRowAxes } from "./row-axes.ts";
import { SameShapeLayer } from "./unary-layer.ts";

/** A layer that works row by row along the axes of its option `axis`. */
export abstract class RowAxesLayer<O extends { readonly axis: RowAxes }> extends SameShapeLayer<O> {
  /** Whether the sizes of the axes must be known, for there are weights of these sizes. */
  protected get knowsSizes(): boolean {
    return false;
  }

  /** The axes counted from the front. @throws ArgumentError for one that the input lacks */
  protected axesOf(shape: BatchShape): number[] {
    return resolveRowAxes(this.title, shape, this.options.axis);
  }

  /** The sizes of the axes. */
  protected sizesOf(inputShape: BatchShape): number[] {
    return this.axesOf(inputShape).map((axis) => this.knownAxis(inputShape, axis));
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (this.knowsSizes) this.sizesOf(inputShape);
    else this.axesOf(inputShape);
    return inputShape;
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return axesReading(inputShape, this.axesOf([null, ...inputShape]));
  }
}
