/**
 * A table in box-drawing characters, with a heavy head, a light body and a rule between all rows: cell for cell what Keras's
 * `summary()` prints with the Python library rich (its HEAVY_HEAD box).
 */
import { type Alignment, alignText, formatFixed, textWidth, wrapText } from "../base/format.ts";

export interface BoxColumn {
  readonly heading: string;
  /** Default "left". */
  readonly align?: Alignment;
  /** Text cells without the blank on either side; default: the widest cell. */
  readonly width?: number;
}

/**
 * The table as text; each line ends with "\n".
 *
 * @param rows cells by column; a missing cell is empty, a long one wraps between words
 * @param maximumWidth cells of a whole line, borders included; wider columns shrink to it. Default: unlimited
 */
export function boxTable(
  columns: readonly BoxColumn[],
  rows: readonly (readonly string[])[],
  maximumWidth = Number.POSITIVE_INFINITY,
): string {
  const widths = columnWidths(columns, rows, maximumWidth);
  const rule = (left: string, line: string, cross: string, right: string) =>
    `${left}${widths.map((width) => line.repeat(width + 2)).join(cross)}${right}\n`;
  const rowText = (cells: readonly string[], edge: string, atBottom: boolean) => {
    const wrapped = columns.map((_, i) => wrapText(cells[i] ?? "", widths[i]!));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, y) => {
      const line = wrapped.map((lines, i) => {
        const text = lines[atBottom ? y - height + lines.length : y] ?? "";
        return ` ${alignText(text, widths[i]!, columns[i]!.align)} `;
      });
      return `${edge}${line.join(edge)}${edge}\n`;
    }).join("");
  };
  const head = rowText(
    columns.map((column) => column.heading),
    "┃",
    true,
  );
  const body = rows.map((cells) => rowText(cells, "│", false)).join(rule("├", "─", "┼", "┤"));
  return rule("┏", "━", "┳", "┓") + head + rule("┡", "━", "╇", "┩") + body + rule("└", "─", "┴", "┘");
}

/**
 * Text cells of each column. Above the maximum, columns without a fixed width shrink first, starting with the widest; then all
 * columns shrink alike.
 */
function columnWidths(columns: readonly BoxColumn[], rows: readonly (readonly string[])[], maximum: number): number[] {
  const widestLine = (text: string) => Math.max(...text.split("\n").map(textWidth));
  // Including the blank on either side: rich distributes the excess over the padded widths.
  const padded = columns.map(
    ({ heading, width }, i) =>
      2 + (width ?? Math.max(...[heading, ...rows.map((cells) => cells[i] ?? "")].map(widestLine))),
  );
  const flexible = columns.flatMap((column, i) => (column.width === undefined ? [i] : []));
  let excess = padded.reduce((sum, width) => sum + width, 0) - (maximum - columns.length - 1);
  while (excess > 0 && flexible.length > 0) {
    const widest = flexible.reduce((best, i) => (padded[i]! > padded[best]! ? i : best));
    if (padded[widest]! <= 3) break;
    padded[widest]! -= 1;
    excess -= 1;
  }
  for (let i = 0; excess > 0 && i < padded.length; i++) {
    const share = Math.min(padded[i]!, Number(formatFixed(excess / (padded.length - i), 0)));
    padded[i]! -= share;
    excess -= share;
  }
  return padded.map((width) => Math.max(0, width - 2));
}
