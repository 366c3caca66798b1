/** Neurons as Hubel and Wiesel found them: simple cells with oriented fields that tile the retina, and cells that sum their neighbours. */
import { light, RETINA, type Stimulus, turned } from "./stimulus.ts";

/** Rows and columns of a simple cell's field. */
export const FIELD = 9;
const REACH = (FIELD - 1) / 2;

/** Spikes a second that the best bar calls forth. */
export const BEST_RATE = 50;

/** Standard deviations of the field along and across its direction, and the wavelength of its stripes, in pixels. */
const ALONG = 2.4;
const ACROSS = 1.7;
const WAVE = 5.5;

export interface SimpleCell {
  /** Row and column of the middle of its field. */
  readonly y: number;
  readonly x: number;
  /** The direction that it prefers, in degrees. */
  readonly angle: number;
}

/** Gabor's function: a wave under a bell; its sum is 0, so that even light gives no response. */
function gabor(angle: number): Float64Array {
  const bells = new Float64Array(FIELD * FIELD);
  const waves = bells.map((_, i) => {
    const { along, across } = turned(Math.floor(i / FIELD) - REACH, (i % FIELD) - REACH, angle);
    bells[i] = Math.exp(-(along ** 2) / (2 * ALONG ** 2) - across ** 2 / (2 * ACROSS ** 2));
    return bells[i]! * Math.cos((2 * Math.PI * across) / WAVE);
  });
  const sum = (list: Float64Array) => list.reduce((total, each) => total + each, 0);
  const excess = sum(waves) / sum(bells);
  return waves.map((each, i) => each - excess * bells[i]!);
}

/** A bar of this width and no end, through the middle of the field, calls forth the best rate. */
const BEST_WIDTH = 1.6;

const weightsOf = new Map<number, Float32Array>();

/** The weights of a simple cell, 9 x 9: light on the positive ones excites it, on the negative ones it inhibits. */
export function fieldWeights(angle: number): Float32Array {
  const known = weightsOf.get(angle);
  if (known !== undefined) return known;
  const raw = gabor(angle);
  const [y, x] = [RETINA / 2, RETINA / 2];
  const best = light({ shape: "bar", y, x, angle, length: 2 * RETINA, width: BEST_WIDTH });
  const weights = Float32Array.from(raw, (each) => (each * BEST_RATE) / weigh(raw, { y, x }, best));
  weightsOf.set(angle, weights);
  return weights;
}

/** The light under a field, weighed. Parts of the field that lie outside of the retina see nothing. */
function weigh(weights: ArrayLike<number>, { y, x }: Pick<SimpleCell, "y" | "x">, seen: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < FIELD * FIELD; i++) {
    const [row, column] = [y - REACH + Math.floor(i / FIELD), x - REACH + (i % FIELD)];
    if (row >= 0 && column >= 0 && row < RETINA && column < RETINA) sum += weights[i]! * seen[row * RETINA + column]!;
  }
  return sum;
}

/** Spikes a second of a simple cell. */
export function simpleRate(cell: SimpleCell, seen: Float32Array): number {
  return Math.max(0, weigh(fieldWeights(cell.angle), cell, seen));
}

/** Directions of the mosaic's cells, in degrees. */
export const directions = [0, 45, 90, 135] as const;
/** Cells of a direction in a row and in a column; their fields overlap. */
export const MOSAIC = 7;
const SPACING = 4;

/** Row or column of the middle of a field of the mosaic. */
export const placeOf = (index: number): number => 2 + SPACING * index;

/** Rates of all cells of the mosaic, [MOSAIC, MOSAIC, directions]. */
export function mosaicRates(seen: Float32Array): Float32Array {
  const count = directions.length;
  return Float32Array.from({ length: MOSAIC * MOSAIC * count }, (_, i) => {
    const place = Math.floor(i / count);
    const [y, x] = [placeOf(Math.floor(place / MOSAIC)), placeOf(place % MOSAIC)];
    return simpleRate({ y, x, angle: directions[i % count]! }, seen);
  });
}

