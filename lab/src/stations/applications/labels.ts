/** Where the labels of boxes stand on the page, so that none lies over another one. */
import { DIGIT, type Found, PAGE, type Verdict } from "./state.ts";

/** Height of a label's letters and about the width of one, in pixels of the page. */
const [LINE, LETTER] = [3.6, 2] as const;
/** Between a label and the side of its box. */
const GAP = 1;
/** From a label to the next one below it, and how many fit into a box. */
const ROW = LINE + 0.5;
const ROWS = Math.floor((DIGIT - GAP) / ROW);

export interface Label {
  readonly text: string;
  /** Left end of the base line. */
  readonly x: number;
  readonly y: number;
}

const isOver = (a: Label, b: Label) =>
  Math.abs(a.y - b.y) < ROW - 0.01 && a.x < b.x + b.text.length * LETTER && b.x < a.x + a.text.length * LETTER;

/**
 * A label for each box: in one of its corners, inside or just outside of it, or between them: the first of these places that is free. Boxes that are right
 * choose first, then the best. Undefined where all places are taken: the table has the numbers.
 */
export function placeLabels(found: readonly Found[], verdicts: readonly Verdict[]): (Label | undefined)[] {
  const placed: Label[] = [];
  const labels: (Label | undefined)[] = found.map(() => undefined);
  const isRight = (i: number) => verdicts[i] === "right";
  const order = found.map((_, i) => i).sort((a, b) => Number(isRight(b)) - Number(isRight(a)) || a - b);
  for (const i of order) {
    const { top, left, classIndex, score } = found[i]!;
    const text = `${classIndex} · ${score.toFixed(2)}${isRight(i) ? "" : " ?"}`;
    const right = left + DIGIT - GAP - text.length * LETTER;
    const inside = Array.from({ length: ROWS }, (_, row) => top + LINE + GAP + row * ROW);
    const rows = [inside[0]!, top + DIGIT - GAP, top - GAP, top + DIGIT + LINE + GAP, ...inside.slice(1)];
    const places = rows.flatMap((y) => [left + GAP, right].map((x): Label => ({ text, x, y })));
    const label = places.find((each) => each.y > LINE && each.y < PAGE && !placed.some((other) => isOver(each, other)));
    if (label === undefined) continue;
    labels[i] = label;
    placed.push(label);
  }
  return labels;
}
