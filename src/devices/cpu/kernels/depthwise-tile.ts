/**
 * The core of depthwise convolutions: a few neighbouring results at a time, four lanes (channels) per vector, and two vectors at a
 * time where the host joins pairs. A source pixel is loaded once for all results of the tile that use it. Weights stay in registers
 * for a whole kernel row.
 */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { EpiloguePrinter, pointerKinds, type VectorEpilogue } from "../epilogue.ts";
import { type Features, vectorsAtOnce } from "../kernel.ts";
import { advanceBy, loadInto, multiplyAdd, repeat, storeLanes } from "./kernel-function.ts";

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

/** The kernel rows that contribute to a tile, at equal distances in source and weights. */
export interface TapRows {
  readonly count: number;
  /** Bytes from one row of the source to the next; or each row has a pointer of its own (see `TilePointers`). */
  readonly sourceStep: number;
  /** Position of the first row's weights among the taps, and from one row to the next. */
  readonly weight: number;
  readonly weightStep: number;
}

/** Whether the products of a tile are unrolled, which kernel rows with pointers of their own need. */
export const isUnrolled = (rows: number, taps: number): boolean => rows * taps <= UNROLLED_PRODUCTS;

/**
 * Lanes of all groups, in order: `vectors` at a time where there are so many, then single ones, the last of which may have fewer than
 * four lanes.
 */
export function laneGroups(
  lanes: number,
  vectors: number,
): readonly { readonly count: number; readonly lanes: number }[] {
  const together = Math.floor(lanes / (4 * vectors));
  const left = lanes - 4 * vectors * together;
  return [
    { count: together, lanes: 4 * vectors },
    { count: Math.floor(left / 4), lanes: 4 },
    { count: Math.min(1, left % 4), lanes: left % 4 },
  ].filter(({ count }) => count > 0);
}

/** Vectors that hold so many lanes. */
export const vectorsOf = (lanes: number): number => Math.ceil(lanes / 4);

/**
 * Runs `body` for each group of lanes. `pointers` advance by 4 · lanes bytes in total. `packed` points at the group's weights
 * (see `packedBytes`) and is restored at the end.
 */
export function forEachLanes(
  f: FunctionBuilder,
  lanes: number,
  vectors: number,
  pointers: readonly Local[],
  packed: { readonly pointer: Local; readonly taps: number },
  body: (lanes: number) => void,
): void {
  for (const group of laneGroups(lanes, vectors))
    repeat(f, group.count, () => {
      body(group.lanes);
      for (const pointer of pointers) advanceBy(f, pointer, 4 * group.lanes);
      advanceBy(f, packed.pointer, 16 * vectorsOf(group.lanes) * packed.taps);
    });
  advanceBy(f, packed.pointer, -packedBytes(lanes, packed.taps));
}

/** Bytes of [taps][lanes] weights packed as [group of lanes][taps][lanes of the group], so that a tile's weights are contiguous. */
export function packedBytes(lanes: number, taps: number): number {
  return 16 * vectorsOf(lanes) * taps;
}

/** Visits each vector of weights: `plain` points at it in [taps][lanes], `packed` in the packed weights. */
export function forEachPacked(
  f: FunctionBuilder,
  lanes: number,
  vectors: number,
  taps: number,
  plain: Local,
  packed: Local,
  visit: (lanes: number) => void,
): void {
  for (const group of laneGroups(lanes, vectors))
    repeat(f, group.count, () => {
      repeat(f, taps, () => {
        for (let v = 0; v < vectorsOf(group.lanes); v++) {
          const some = Math.min(4, group.lanes - 4 * v);
          visit(some);
          advanceBy(f, plain, 4 * some);
          advanceBy(f, packed, 16);
        }
        advanceBy(f, plain, 4 * (lanes - group.lanes));
      });
      advanceBy(f, plain, 4 * group.lanes - 4 * lanes * taps);
    });
}

