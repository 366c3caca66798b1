/** Principal components: the few directions in which rows of numbers differ the most. */
import { NumericError, ShapeError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { keyOf, RandomStream } from "../base/random.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { checkWhole } from "./image-model.ts";

export interface PrincipalComponentsOptions {
  /** How many, at most the smaller number of rows and entries. Default 2. */
  readonly components?: number | undefined;
}

/** What `principalComponents` returns. */
export interface PrincipalComponents {
  /** The rows in the plane of the components, [rows, components]; their mean is 0. */
  readonly coordinates: Tensor;
  /** Directions of length 1, [components, entries]; the entry of each that is largest in magnitude is above 0. */
  readonly components: Tensor;
  /** [entries]. */
  readonly mean: Tensor;
  /** Share of the rows' whole variance along each component, falling. */
  readonly shares: readonly number[];
}

/**
 * Principal components of rows (Pearson 1901, Hotelling 1933): for drawing what a layer gives for many images as points in a plane.
 * Eigenvectors of the smaller one of rows × rows and entries × entries, by orthogonal iteration in float64.
 *
 * @param rows [rows, entries]: two rows or more, such as `featureMaps` gives for a Flatten or Dense layer
 * @throws ShapeError for other shapes; ArgumentError for options; NumericError for numbers that are not finite
 * @example
 * ```ts
 * import { principalComponents } from "fovea/insight";
 * const { coordinates, shares } = principalComponents([[0, 0], [1, 1], [2, 2]], { components: 1 });
 * coordinates.toArray(); // [[-1.414…], [0], [1.414…]]
 * shares;                // [1]
 * ```
 */
export function principalComponents(rows: TensorLike, options: PrincipalComponentsOptions = {}): PrincipalComponents {
  const who = "principalComponents";
  checkKeys(who, options, ["components"]);
  const given = tensor(rows);
  const [count = 0, width = 0] = given.shape;
  if (given.rank !== 2 || count < 2 || width < 1)
    throw new ShapeError(`${who}: got ${formatShape(given.shape)}, expected (rows, entries) with two rows or more.`);
  const { components: wanted = Math.min(2, count, width) } = options;
  checkWhole(who, "components", wanted, 1);
  if (wanted > Math.min(count, width))
    throw new ShapeError(
      `${who}: ${wanted} components of ${count} rows with ${width} entries; ask for ${Math.min(count, width)} at most.`,
    );
  const { mean, centred } = centre(who, given, count, width);
  const isWide = width > count;
  const size = Math.min(count, width);
  const products = isWide ? rowProducts(centred, count, width) : entryProducts(centred, count, width);
  let total = 0;
  for (let i = 0; i < size; i++) total += products[i * size + i]!;
  const { vectors, values } = leadingEigenvectors(products, size, wanted);
  const directions = vectors.map((vector) => directed(isWide ? combine(centred, vector, count, width) : vector));
  const coordinates = Float32Array.from({ length: count * wanted }, (_, i) => {
    const [row, direction] = [Math.floor(i / wanted), directions[i % wanted]!];
    return direction.reduce((sum, entry, k) => sum + entry * centred[row * width + k]!, 0);
  });
  return {
    coordinates: new Tensor(coordinates, [count, wanted]),
    components: new Tensor(Float32Array.from(directions.flatMap((direction) => [...direction])), [wanted, width]),
    mean: new Tensor(Float32Array.from(mean), [width]),
    shares: values.map((value) => (total === 0 ? 0 : Math.max(0, value) / total)),
  };
}

function centre(who: string, { data }: Tensor, count: number, width: number) {
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / count;
  if (!mean.every(Number.isFinite)) throw new NumericError(`${who}: the rows hold numbers that are NaN or infinite.`);
  return { mean, centred: Float64Array.from(data, (value, i) => value - mean[i % width]!) };
}

/** Of each two rows. */
function rowProducts(centred: Float64Array, count: number, width: number): Float64Array {
  const rows = Array.from({ length: count }, (_, row) => centred.subarray(row * width, (row + 1) * width));
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = i; j < count; j++) {
      products[i * count + j] = dot(rows[i]!, rows[j]!);
      products[j * count + i] = products[i * count + j]!;
    }
  return products;
}

/** Of each two entries, added up row by row. */
function entryProducts(centred: Float64Array, count: number, width: number): Float64Array {
  const products = new Float64Array(width * width);
  for (let row = 0; row < count; row++)
    for (let i = 0; i < width; i++) {
      const value = centred[row * width + i]!;
      for (let j = 0; j < width; j++) products[i * width + j]! += value * centred[row * width + j]!;
    }
  return products;
}

