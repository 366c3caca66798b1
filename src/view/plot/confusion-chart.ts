/** Which classes are taken for which: a matrix whose errors stand out. */
import { ArgumentError } from "../../base/errors.ts";
import { formatCount, formatPercent } from "../../base/format.ts";
import { type Grid, readFlag, readGrid, readNames } from "./check.ts";
import { colorIndex, colorMap, hexOf, textOn } from "./color.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { LARGEST } from "./scale.ts";
import type { Mark, Scene } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes } from "./theme.ts";

export interface ConfusionChartOptions extends FigureOptions {
  /** Counts by true class (rows) and predicted class (columns), at most 100 x 100. */
  readonly matrix: Grid;
  /** Default: "0", "1", … */
  readonly names?: readonly string[];
  /** Whether the right answers are shaded too; their large counts make the errors pale. Default false. */
  readonly shadeDiagonal?: boolean;
  /** The cell in the accent colour: [true class, predicted class]. */
  readonly selected?: readonly [truth: number, predicted: number];
}

const known = [
  "matrix",
  "names",
  "shadeDiagonal",
  "selected",
] as const satisfies readonly (keyof ConfusionChartOptions)[];

/**
 * Counts in cells: rows are the true classes, columns the predicted ones. A cell's `key` is "truth,predicted".
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for a matrix that is not square
 *
 * @example
 * ```ts
 * import { confusionChart } from "fovea/plot";
 * const scene = confusionChart({ title: "Test set", matrix: [[97, 3], [5, 95]], names: ["cat", "dog"] });
 * ```
 */
export function confusionChart(options: ConfusionChartOptions): Scene {
  const owner = "confusionChart";
  const frame = openFrame(owner, options, known, { title: "Confusion matrix", width: 480 });
  const { theme } = frame;
  const { data, shape } = readGrid(owner, "matrix", options.matrix, 2, "[classes, classes]");
  const [classes] = shape as readonly [number, number];
  if (classes !== shape[1] || classes > 100)
    throw new ArgumentError(
      `${owner}: matrix has ${classes} rows of ${shape[1]}, expected a square matrix of at most 100 classes.`,
    );
  for (let i = 0; i < data.length; i++)
    if (!(data[i]! >= 0 && data[i]! < LARGEST))
      throw new ArgumentError(
        `${owner}: matrix[${Math.floor(i / classes)}][${i % classes}] is ${data[i]}, expected a count, 0 or more.`,
      );
  const names = readNames(owner, "names", options.names, classes);
  const shadeDiagonal = readFlag(owner, "shadeDiagonal", options.shadeDiagonal ?? false);
  const selected = readSelected(owner, options.selected, classes);
  const widest = Math.min(frame.room * 0.25, Math.max(...names.map((name) => textLength(name, sizes.text, 600))));
  const left = margin + widest + 32;
  const top = frame.top + 42;
  const side = (margin + frame.room - left) / classes;
  const map = colorMap("sequential", theme);
  const shaded = Array.from(data).filter((_, i) => shadeDiagonal || Math.floor(i / classes) !== i % classes);
  const most = Math.max(1, ...shaded);
  const size = side >= 34 ? sizes.text : sizes.small;
  const hasRoom = (text: string) => textLength(text, size) + 1 <= side;
  const marks: Mark[] = Array.from(data).flatMap((count, i): Mark[] => {
    const [truth, predicted] = [Math.floor(i / classes), i % classes];
    const [x, y] = [left + predicted * side, top + truth * side];
    const isDiagonal = truth === predicted;
    const fill = isDiagonal && !shadeDiagonal ? theme.cell : hexOf(map, colorIndex(count, [0, most], "sequential"));
    const times = `${formatCount(count)} ${count === 1 ? "time" : "times"}`;
    const label = isDiagonal
      ? `${names[truth]} read rightly: ${times}`
      : `${names[truth]} read as ${names[predicted]}: ${times}`;
    const cell: Mark = {
      kind: "rect",
      x: x + 0.5,
      y: y + 0.5,
      width: side - 1,
      height: side - 1,
      radius: Math.min(2, side / 8),
      fill,
      key: `${truth},${predicted}`,
      label,
    };
    if (count === 0 || !hasRoom(formatCount(count))) return [cell];
    const text = {
      kind: "text",
      x: x + side / 2,
      y: y + side / 2 + size * 0.36,
      text: formatCount(count),
      size,
      fill: isDiagonal && !shadeDiagonal ? theme.ink : textOn(fill),
      anchor: "middle",
    } as const;
    return [cell, text];
  });
  const step = Math.ceil(14 / side);
  const labels = names.flatMap((name, i): Mark[] => {
    if (i % step !== 0) return [];
    const middle = (i + 0.5) * side;
    const text = { kind: "text", size: sizes.text, fill: theme.ink, weight: 600 } as const;
    return [
      { ...text, x: left - 8, y: top + middle + 4.5, text: cutText(name, sizes.text, widest, 600), anchor: "end" },
      {
        ...text,
        x: left + middle,
        y: top - 7,
        text: cutText(name, sizes.text, side * step + 2, 600),
        anchor: "middle",
      },
    ];
  });
  const axis = { kind: "text", size: sizes.small, fill: theme.soft } as const;
  const heads: Mark[] = [
    { ...axis, x: left, y: top - 26, text: "predicted →" },
    { ...axis, x: margin, y: top - 7, text: "true ↓" },
  ];
  const ring: Mark[] =
    selected === undefined
      ? []
      : [
          {
            kind: "rect",
            x: left + selected[1] * side,
            y: top + selected[0] * side,
            width: side,
            height: side,
            stroke: theme.accent,
            strokeWidth: 2.5,
            radius: 2,
          },
        ];
  return frame.finish([...heads, ...labels, ...marks, ...ring], top + classes * side, confusionWords(data, names));
}

function readSelected(owner: string, given: unknown, classes: number): readonly [number, number] | undefined {
  if (given === undefined) return undefined;
  const isClass = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < classes;
  if (!Array.isArray(given) || given.length !== 2 || !Array.from(given).every(isClass))
    throw new ArgumentError(
      `${owner}: selected must be [true class, predicted class], two whole numbers from 0 to ${classes - 1}.`,
    );
  return given as unknown as readonly [number, number];
}

function confusionWords(data: ArrayLike<number>, names: readonly string[]): string {
  const classes = names.length;
  const counts = Array.from(data);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const right = names.reduce((sum, _, i) => sum + counts[i * classes + i]!, 0);
  const worst = counts
    .map((count, i) => ({ count, truth: Math.floor(i / classes), predicted: i % classes }))
    .filter(({ count, truth, predicted }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map(({ count, truth, predicted }) => `${names[truth]} read as ${names[predicted]}: ${formatCount(count)}`);
  const accuracy = `${formatCount(right)} of ${formatCount(total)} right (${formatPercent(total === 0 ? Number.NaN : right / total, 2)}).`;
  return worst.length === 0 ? accuracy : `${accuracy} Most frequent errors: ${worst.join(", ")}.`;
}