/** Packs the weights at `plain` to `target`. Lanes beyond the last one hold arbitrary values; they are never stored. */
export function emitPackWeights(
  f: FunctionBuilder,
  lanes: number,
  vectors: number,
  taps: number,
  plain: Local,
  target: Local,
): void {
  const [from, to] = [f.local("i32"), f.local("i32")];
  f.get(plain).set(from);
  f.get(target).set(to);
  forEachPacked(f, lanes, vectors, taps, from, to, () => {
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

/** Where a tile's first vector lies. */
export interface TilePointers {
  /** The tile's first pixel in the first kernel row; or one pointer for each kernel row. They advance by 4 · lanes bytes. */
  readonly sources: readonly Local[];
  /** The packed weights. */
  readonly weights: Local;
  /** Advances by 4 · lanes bytes. */
  readonly target: Local;
}

/** Locals that tiles of one function share. */
export class TileEmitter {
  readonly #f: FunctionBuilder;
  readonly #features: Features;
  readonly #taps: number;
  readonly #vectors: number;
  readonly #results: Local[][] = [];
  readonly #weights: Local[][] = [];
  readonly #pixel: Local[];
  readonly #rowSource: Local;
  readonly #rowWeight: Local;
  readonly #epilogue: VectorEpilogue | undefined;
  readonly #operands: readonly Local[];

  /**
   * @param taps weights per lane
   * @param epilogue applied to results before they are stored; `operands` are its pointers, at the first lane
   */
  constructor(
    f: FunctionBuilder,
    features: Features,
    taps: number,
    epilogue?: VectorEpilogue,
    operands: readonly Local[] = [],
  ) {
    this.#f = f;
    this.#taps = taps;
    this.#features = features;
    this.#vectors = vectorsAtOnce(features, 2);
    this.#pixel = Array.from({ length: this.#vectors }, () => f.local("v128"));
    [this.#rowSource, this.#rowWeight] = [f.local("i32"), f.local("i32")];
    this.#epilogue = epilogue;
    this.#operands = operands;
  }

  /** results[r] = Σ over rows and taps of source · weight. A tap's `weight` counts weights within a kernel row. */
  emit(lanes: number, count: number, rows: TapRows, taps: readonly Tap[], pointers: TilePointers): void {
    const f = this.#f;
    const { sources, weights, target } = pointers;
    for (let i = this.#results.length; i < count; i++)
      this.#results.push(Array.from({ length: this.#vectors }, () => f.local("v128")));
    const results = this.#results.slice(0, count);
    const groups = groupBySource(taps);
    const kinds = pointerKinds(this.#epilogue);
    const columns = this.#operands.filter((_, i) => kinds[i] === "column");
    forEachLanes(
      f,
      lanes,
      this.#vectors,
      [...sources, target, ...columns],
      { pointer: weights, taps: this.#taps },
      (some) => {
        const vectors = vectorsOf(some);
        const weightBytes = 16 * vectors;
        for (const result of results) for (const local of result.slice(0, vectors)) f.f32x4(0).set(local);
        if (isUnrolled(rows.count, taps.length))
          for (let row = 0; row < rows.count; row++) {
            const own = sources.length > 1 ? { pointer: sources[row]!, offset: 0 } : undefined;
            this.#row(groups, vectors, own ?? { pointer: sources[0]!, offset: row * rows.sourceStep }, {
              pointer: weights,
              offset: weightBytes * (rows.weight + row * rows.weightStep),
            });
          }
        else {
          f.get(sources[0]!).set(this.#rowSource);
          f.get(weights)
            .i32(weightBytes * rows.weight)
            .op("i32.add")
            .set(this.#rowWeight);
          repeat(f, rows.count, () => {
            this.#row(
              groups,
              vectors,
              { pointer: this.#rowSource, offset: 0 },
              { pointer: this.#rowWeight, offset: 0 },
            );
            advanceBy(f, this.#rowSource, rows.sourceStep);
            advanceBy(f, this.#rowWeight, weightBytes * rows.weightStep);
          });
        }
        this.#store(lanes, some, results, target);
      },
    );
    for (const pointer of columns) advanceBy(f, pointer, -4 * lanes);
  }

  #store(lanes: number, some: number, results: readonly (readonly Local[])[], target: Local): void {
    const f = this.#f;
    const printer =
      this.#epilogue === undefined ? undefined : new EpiloguePrinter(f, this.#epilogue, this.#operands, this.#features);
    results.forEach((result, i) => {
      const values = result.slice(0, vectorsOf(some)).map((value, v) => printer?.apply(value, 16 * v) ?? value);
      values.forEach((value, v) => {
        storeLanes(f, target, 4 * lanes * i + 16 * v, value, Math.min(4, some - 4 * v));
      });
    });
  }

  #row(groups: readonly (readonly Tap[])[], vectors: number, source: Place, weights: Place): void {
    const f = this.#f;
    const positions = [...new Set(groups.flat().map(({ weight }) => weight))];
    const held = positions.length <= MOST_HELD;
    for (let i = this.#weights.length; i < (held ? positions.length : 1); i++)
      this.#weights.push(Array.from({ length: this.#vectors }, () => f.local("v128")));
    const load = ({ pointer, offset }: Place, more: number, into: readonly Local[]) =>
      loadInto(f, pointer, offset + more, into.slice(0, vectors));
    const loadWeights = (position: number, into: readonly Local[]) => load(weights, 16 * vectors * position, into);
    if (held)
      positions.forEach((position, i) => {
        loadWeights(position, this.#weights[i]!);
      });
    for (const group of groups) {
      load(source, group[0]!.source, this.#pixel);
      for (const { weight, result } of group) {
        const locals = this.#weights[held ? positions.indexOf(weight) : 0]!;
        if (!held) loadWeights(weight, locals);
        for (let v = 0; v < vectors; v++)
          multiplyAdd(f, this.#features, this.#pixel[v]!, locals[v]!, this.#results[result]![v]!);
      }
    }
  }
}

interface Place {
  readonly pointer: Local;
  readonly offset: number;
}
