/** Axes of a panel: few ticks, hairlines, labels in words. */
import type { Scale } from "./scale.ts";
import type { Mark } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** Place and size of a part of a figure. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room under a panel for the ticks and the label of its x axis. */
export const belowAxis = 40;

/** Room that the labels of a y axis need to its left. */
export const gutterOf = ({ ticks }: Scale): number =>
  Math.ceil(Math.max(0, ...ticks.map(({ label }) => textLength(label, sizes.small)))) + 8;

/** Hairlines with the ticks of y, the line of x with its ticks, and both labels. */
export function drawAxes(
  theme: Theme,
  { x, y, width, height }: Box,
  across: Scale,
  up: Scale,
  xLabel: string,
  yLabel: string,
): Mark[] {
  const bottom = y + height;
  const small = { kind: "text", size: sizes.small, fill: theme.soft } as const;
  const gutter = gutterOf(up);
  return [
    {
      kind: "path",
      lines: up.ticks.map(({ value }) => [
        [x, up.place(value)],
        [x + width, up.place(value)],
      ]),
      stroke: theme.line,
    },
    ...up.ticks.map(
      ({ value, label }): Mark => ({ ...small, x: x - 8, y: up.place(value) + 4, text: label, anchor: "end" }),
    ),
    {
      kind: "path",
      lines: [
        [
          [x, bottom],
          [x + width, bottom],
        ],
        ...across.ticks.map(
          ({ value }) =>
            [
              [across.place(value), bottom],
              [across.place(value), bottom + 4],
            ] as const,
        ),
      ],
      stroke: theme.soft,
    },
    ...across.ticks.map(
      ({ value, label }): Mark => ({ ...small, x: across.place(value), y: bottom + 17, text: label, anchor: "middle" }),
    ),
    { ...small, x: x + width, y: bottom + 34, text: cutText(xLabel, sizes.small, width + gutter), anchor: "end" },
    { ...small, size: sizes.text, x: x - gutter, y: y - 12, text: cutText(yLabel, sizes.text, width + gutter) },
  ];
}