/** The direction in the space of entries that belongs to an eigenvector over the rows. */
function combine(centred: Float64Array, vector: Float64Array, count: number, width: number): Float64Array {
  const direction = new Float64Array(width);
  for (let row = 0; row < count; row++)
    for (let k = 0; k < width; k++) direction[k]! += vector[row]! * centred[row * width + k]!;
  return direction;
}

/** Of length 1, with its largest entry above 0: else the sign would be left to chance. */
function directed(direction: Float64Array): Float64Array {
  let [largest, squares] = [0, 0];
  for (const entry of direction) {
    if (Math.abs(entry) > Math.abs(largest)) largest = entry;
    squares += entry * entry;
  }
  const scale = squares === 0 ? 0 : Math.sign(largest) / Math.sqrt(squares);
  return direction.map((entry) => entry * scale);
}

/** Iterations after which vectors that still turn are taken as they are: their eigenvalues are equal to many digits. */
const MOST_ITERATIONS = 1000;

/**
 * Eigenvectors of the largest eigenvalues of a symmetric matrix without negative ones. Orthogonal iteration on some vectors more
 * than are wanted, which makes it fast where the next eigenvalues are close; the small problem inside is solved by Jacobi's method.
 */
function leadingEigenvectors(matrix: Float64Array, size: number, wanted: number) {
  const block = Math.min(size, wanted + 8);
  const random = new RandomStream(keyOf(1));
  let basis = orthogonal(
    Array.from({ length: block }, () => Float64Array.from({ length: size }, () => random.normal())),
  );
  let values: number[] = [];
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const images = basis.map((vector) => product(matrix, vector));
    const small = basis.map((vector) => images.map((image) => dot(vector, image)));
    const { vectors, values: found } = jacobi(small);
    const order = [...found.keys()].sort((i, j) => found[j]! - found[i]!);
    values = order.map((i) => found[i]!);
    const turn = (list: readonly Float64Array[]) =>
      order.map((i) =>
        Float64Array.from({ length: size }, (_, k) =>
          list.reduce((sum, each, j) => sum + vectors[j]![i]! * each[k]!, 0),
        ),
      );
    const [turned, turnedImages] = [turn(basis), turn(images)];
    const misses = turned
      .slice(0, wanted)
      .map((vector, i) =>
        Math.sqrt(turnedImages[i]!.reduce((sum, each, k) => sum + (each - values[i]! * vector[k]!) ** 2, 0)),
      );
    basis = turned;
    if (Math.max(...misses) <= 1e-10 * Math.max(values[0]!, Number.MIN_VALUE)) break;
    basis = orthogonal(turnedImages);
  }
  return { vectors: basis.slice(0, wanted), values: values.slice(0, wanted) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * size, (i + 1) * size), vector));
}

/** Gram and Schmidt, twice for the sake of rounding; what depends on earlier vectors gives way to an axis that does not. */
function orthogonal(vectors: readonly Float64Array[]): Float64Array[] {
  const made: Float64Array[] = [];
  for (const [i, vector] of vectors.entries()) {
    let next = vector.slice();
    for (let axis = i; ; axis = (axis + 1) % vector.length) {
      const before = Math.sqrt(dot(next, next));
      for (let pass = 0; pass < 2; pass++)
        for (const other of made) {
          const along = dot(other, next);
          for (let k = 0; k < next.length; k++) next[k]! -= along * other[k]!;
        }
      const length = Math.sqrt(dot(next, next));
      if (length > 1e-10 * before) {
        made.push(next.map((entry) => entry / length));
        break;
      }
      next = new Float64Array(vector.length);
      next[axis] = 1;
    }
  }
  return made;
}

/** Eigenvectors (columns) and eigenvalues of a small symmetric matrix: Jacobi's rotations. */
function jacobi(given: readonly (readonly number[])[]): { vectors: number[][]; values: number[] } {
  const size = given.length;
  const a = given.map((row) => [...row]);
  const v = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  const scale = Math.max(...a.flat().map(Math.abs));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off = Math.max(off, Math.abs(a[p]![q]!));
    if (off <= 1e-14 * scale || off === 0) break;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
  }
  return { vectors: v, values: a.map((row, i) => row[i]!) };
}

function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (apq === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (x: number, y: number): [number, number] => [c * x - s * y, s * x + c * y];
  for (const row of a) [row[p], row[q]] = turn(row[p]!, row[q]!);
  const [ap, aq] = [a[p]!, a[q]!];
  for (let k = 0; k < ap.length; k++) [ap[k], aq[k]] = turn(ap[k]!, aq[k]!);
  for (const row of v) [row[p], row[q]] = turn(row[p]!, row[q]!);
}
