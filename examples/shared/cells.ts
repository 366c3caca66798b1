/**
 * Boxes by cells of 8x8 pixels: what a single-shot detector without anchors is to say of each cell, its loss, and what it said. After FCOS,
 * Tian et al. 2019 (arXiv 1904.01355).
 */
import { type Sym, Tensor } from "fovea";
import { type FoundBox, nonMaxSuppression, type TrueBox } from "fovea/insight";
import {
  add,
  divide,
  maximum,
  minimum,
  multiply,
  shape,
  sigmoid,
  softplus,
  split,
  square,
  subtract,
  sum,
} from "fovea/ops";

/** Rows and columns of a cell, in pixels. */
export const CELL = 8;

/**
 * [n, rows, columns, classes + 5]: the classes of the object whose middle is nearby, the distances of its left, top, right and bottom side
 * from the cell's middle in units of two cells, and whether there is an object.
 */
export function cellTargets(
  boxes: readonly (readonly TrueBox[])[],
  classes: number,
  [rows, columns]: readonly [number, number],
): Tensor {
  const width = classes + 5;
  const targets = new Float32Array(boxes.length * rows * columns * width);
  boxes.forEach((list, picture) => {
    // Small objects last: a cell near the middles of two belongs to the smaller one.
    const order = list.filter(({ crowd }) => !crowd).sort((a, b) => areaOf(b) - areaOf(a));
    for (const { box, label } of order) {
      const [left, top, right, bottom] = box;
      const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
      for (let cell = 0; cell < rows * columns; cell++) {
        const [x, y] = [((cell % columns) + 0.5) * CELL, (Math.floor(cell / columns) + 0.5) * CELL];
        // The cell of the middle, and those whose own middle is less than a cell away from it and in the box.
        const isOwn = Math.abs(x - middleX) <= CELL / 2 && Math.abs(y - middleY) <= CELL / 2;
        const isNear = Math.hypot(x - middleX, y - middleY) < CELL && x > left && x < right && y > top && y < bottom;
        if (!isOwn && !isNear) continue;
        const at = (picture * rows * columns + cell) * width;
        targets.fill(0, at, at + width);
        targets[at + label] = 1;
        [x - left, y - top, right - x, bottom - y].forEach((side, i) => {
          targets[at + classes + i] = Math.max(0, side) / (2 * CELL);
        });
        targets[at + classes + 4] = 1;
      }
    }
  });
  return new Tensor(targets, [boxes.length, rows, columns, width]);
}

const areaOf = ({ box: [left, top, right, bottom] }: TrueBox) => (right - left) * (bottom - top);

/** The boxes in what a detector said [n, rows, columns, classes + 4]: logits and distances; best first. */
export function boxesOfCells(
  { data, shape }: Tensor,
  { scoreThreshold, acrossClasses = false }: { readonly scoreThreshold: number; readonly acrossClasses?: boolean },
): FoundBox[][] {
  const [pictures, rows, columns, width] = shape as readonly [number, number, number, number];
  const classes = width - 4;
  return Array.from({ length: pictures }, (_, picture) => {
    const found: FoundBox[] = [];
    for (let cell = 0; cell < rows * columns; cell++) {
      const at = (picture * rows * columns + cell) * width;
      const [x, y] = [((cell % columns) + 0.5) * CELL, (Math.floor(cell / columns) + 0.5) * CELL];
      const [left, top, right, bottom] = [0, 1, 2, 3].map((i) => Math.max(0, data[at + classes + i]! * 2 * CELL));
      for (let label = 0; label < classes; label++) {
        const score = 1 / (1 + Math.exp(-data[at + label]!));
        if (score >= scoreThreshold) found.push({ box: [x - left!, y - top!, x + right!, y + bottom!], label, score });
      }
    }
    return nonMaxSuppression(found, { iouThreshold: 0.5, maxBoxes: 100, acrossClasses });
  });
}

/**
 * Focal loss of the classes, Lin et al. 2017 (arXiv 1708.02002, equation 5), and 1 - GIoU of the sides, Rezatofighi et al. 2019
 * (arXiv 1902.09630), where an object is: a number for each picture, by the cells with objects.
 */
export function detectionLoss(yTrue: Sym, yPred: Sym): Sym {
  const classes = shape(yPred).at(-1)! - 4;
  const [truth, trueSides, here] = split(yTrue, [classes, classes + 4], -1) as [Sym, Sym, Sym];
  const [logits, sides] = split(yPred, [classes], -1) as [Sym, Sym];
  const p = sigmoid(logits);
  const wrong = add(multiply(truth, subtract(1, p)), multiply(subtract(1, truth), p));
  const balance = add(multiply(truth, 0.25), multiply(subtract(1, truth), 0.75));
  const crossentropy = subtract(softplus(logits), multiply(logits, truth));
  const focal = multiply(multiply(balance, square(wrong)), crossentropy);
  const loss = add(sum(focal, [1, 2, 3]), sum(multiply(subtract(1, giou(trueSides, sides)), here), [1, 2, 3]));
  return divide(loss, maximum(sum(here, [1, 2, 3]), 1));
}

/** Of boxes around the same point, by the distances of their sides [..., 4]: left, top, right, bottom. */
function giou(a: Sym, b: Sym): Sym {
  const area = (sides: Sym) => {
    const [left, top, right, bottom] = split(sides, 4, -1) as [Sym, Sym, Sym, Sym];
    return multiply(add(left, right), add(top, bottom));
  };
  const shared = area(minimum(a, b));
  const union = subtract(add(area(a), area(b)), shared);
  const around = add(area(maximum(a, b)), 1e-6);
  return subtract(divide(shared, add(union, 1e-6)), divide(subtract(around, union), around));
}
