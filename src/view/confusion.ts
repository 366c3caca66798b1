/** Counts which classes a network confuses. */
import { ArgumentError } from "../base/errors.ts";
import { alignText, formatCount, formatPercent, formatValue, textWidth } from "../base/format.ts";

/** How often one class was predicted as another one. */
export interface Confusion {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
}

/** A matrix of more has no reader, and may not fit into memory. */
const MOST_CLASSES = 10_000;

/** Throws unless it is rows of counts. */
function checkMatrix(who: string, matrix: unknown): void {
  const isRow = (row: unknown) => Array.isArray(row) && [...row].every((count) => typeof count === "number");
  if (!Array.isArray(matrix) || ![...matrix].every(isRow))
    throw new ArgumentError(`${who}: the matrix is ${formatValue(matrix)}, expected rows of counts.`);
}

/**
 * Counts by true class (rows) and predicted class (columns).
 *
 * @throws ArgumentError when the two have different lengths or hold something that is no class 0 … classes-1
 * @example
 * ```ts
 * import { confusionMatrix } from "fovea/insight";
 * confusionMatrix([0, 1, 1], [0, 1, 0], 2); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  for (const [what, list] of [
    ["truth", truth],
    ["predicted", predicted],
  ] as const)
    if (!Array.isArray(list) && !(ArrayBuffer.isView(list) && "length" in list))
      throw new ArgumentError(`confusionMatrix: ${what} is ${formatValue(list)}, expected a list of classes.`);
  if (!Number.isInteger(classes) || classes < 1 || classes > MOST_CLASSES)
    throw new ArgumentError(
      `confusionMatrix: classes is ${formatValue(classes)}, expected their number, 1 to ${MOST_CLASSES}.`,
    );
  if (truth.length !== predicted.length)
    throw new ArgumentError(
      `confusionMatrix: ${truth.length} true classes but ${predicted.length} predicted ones; both must be of the same samples.`,
    );
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const classAt = (what: string, list: ArrayLike<number>, i: number) => {
    const value = list[i]!;
    if (!Number.isInteger(value) || value < 0 || value >= classes)
      throw new ArgumentError(
        `confusionMatrix: ${what}[${i}] is ${value}, expected a class 0 … ${classes - 1} (for one-hot rows or probabilities, take argMax first).`,
      );
    return value;
  };
  for (let i = 0; i < truth.length; i++) {
    matrix[classAt("truth", truth, i)]![classAt("predicted", predicted, i)]! += 1;
  }
  return matrix;
}

/**
 * The mistakes, most frequent first, then by class; at most `limit`.
 *
 * @example
 * ```ts
 * import { worstConfusions } from "fovea/insight";
 * worstConfusions([[1, 0], [2, 1]]); // [{ truth: 1, predicted: 0, count: 2 }]
 * ```
 */
export function worstConfusions(matrix: readonly (readonly number[])[], limit = Number.POSITIVE_INFINITY): Confusion[] {
  checkMatrix("worstConfusions", matrix);
  if (typeof limit !== "number" || Number.isNaN(limit) || limit < 0)
    throw new ArgumentError(`worstConfusions: limit is ${formatValue(limit)}, expected a number of 0 or more.`);
  const mistakes = matrix.flatMap((row, truth) =>
    row.flatMap((count, predicted) => (truth !== predicted && count > 0 ? [{ truth, predicted, count }] : [])),
  );
  return mistakes.sort((a, b) => b.count - a.count).slice(0, limit);
}

/** "4 read as 9: 11 times" */
function confusionWords({ truth, predicted, count }: Confusion, names: readonly string[]): string {
  return `${names[truth]} read as ${names[predicted]}: ${formatCount(count)} ${count === 1 ? "time" : "times"}`;
}

/**
 * The matrix with a heading per row (truth) and per column (prediction). Each row ends with its recall (share of that class that
 * was found), each column with its precision (share of those predictions that were right). Accuracy and the worst mistakes in
 * words follow. Ends with "\n". A class that never occurred, or was never predicted, has "–".
 *
 * @param classNames default: "0", "1", …
 * @param worst number of mistakes to print in words
 * @throws ArgumentError when the matrix is not square or the names do not match it
 * @example
 * ```ts
 * import { confusionText } from "fovea/insight";
 * confusionText([[1, 0], [2, 1]], ["cat", "dog"]);
 * ```
 */
export function confusionText(
  matrix: readonly (readonly number[])[],
  classNames?: readonly string[],
  worst = 5,
): string {
  checkMatrix("confusionText", matrix);
  const names: readonly string[] = classNames ?? matrix.map((_, i) => String(i));
  if (!Array.isArray(names) || ![...names].every((name) => typeof name === "string"))
    throw new ArgumentError(`confusionText: classNames is ${formatValue(names)}, expected a name for each class.`);
  const classes = matrix.length;
  if (classes === 0 || matrix.some((row) => row.length !== classes))
    throw new ArgumentError(
      `confusionText: the matrix has ${classes} rows of ${matrix.map((row) => row.length).join(", ") || "no"} columns; it must be square.`,
    );
  if (names.length !== classes)
    throw new ArgumentError(`confusionText: ${names.length} classNames for ${classes} classes; give one for each.`);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const columns = matrix.map((_, j) => matrix.map((row) => row[j]!));
  const recall = matrix.map((row, i) => formatPercent(row[i]! / sum(row)));
  const precision = columns.map((column, j) => formatPercent(column[j]! / sum(column)));
  const head = ["truth", ...names, "recall"];
  const body = matrix.map((row, i) => [names[i]!, ...row.map((count) => formatCount(count)), recall[i]!]);
  const foot = ["precision", ...precision, ""];
  const widths = head.map((_, i) => Math.max(...[head, ...body, foot].map((cells) => textWidth(cells[i]!))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => alignText(cell, widths[i]!, i === 0 ? "left" : "right"))
      .join("  ")
      .trimEnd();
  const total = sum(matrix.flat());
  const right = sum(matrix.map((row, i) => row[i]!));
  const rule = "─".repeat(sum(widths) + 2 * (widths.length - 1));
  const mistakes = worstConfusions(matrix, worst);
  return [
    `${" ".repeat(widths[0]! + 2)}predicted`,
    line(head),
    rule,
    ...body.map(line),
    rule,
    line(foot),
    "",
    `accuracy ${formatPercent(right / total, 2)} (${formatCount(right)} of ${formatCount(total)})`,
    ...mistakes.map((mistake) => confusionWords(mistake, names)),
    "",
  ].join("\n");
}
