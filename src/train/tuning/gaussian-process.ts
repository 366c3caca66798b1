/**
 * Regression by a Gaussian process of mean 0 and variance 1 with the kernel of Matérn, ν = 5/2: Rasmussen and Williams 2006,
 * equations 2.23 to 2.30 and 4.17. Of length scale and noise those are taken whose marginal likelihood is largest, of a short list.
 */

import { errorFunction } from "../../ir/expr.ts";

export type Point = readonly number[];

const lengths = [0.1, 0.2, 0.4, 0.8, 1.6];
const noises = [1e-4, 1e-2, 1e-1];

/** k(d) = (1 + √5 d/ℓ + 5 d²/(3 ℓ²)) e^(−√5 d/ℓ). */
function matern(a: Point, b: Point, length: number): number {
  const distance = (Math.sqrt(5) * Math.hypot(...a.map((value, i) => value - b[i]!))) / length;
  return (1 + distance + distance ** 2 / 3) * Math.exp(-distance);
}

/** L, lower and positive on the diagonal, with L Lᵀ = A. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const made: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j < i ? lower[j]! : made;
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= made[k]! * other[k]!;
      made.push(i === j ? Math.sqrt(rest) : rest / other[j]!);
    }
    lower.push(made);
  }
  return lower;
}

/** L⁻¹ b. */
function solveLower(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const solved: number[] = [];
  for (const [i, row] of lower.entries()) {
    let rest = right[i]!;
    for (let k = 0; k < i; k++) rest -= row[k]! * solved[k]!;
    solved.push(rest / row[i]!);
  }
  return solved;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

export class GaussianProcess {
  readonly length: number;
  readonly noise: number;
  /** log p(values | points), but for a constant. */
  readonly likelihood: number;
  readonly #points: readonly Point[];
  readonly #lower: readonly (readonly number[])[];
  /** L⁻¹ values. */
  readonly #solved: readonly number[];

  constructor(points: readonly Point[], values: readonly number[], length: number, noise: number) {
    [this.#points, this.length, this.noise] = [points, length, noise];
    const covariance = points.map((a, i) => points.map((b, j) => matern(a, b, length) + (i === j ? noise : 0)));
    this.#lower = cholesky(covariance);
    this.#solved = solveLower(this.#lower, values);
    const logs = this.#lower.reduce((sum, row, i) => sum + Math.log(row[i]!), 0);
    this.likelihood = -0.5 * dot(this.#solved, this.#solved) - logs;
  }

  /** The process that explains the values best. */
  static fit(points: readonly Point[], values: readonly number[]): GaussianProcess {
    const made = lengths.flatMap((length) => noises.map((noise) => new GaussianProcess(points, values, length, noise)));
    return made.reduce((best, each) => (each.likelihood > best.likelihood ? each : best));
  }

  /** Mean and standard deviation of the value at a point, without noise. */
  predict(point: Point): { readonly mean: number; readonly deviation: number } {
    const solved = solveLower(
      this.#lower,
      this.#points.map((each) => matern(each, point, this.length)),
    );
    return { mean: dot(solved, this.#solved), deviation: Math.sqrt(Math.max(1 - dot(solved, solved), 0)) };
  }
}

/** By how much a normal value is below `best` on average, where it is: Jones, Schonlau, Welch 1998, equation 15. */
export function expectedImprovement(best: number, mean: number, deviation: number): number {
  if (deviation === 0) return Math.max(best - mean, 0);
  const z = (best - mean) / deviation;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return (best - mean) * 0.5 * (1 + errorFunction(z / Math.SQRT2)) + deviation * density;
}
