/**
 * The core of depthwise convolutions: a few neighbouring results at a time, four lanes (channels) per vector. A source pixel is
 * loaded once for all results of the tile that use it. Weights stay in registers for a whole kernel row.
 */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { Features } from "../kernel.ts";
import { advanceBy, multiplyAdd, repeat, storeLanes } from "./kernel-function.ts";

/** Results of a tile: accumulators, weights and loaded pixels must fit in 16 registers. */
const MOST_RESULTS = 8;
/** Maximum weights held in registers. */
const MOST_HELD = 8;
/** Maximum unrolled products of one tile; more use a loop over kernel rows. */
const UNROLLED_PRODUCTS = 400;

/** How one axis is cut: `full` tiles of `size`, and one of `rest`. */
export interface Tiling {
  readonly size: number;
  readonly full: number;
  readonly rest: number;
}

/** Equal tiles whose size is a multiple of `step`. `width` weights are held in registers with the results. */
export function tileAxis(length: number, width: number, step = 1): Tiling {
  const most = Math.max(2, Math.min(MOST_RESULTS, 14 - Math.min(width, MOST_HELD)));
  const even = Math.ceil(length / Math.ceil(length / most));
  const size = Math.ceil(even / step) * step;
  const full = Math.floor(length / size);
  return { size, full, rest: length - full * size };
}

/** One product of a kernel row: source pixel times weight, added to a result; offsets in bytes from the row's start. */
export interface Tap {
  readonly source: number;
  readonly weight: number;
  readonly result: number;
}

/** The kernel rows that contribute to a tile, at equal distances in source and weights (bytes). */
export interface TapRows {
  readonly count: number;
  readonly source: number;
  readonly sourceStep: number;
  readonly weight: number;
  readonly weightStep: number;
}

/**
 * Runs `body` for each vector of lanes. `pointers` advance by 4 · lanes bytes in total. `packed` points at the vector's weights
 * (see `packedBytes`) and is restored at the end.
 */
export function forEachLanes(
  f: FunctionBuilder,
  lanes: number,
  pointers: readonly Local[],
  packed: { readonly pointer: Local; readonly taps: number },
  body: (lanes: number) => void,
): void {
  const step = (count: number) => {
    body(count);
    for (const pointer of pointers) advanceBy(f, pointer, 4 * count);
    advanceBy(f, packed.pointer, 16 * packed.taps);
  };
  repeat(f, Math.floor(lanes / 4), () => step(4));
  if (lanes % 4 > 0) step(lanes % 4);
  advanceBy(f, packed.pointer, -packedBytes(lanes, packed.taps));
}

/** Bytes of [taps][lanes] weights packed as [vector of lanes][taps][4], so that a tile's weights are contiguous. */
export function packedBytes(lanes: number, taps: number): number {
  return 16 * Math.ceil(lanes / 4) * taps;
}

/** Visits each vector of weights: `plain` points at it in [taps][lanes], `packed` in the packed weights. */
export function forEachPacked(
  f: FunctionBuilder,
  lanes: number,
  taps: number,
  plain: Local,
  packed: Local,
  visit: (lanes: number) => void,
): void {
  const step = (count: number) => {
    repeat(f, taps, () => {
      visit(count);
      advanceBy(f, plain, 4 * lanes);
      advanceBy(f, packed, 16);
    });
    advanceBy(f, plain, 4 * count - 4 * lanes * taps);
  };
  repeat(f, Math.floor(lanes / 4), () => step(4));
  if (lanes % 4 > 0) step(lanes % 4);
}

/** Packs the weights at `plain` to `target`. Lanes beyond the last one hold arbitrary values; they are never stored. */
export function emitPackWeights(f: FunctionBuilder, lanes: number, taps: number, plain: Local, target: Local): void {
  const [from, to] = [f.local("i32"), f.local("i32")];
  f.get(plain).set(from);
  f.get(target).set(to);
  forEachPacked(f, lanes, taps, from, to, () => {
    f.get(to).get(from).mem("v128.load").mem("v128.store");
  });
}

