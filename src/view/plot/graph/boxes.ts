/** Boxes, frames and what is written in them. */
import { textOn } from "../color.ts";
import type { Mark, Point } from "../scene.ts";
import { textLength } from "../text.ts";
import { sizes, type Theme } from "../theme.ts";
import { drawArrow, LINE } from "./arrow.ts";
import type { LayerBox, RankDir } from "./part.ts";
import {
  cellWidth,
  HEAD,
  insideOf,
  isTurned,
  isWide,
  PAD,
  type PlacedBox,
  type PlacedPart,
  ROW,
} from "./placed-part.ts";

export function drawPart(part: PlacedPart, rankdir: RankDir, theme: Theme, [left, top]: Point, marks: Mark[]): void {
  for (const { points, hasHead } of part.lines)
    drawArrow(
      points.map(([x, y]) => [left + x, top + y]),
      hasHead,
      theme,
      marks,
    );
  for (const placed of part.boxes) {
    const corner: Point = [left + placed.x, top + placed.y];
    if (placed.inside === undefined) drawBox(placed, theme, corner, marks);
    else drawFrame(placed, placed.inside, rankdir, theme, corner, marks);
  }
}

function drawFrame(
  { box, width, height }: PlacedBox,
  inside: PlacedPart,
  rankdir: RankDir,
  theme: Theme,
  [x, y]: Point,
  marks: Mark[],
): void {
  const corners: Point[] = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
  const frame = { stroke: theme.soft, dash: [5, 4], key: box.name, label: labelOf(box) };
  marks.push({ kind: "path", lines: [corners], closed: true, ...frame });
  const [left, top] = insideOf(rankdir, { width }, inside);
  const [innerX, innerY] = [x + left, y + top];
  // What comes in and goes out passes the frame.
  const wide = isWide(rankdir);
  const before = (at: number): Point[] =>
    wide
      ? [
          [x, innerY + at],
          [innerX, innerY + at],
        ]
      : [
          [innerX + at, y],
          [innerX + at, innerY],
        ];
  const behind = (at: number): Point[] =>
    wide
      ? [
          [innerX + inside.width, innerY + at],
          [x + width, innerY + at],
        ]
      : [
          [innerX + at, innerY + inside.height],
          [innerX + at, y + height],
        ];
  const lines = [
    ...inside.entries.map(isTurned(rankdir) ? behind : before),
    ...inside.exits.map(isTurned(rankdir) ? before : behind),
  ];
  if (lines.length > 0) marks.push({ kind: "path", lines, stroke: theme.soft, strokeWidth: LINE });
  const text = box.note === undefined ? box.name : `${box.name} (${box.note})`;
  marks.push({ kind: "text", x: x + PAD, y: y + 20, text, size: sizes.text, fill: theme.soft, halo: theme.paper });
  drawPart(inside, rankdir, theme, [innerX, innerY], marks);
}

const labelOf = ({ name, note, label }: LayerBox) => label ?? (note === undefined ? name : `${name} (${note})`);

function drawBox({ box, width, height }: PlacedBox, theme: Theme, [x, y]: Point, marks: Mark[]): void {
  const { name, note, rows = [] } = box;
  marks.push({
    kind: "rect",
    x,
    y,
    width,
    height,
    fill: theme.ink,
    stroke: theme.ink,
    strokeWidth: 1.5,
    key: name,
    label: labelOf(box),
  });
  const behind = note === undefined ? "" : `(${note})`;
  drawPair(
    name,
    behind,
    { x, y, width, height: HEAD, size: sizes.heading, fill: textOn(theme.ink), bold: "first" },
    marks,
  );
  rows.forEach((row, i) => {
    const needed = row.reduce((sum, cell) => sum + cellWidth(cell), 0);
    let left = x;
    const rowTop = y + HEAD + i * ROW;
    for (const cell of row) {
      const { label = "", value, tone = "plain" } = cell;
      const cellRoom = (cellWidth(cell) * width) / needed;
      const ground = {
        plain: theme.paper,
        good: theme.classes[2 % theme.classes.length]!,
        bad: theme.classes[7 % theme.classes.length]!,
      }[tone];
      marks.push({ kind: "rect", x: left, y: rowTop, width: cellRoom, height: ROW, fill: ground, stroke: theme.ink });
      const fill = tone === "plain" ? theme.ink : textOn(ground);
      drawPair(
        label,
        value,
        { x: left, y: rowTop, width: cellRoom, height: ROW, size: sizes.text, fill, bold: "second" },
        marks,
      );
      left += cellRoom;
    }
  });
}

interface PairBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly fill: string;
  readonly bold: "first" | "second";
}

/** Two texts of different weights, together in the middle. Widths are estimates, so both begin where they meet. */
function drawPair(
  first: string,
  second: string,
  { x, y, width, height, size, fill, bold }: PairBox,
  marks: Mark[],
): void {
  const weights = bold === "first" ? ([600, 400] as const) : ([400, 600] as const);
  const [a, b] = [textLength(first, size, weights[0]), textLength(second, size, weights[1])];
  const shared = { kind: "text", y: y + height / 2 + size * 0.36, size, fill } as const;
  const middle = x + width / 2;
  if (first === "" || second === "") {
    marks.push({
      ...shared,
      x: middle,
      text: first + second,
      weight: first === "" ? weights[1] : weights[0],
      anchor: "middle",
    });
    return;
  }
  const meeting = middle + (a - b) / 2;
  marks.push({ ...shared, x: meeting - 3, text: first, weight: weights[0], anchor: "end" });
  marks.push({ ...shared, x: meeting + 3, text: second, weight: weights[1] });
}
