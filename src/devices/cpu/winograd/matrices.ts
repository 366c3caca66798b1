/**
 * The matrices of Winograd's minimal filtering F(m,3): a tile of m outputs of a 3-tap filter takes m + 2 multiplications instead
 * of 3·m,
 *
 *   y = Aᵀ [(G g) ⊙ (Bᵀ d)],  d: m + 2 inputs, g: 3 taps, y: m outputs,
 *
 * in two dimensions Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A. Derived by Toom-Cook from the points at which polynomials are evaluated: row
 * i of G and column i of Aᵀ hold the powers of point pᵢ, row i of Bᵀ the coefficients of Π_{j≠i}(x − pⱼ), and G is divided by
 * Π_{j≠i}(pᵢ − pⱼ); the last point is ∞.
 *
 * Sources: S. Winograd, Arithmetic Complexity of Computations (1980); A. Lavin and S. Gray, Fast Algorithms for Convolutional
 * Neural Networks (2016); B. Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution (2020).
 */

/** Outputs of a tile along one axis. */
export type Tile = 2 | 4 | 6;

/** Rows of coefficients. */
export type Matrix = readonly (readonly number[])[];

export interface WinogradMatrices {
  /** Bᵀ [m+2, m+2]: inputs to frequencies. */
  readonly input: Matrix;
  /** G [m+2, 3]: taps to frequencies. */
  readonly kernel: Matrix;
  /** Aᵀ [m, m+2]: frequencies to outputs. */
  readonly output: Matrix;
}

/**
 * Points besides ∞. ±√½ and ±√2 cost the same as the usual ±1 and ±2 and err a quarter as much (docs/numerics.md). Of the points
 * ±p, ±1 and ±1/p, whose matrices have few different factors, those with p = 0.55 err least: two thirds of the usual p = ½.
 */
const points: Readonly<Record<Tile, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2],
  6: [0, 0.55, -0.55, 1, -1, 1 / 0.55, -1 / 0.55],
};

/** Values along one axis of a tile before or after transformation: m + 2. */
export const frequencies = (tile: Tile): number => tile + 2;

const made = /* @__PURE__ */ new Map<Tile, WinogradMatrices>();

/** The matrices of a tile, made once: every convolution asks for them. */
export function winogradMatrices(tile: Tile): WinogradMatrices {
  const matrices = made.get(tile) ?? makeMatrices(tile);
  made.set(tile, matrices);
  return matrices;
}

function makeMatrices(tile: Tile): WinogradMatrices {
  const finite = points[tile];
  const powers = (count: number, last: number) =>
    [...finite.map((p) => Array.from({ length: count }, (_, k) => p ** k)), unit(count, last)] as Matrix;
  const scales = finite.map((p, i) => finite.reduce((product, q, j) => (i === j ? product : product * (p - q)), 1));
  return {
    input: tidied([
      ...finite.map((_, i) => expand(finite.toSpliced(i, 1), frequencies(tile))),
      expand(finite, frequencies(tile)),
    ]),
    kernel: tidied(powers(3, 2).map((row, i) => row.map((value) => value / (scales[i] ?? 1)))),
    output: tidied(transposed(powers(tile, tile - 1))),
  };
}

/**
 * Products of the irrational points are multiples of 1/8 except for rounding. They are rounded to these, so that factors of 1 are
 * recognized.
 */
function tidied(matrix: Matrix): Matrix {
  const tidy = (value: number) => {
    const eighths = Math.round(8 * value);
    return Math.abs(8 * value - eighths) < 1e-12 ? eighths / 8 : value;
  };
  return matrix.map((row) => row.map(tidy));
}

/** Coefficients of Π (x − root), lowest power first, padded with zeros. */
function expand(roots: readonly number[], length: number): number[] {
  let product = [1];
  for (const root of roots) product = [...product, 0].map((_, k) => (product[k - 1] ?? 0) - root * (product[k] ?? 0));
  return [...product, ...new Array<number>(length - product.length).fill(0)];
}

const unit = (length: number, at: number) => Array.from({ length }, (_, k) => (k === at ? 1 : 0));

export function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, k) => matrix.map((row) => row[k]!));
}