/** Groups the taps that read the same source pixel, in the order of the pixels. */
export function groupBySource(taps: readonly Tap[]): readonly (readonly Tap[])[] {
  const groups = new Map<number, Tap[]>();
  for (const tap of taps) {
    const group = groups.get(tap.source);
    if (group === undefined) groups.set(tap.source, [tap]);
    else group.push(tap);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Locals that tiles of one function share. */
export class TileEmitter {
  readonly #f: FunctionBuilder;
  readonly #features: Features;
  readonly #taps: number;
  readonly #results: Local[] = [];
  readonly #weights: Local[] = [];
  readonly #pixel: Local;
  readonly #rowSource: Local;
  readonly #rowWeight: Local;

  /** @param taps weights per lane */
  constructor(f: FunctionBuilder, features: Features, taps: number) {
    this.#f = f;
    this.#taps = taps;
    this.#features = features;
    [this.#pixel, this.#rowSource, this.#rowWeight] = [f.local("v128"), f.local("i32"), f.local("i32")];
  }

  /** results[r] = Σ over rows and taps of source · weight; source and target advance by 4 · lanes bytes. `weights` are packed. */
  emit(
    lanes: number,
    count: number,
    rows: TapRows,
    taps: readonly Tap[],
    { source, weights, target }: { readonly source: Local; readonly weights: Local; readonly target: Local },
  ): void {
    const f = this.#f;
    while (this.#results.length < count) this.#results.push(f.local("v128"));
    const results = this.#results.slice(0, count);
    const groups = groupBySource(taps);
    forEachLanes(f, lanes, [source, target], { pointer: weights, taps: this.#taps }, (some) => {
      for (const result of results) f.f32x4(0).set(result);
      if (rows.count * taps.length <= UNROLLED_PRODUCTS)
        for (let row = 0; row < rows.count; row++)
          this.#row(
            groups,
            { pointer: source, offset: rows.source + row * rows.sourceStep },
            { pointer: weights, offset: rows.weight + row * rows.weightStep },
          );
      else {
        f.get(source).i32(rows.source).op("i32.add").set(this.#rowSource);
        f.get(weights).i32(rows.weight).op("i32.add").set(this.#rowWeight);
        repeat(f, rows.count, () => {
          this.#row(groups, { pointer: this.#rowSource, offset: 0 }, { pointer: this.#rowWeight, offset: 0 });
          advanceBy(f, this.#rowSource, rows.sourceStep);
          advanceBy(f, this.#rowWeight, rows.weightStep);
        });
      }
      results.forEach((result, i) => {
        storeLanes(f, target, 4 * lanes * i, result, some);
      });
    });
  }

  #row(groups: readonly (readonly Tap[])[], source: Place, weights: Place): void {
    const f = this.#f;
    const offsets = [...new Set(groups.flat().map(({ weight }) => weight))];
    const held = offsets.length <= MOST_HELD;
    while (this.#weights.length < (held ? offsets.length : 1)) this.#weights.push(f.local("v128"));
    const load = (offset: number, into: Local) =>
      f
        .get(weights.pointer)
        .mem("v128.load", weights.offset + offset)
        .set(into);
    if (held)
      offsets.forEach((offset, i) => {
        load(offset, this.#weights[i]!);
      });
    for (const group of groups) {
      f.get(source.pointer)
        .mem("v128.load", source.offset + group[0]!.source)
        .set(this.#pixel);
      for (const { weight, result } of group) {
        const local = this.#weights[held ? offsets.indexOf(weight) : 0]!;
        if (!held) load(weight, local);
        multiplyAdd(f, this.#features, this.#pixel, local, this.#results[result]!);
      }
    }
  }
}

interface Place {
  readonly pointer: Local;
  readonly offset: number;
}
