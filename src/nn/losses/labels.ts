/** Class numbers as targets: their shape, their check, and what an output holds at their place. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { equal } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reshape } from "../../ops/reshape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { alignTargets, sameRows } from "../rows.ts";

/** Class numbers [n, …] or [n, …, 1] → 1 at the place of the class, else 0: [n, …, classes]. A number that is no class gives zeros. */
export function oneHotLabels(owner: string, yTrue: Sym, { spec: { shape }, builder }: Sym): Sym {
  const hint = "Targets are class numbers.";
  const labels = reshape(alignTargets(owner, yTrue, shape.slice(0, -1), hint), [...shape.slice(0, -1), 1]);
  const classes = shape.at(-1)!;
  return equal(labels, literal(builder, [...Array(classes).keys()], [classes]));
}

/**
 * Throws an error that teaches unless y holds class numbers of an output of this shape, whose classes are last.
 *
 * @param shape of y, in the order of the output's axes
 * @param ignored a number that is allowed besides the classes
 */
export function checkLabels(
  owner: string,
  y: Tensor,
  shape: Shape,
  outputShape: BatchShape,
  ignored: number | null = null,
): void {
  const classes = outputShape.at(-1)!;
  const labelShape = outputShape.slice(0, -1);
  if (sameRows(shape, outputShape) && classes !== 1)
    throw new ShapeError(
      `${owner}: y has shape ${formatShape(y.shape)}, which looks one-hot; this loss takes class numbers ${formatShape(labelShape)}. ` +
        'Use loss "categorical_crossentropy", or y.argMax().',
    );
  if (!sameRows(shape, labelShape) && !sameRows(shape, [...labelShape, 1]))
    throw new ShapeError(
      `${owner}: y has shape ${formatShape(y.shape)}, expected class numbers ${formatShape(labelShape)}.`,
    );
  checkClasses(owner, y, classes, ignored);
}

/** Throws unless all labels are class numbers below `classes`, or `ignored`. */
export function checkClasses(owner: string, y: Tensor, classes: number, ignored: number | null = null): void {
  const perRow = sizeOf(y.shape.slice(1));
  y.data.forEach((label, i) => {
    if (label === ignored || (Number.isInteger(label) && label >= 0 && label < classes)) return;
    const row = Math.floor(i / perRow);
    throw new ArgumentError(
      `${owner}: label ${label} in row ${row} is not a class of the model's output; expected whole numbers 0 … ${classes - 1}.`,
    );
  });
}
