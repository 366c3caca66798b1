/** The shapes that insight asks layers about. */
import { StateError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";

/** A tensor's shape without the batch axis. */
export function rowShape(layer: string, { shape }: KerasTensor): number[] {
  return shape.slice(1).map((axis) => {
    if (axis === null)
      throw new StateError(
        `Layer "${layer}" has a shape with unknown axes, ${formatShape(shape)}; build the model with sizes.`,
      );
    return axis;
  });
}
