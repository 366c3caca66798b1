/** Station 8 without its view: what was read wrongly, and how a drawing becomes what the network sees. */

import { confusionMatrix, worstConfusions } from "fovea/insight";
import { classesOf } from "../../base/classes.ts";

/** One digit and the network's answer. */
export interface Reading {
  readonly index: number;
  readonly label: number;
  readonly read: number;
  /** Probability of what was read. */
  readonly sure: number;
}

export function readingsOf(labels: ArrayLike<number>, probabilities: ArrayLike<number>): Reading[] {
  return classesOf(probabilities).map((read, index) => ({
    index,
    label: labels[index]!,
    read,
    sure: probabilities[10 * index + read]!,
  }));
}

export const filterNames = ["all", "wrong", "unsure"] as const;
export type FilterName = (typeof filterNames)[number];
/** A network that gives less than this to its answer is unsure. */
export const UNSURE = 0.8;

const filters: Readonly<Record<FilterName, (reading: Reading) => boolean>> = {
  all: () => true,
  wrong: ({ label, read }) => label !== read,
  unsure: ({ sure }) => sure < UNSURE,
};

/** The readings that pass a filter and, if a cell of the matrix is chosen, are in it. */
export const chosen = (
  readings: readonly Reading[],
  filter: FilterName,
  cell?: { readonly label: number; readonly read: number },
): Reading[] =>
  readings.filter(
    (reading) =>
      filters[filter](reading) && (cell === undefined || (reading.label === cell.label && reading.read === cell.read)),
  );

/** Counts by truth (rows) and answer (columns), 10 x 10. */
export const countPairs = (readings: readonly Reading[]): number[][] =>
  confusionMatrix(
    readings.map(({ label }) => label),
    readings.map(({ read }) => read),
    10,
  );

/** "4 read as 9: 11 times", the most frequent first. */
export const worstPairs = (counts: readonly (readonly number[])[], most = 3): string[] =>
  worstConfusions(counts, most).map(
    ({ truth, predicted, count }) => `${truth} read as ${predicted}: ${count === 1 ? "once" : `${count} times`}`,
  );

/** The rows that are nearest to one, by the length of the difference as a share of its own length; the nearest first. */
export function nearestRows(
  own: ArrayLike<number>,
  rows: readonly ArrayLike<number>[],
  most: number,
): { readonly row: number; readonly distance: number }[] {
  const length = Math.sqrt(Array.from(own).reduce((sum, value) => sum + value * value, 0)) || 1;
  return rows
    .map((other, row) => {
      let squares = 0;
      for (let i = 0; i < own.length; i++) squares += (own[i]! - other[i]!) ** 2;
      return { row, distance: Math.sqrt(squares) / length };
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most);
}

/** The rows of a lesson's batch: -1 for the mistaken digit, else the number of a drawn one; each of those comes once. */
export const lessonRows = (step: number, batch: number, taught: number): number[] =>
  Array.from({ length: batch }, (_, at) => (at < taught ? -1 : step * (batch - taught) + at - taught));

/** What a lesson has changed among all digits: "97 of 100 were right, now 98; …". */
export function lessonWords(labels: ArrayLike<number>, before: readonly number[], after: readonly number[]): string {
  const right = (read: readonly number[]) => read.filter((each, row) => each === labels[row]).length;
  const learnt = after.flatMap((each, row) => (each === labels[row] && before[row] !== each ? [row] : []));
  const forgotten = after.flatMap((each, row) => (each !== labels[row] && before[row] === labels[row] ? [row] : []));
  const list = (rows: readonly number[]) => (rows.length === 0 ? "none" : rows.join(", "));
  return `${right(before)} of ${before.length} digits were right, now ${right(after)}. Learnt: ${list(learnt)}. Forgotten: ${list(forgotten)}.`;
}