/** An input of a second-layer cell: a simple cell beside it, and the sign with which it counts. */
export interface Wire {
  readonly name: string;
  readonly down: number;
  readonly right: number;
  readonly direction: (typeof directions)[number];
  readonly weight: 1 | -1;
}

export interface SecondCell {
  readonly name: "corner" | "cross";
  readonly wires: readonly Wire[];
  /** What the sum must exceed before the cell fires. */
  readonly threshold: number;
}

const wire = (name: string, down: number, right: number, weight: 1 | -1): Wire => ({
  name,
  down,
  right,
  direction: down === 0 ? 0 : 90,
  weight,
});

/** Cells that sum four neighbours. The corner wants light to the right and above, and none to the left and below. */
export const secondCells: readonly SecondCell[] = [
  {
    name: "corner",
    wires: [wire("right", 0, 1, 1), wire("above", -1, 0, 1), wire("left", 0, -1, -1), wire("below", 1, 0, -1)],
    threshold: BEST_RATE,
  },
  {
    name: "cross",
    wires: [wire("right", 0, 1, 1), wire("above", -1, 0, 1), wire("left", 0, -1, 1), wire("below", 1, 0, 1)],
    threshold: 2.5 * BEST_RATE,
  },
];

export interface SecondSum {
  /** What each wire brings, with its sign. */
  readonly terms: readonly number[];
  readonly rate: number;
}

/** The sum of a second-layer cell at a place of the mosaic. All excitatory inputs at their best give the best rate. */
export function secondSum(cell: SecondCell, rates: Float32Array, row: number, column: number): SecondSum {
  const terms = cell.wires.map(({ down, right, direction, weight }) => {
    const [y, x] = [row + down, column + right];
    if (y < 0 || x < 0 || y >= MOSAIC || x >= MOSAIC) return 0;
    return weight * rates[(y * MOSAIC + x) * directions.length + directions.indexOf(direction)]!;
  });
  const sum = terms.reduce((total, term) => total + term, 0);
  const most = BEST_RATE * cell.wires.filter(({ weight }) => weight > 0).length;
  return { terms, rate: (BEST_RATE * Math.max(0, sum - cell.threshold)) / (most - cell.threshold) };
}

/** Rates of all second-layer cells, [MOSAIC, MOSAIC, kinds]. */
export function secondRates(rates: Float32Array): Float32Array {
  return Float32Array.from({ length: MOSAIC * MOSAIC * secondCells.length }, (_, i) => {
    const place = Math.floor(i / secondCells.length);
    const cell = secondCells[i % secondCells.length]!;
    return secondSum(cell, rates, Math.floor(place / MOSAIC), place % MOSAIC).rate;
  });
}

/** A neuron that fires when the charge that its rate brings has reached 1: integrate and fire. */
export class Membrane {
  #charge = 0;

  /** Lets time pass at a rate; the moments of the spikes, in seconds from the start of this time. */
  pass(seconds: number, rate: number): number[] {
    const spikes: number[] = [];
    if (rate <= 0) return spikes;
    const total = this.#charge + seconds * rate;
    for (let spike = 1; spike <= total; spike++) spikes.push((spike - this.#charge) / rate);
    this.#charge = total - Math.floor(total);
    return spikes;
  }
}

/** Rates of a simple cell for a bar at this place in so many directions, evenly from 0 to below 180 degrees. */
export function tuningOf(
  cell: SimpleCell,
  at: Pick<Stimulus, "y" | "x" | "length" | "width">,
  steps: number,
): number[] {
  const { y, x, length, width } = at;
  return Array.from({ length: steps }, (_, i) =>
    simpleRate(cell, light({ shape: "bar", y, x, length, width, angle: (i * 180) / steps })),
  );
}
