/**
 * The register-tiled matrix product under convolutions and dense layers: C[m,n] (+)= Σ_k A[m,k] · B[k,n].
 *
 * A micro-kernel keeps a tile of C in registers and loops over k once: 6 rows x 8 columns with fused multiply-add (12
 * accumulators, 2 vectors of B, 1 splat of A: V8 allocates 15 registers on x64), 4 x 8 without; twice as many columns where V8
 * joins pairs of vectors. It is a separate function with ONE loop and one k per iteration, because V8's scheduler spills
 * accumulators in anything larger (measured: 56 against 27-45 GFLOP/s). A may have any row and k stride, so Aᵀ costs nothing. B
 * is read in place or packed by `packStrips`. Packing pays if many rows use it: rows of B a power of two apart share few sets of
 * the first-level cache.
 */
import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { EpiloguePrinter, paramTypes, pointerKinds, pushOperands, type VectorEpilogue } from "../epilogue.ts";
import { type Features, vectorsAtOnce } from "../kernel.ts";
import { advanceBy, multiplyAdd, storeLanes } from "./kernel-function.ts";

/** Strides in bytes. Columns of B and C are adjacent. */
export interface GemmStrides {
  readonly aRow: number;
  readonly aStep: number;
  readonly bStep: number;
  readonly cRow: number;
}

export interface GemmShape extends GemmStrides {
  /** Columns of B and C. */
  readonly n: number;
  /** Start from zero instead of from the content of C. */
  readonly zero: boolean;
  /** Bytes from one strip of columns of B to the next. Default: B is not packed and its columns are contiguous. */
  readonly bStrip?: number;
  /** Applied to C before it is stored; operands with a value for each of C's have its rows. */
  readonly epilogue?: VectorEpilogue | undefined;
}

/** Columns of a strip of packed B: one cache line. */
export const STRIP_COLUMNS = 16;
export const STRIP_BYTES = 4 * STRIP_COLUMNS;

/** Columns of a full tile; a strip is a multiple of them. */
const tileColumns = ({ wide }: Features): number => (wide ? 16 : 8);

/** Maximum columns of a last tile that is joined to the tile before it: see `tileRows`. */
const JOINED_COLUMNS = 4;

/**
 * Maximum rows of a tile. Without pairs of vectors, up to four last columns are joined to the tile before them, in tiles of fewer
 * rows: 3 x 12 takes 1.6 ns per k, 3 x 8 and 3 x 4 take 1.3 each, because both are bound by the latency of their sums. Tiles of
 * one pair also need eight sums.
 */
function tileRows(columns: number, { relaxed, wide }: Features): number {
  if (wide && columns <= 8) return 8;
  if (!wide && columns > 8) return 3;
  return relaxed ? 6 : 4;
}

/** A range of columns, starting at `first`, that one kind of tile covers. */
interface ColumnTile {
  readonly first: number;
  readonly columns: number;
}

function columnTiles(n: number, features: Features): ColumnTile[] {
  const full = tileColumns(features);
  const tiles: ColumnTile[] = [];
  for (let first = 0; first < n; first += full) {
    const columns = Math.min(full, n - first);
    const joins = !features.wide && columns <= JOINED_COLUMNS ? tiles.pop() : undefined;
    tiles.push(joins === undefined ? { first, columns } : { first: joins.first, columns: joins.columns + columns });
  }
  return tiles;
}

/** Columns outside full strips, plus the full strip before them if their last tile starts in it. */
function tailColumns(n: number, features: Features): number {
  const rest = n % STRIP_COLUMNS;
  return rest > 0 && n > rest && columnTiles(n, features).at(-1)!.first < n - rest ? STRIP_COLUMNS + rest : rest;
}

interface Tile extends GemmStrides {
  readonly rows: number;
  /** Further lanes of the last vector are computed but not stored. */
  readonly columns: number;
  readonly zero: boolean;
  /** Offset of each vector from the first one of a row of B, in bytes. */
  readonly right: readonly number[];
  readonly epilogue: VectorEpilogue | undefined;
}

/** The function (a, b, c, k, …operands of the epilogue) of one tile. It reads up to three columns of B and C beyond the last. */
function microKernel(module: ModuleBuilder, tile: Tile, features: Features): FunctionRef {
  return module.once(["gemm tile", tile, features], () => {
    const ref = module.addFunction(paramTypes(4, tile.epilogue), [], (f, [a, b, c, k, ...operands]) => {
      emitTile(f, tile, features, a!, b!, c!, k!, operands);
    });
    // Exported functions are never inlined into their callers' loops.
    module.exportFunction(`gemm${ref.index}`, ref);
    module.nameFunction(ref, `gemm ${tile.rows}x${tile.columns} stride ${tile.aRow}/${tile.aStep}/${tile.bStep}`);
    return ref;
  });
}

function emitTile(
  f: FunctionBuilder,
  tile: Tile,
  features: Features,
  a: Local,
  b: Local,
  c: Local,
  k: Local,
  operands: readonly Local[],
): void {
  const { rows, columns, zero, aRow, aStep, bStep, cRow, epilogue } = tile;
  const vectors = tile.right.length;
  // Declared in order of use: otherwise V8 spills.
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local("v128")));
  const right = Array.from({ length: vectors }, () => f.local("v128"));
  const left = f.local("v128");
  if (!zero)
    sums.forEach((row, i) => {
      row.forEach((sum, v) => {
        f.get(c)
          .mem("v128.load", i * cRow + 16 * v)
          .set(sum);
      });
    });
  f.block((done) => {
    f.get(k).op("i32.eqz").brIf(done);
    f.loop((again) => {
      right.forEach((vector, v) => {
        f.get(b).mem("v128.load", tile.right[v]!).set(vector);
      });
      sums.forEach((row, i) => {
        f.get(a)
          .mem("v128.load32_splat", i * aRow)
          .set(left);
        row.forEach((sum, v) => {
          multiplyAdd(f, features, left, right[v]!, sum);
        });
      });
      f.get(a).i32(aStep).op("i32.add").set(a);
      f.get(b).i32(bStep).op("i32.add").set(b);
      f.get(k).i32(1).op("i32.sub").tee(k).brIf(again);
    });
  });
  const store = (value: Local, i: number, v: number) =>
    storeLanes(f, c, i * cRow + 16 * v, value, Math.min(4, columns - 4 * v));
  if (epilogue === undefined) {
    sums.forEach((row, i) => {
      row.forEach((sum, v) => {
        store(sum, i, v);
      });
    });
    return;
  }
  const printer = new EpiloguePrinter(f, epilogue, operands, features);
  const together = vectorsAtOnce(features, vectors);
  // Stored from the last sum to the first: V8 schedules the multiply-adds in reverse order of the stores after the loop, and
  // spills sums in the other order.
  for (let i = rows - 1; i >= 0; i--)
    for (let v = vectors - together; v >= 0; v -= together) {
      const pair = Array.from({ length: together }, (_, k) =>
        printer.apply(sums[i]![v + k]!, 16 * (v + k), i * cRow + 16 * (v + k)),
      );
      pair.forEach((value, k) => {
        store(value, i, v + k);
      });
    }
}

/**
 * The function (a, b, c, m, k, …operands of the epilogue) for any m and k, both known at run time only. All rows of one column
 * tile are computed before the next column tile. Tiles are as equal as possible: 7 rows are 4 + 3, not 6 + 1, because tiles of
 * few rows are bound by the latency of their sums.
 */
export function gemm(module: ModuleBuilder, shape: GemmShape, features: Features): FunctionRef {
  const { n, zero, aRow, aStep, bStep, cRow, bStrip = STRIP_BYTES, epilogue } = shape;
  const kinds = pointerKinds(epilogue);
  return module.once(["gemm of", shape, features], () =>
    module.addFunction(paramTypes(5, epilogue), [], (f, [a, b, c, m, k, ...operands]) => {
      const [tiles, height, taller] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const [left, right, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const [strip, count] = [f.local("i32"), f.local("i32")];
      /** Bytes from the first column of a strip of B to another column, perhaps in the next strip. */
      const rightOffset = (column: number) =>
        Math.floor(column / STRIP_COLUMNS) * bStrip + 4 * (column % STRIP_COLUMNS);
      /** Calls `count` tiles of `rows` rows, starting at `left` and `target`. */
      const callTiles = (rows: number, { first, columns }: ColumnTile) => {
        const offsets = Array.from({ length: Math.ceil(columns / 4) }, (_, v) => rightOffset(first + 4 * v));
        const tile = { rows, columns, zero, aRow, aStep, bStep, cRow, epilogue };
        const run = microKernel(module, { ...tile, right: offsets.map((offset) => offset - offsets[0]!) }, features);
        f.loop((again) => {
          f.get(left).get(right).get(target).get(k!);
          pushOperands(f, epilogue, operands, 4 * first, (pointer) =>
            f.get(pointer).get(target).op("i32.add").get(c!).op("i32.sub"),
          );
          f.call(run);
          advanceBy(f, left, rows * aRow);
          advanceBy(f, target, rows * cRow);
          f.get(count).i32(1).op("i32.sub").tee(count).brIf(again);
        });
      };
      /** `taller` of the tiles get height + 1 rows, the others height. */
      const cutRows = (most: number) => {
        f.get(m!)
          .i32(most - 1)
          .op("i32.add")
          .i32(most)
          .op("i32.div_u")
          .set(tiles);
        f.get(m!).get(tiles).op("i32.div_u").set(height);
        f.get(m!).get(tiles).op("i32.rem_u").set(taller);
      };
      const passTile = (tile: ColumnTile) => {
        const most = tileRows(tile.columns, features);
        f.get(a!).set(left);
        f.get(b!).i32(rightOffset(tile.first)).op("i32.add").set(right);
        f.get(c!)
          .i32(4 * tile.first)
          .op("i32.add")
          .set(target);
        f.get(taller).if(() => {
          for (let rows = 2; rows <= most; rows++) {
            f.get(height)
              .i32(rows - 1)
              .op("i32.eq");
            f.if(() => {
              f.get(taller).set(count);
              callTiles(rows, tile);
            });
          }
        });
        for (let rows = 1; rows <= most; rows++) {
          f.get(height).i32(rows).op("i32.eq");
          f.if(() => {
            f.get(tiles).get(taller).op("i32.sub").set(count);
            callTiles(rows, tile);
          });
        }
      };
      const tail = tailColumns(n, features);
      const strips = (n - tail) / STRIP_COLUMNS;
      f.block((done) => {
        f.get(m!).i32(0).op("i32.le_s").brIf(done);
        if (strips > 0) cutRows(tileRows(tileColumns(features), features));
        f.i32(0).set(strip);
        f.forLoop(strip, strips, 1, () => {
          for (const tile of columnTiles(STRIP_COLUMNS, features)) passTile(tile);
          advanceBy(f, b!, bStrip);
          advanceBy(f, c!, STRIP_BYTES);
          operands.forEach((operand, i) => {
            if (kinds[i] !== "single") advanceBy(f, operand, STRIP_BYTES);
          });
        });
        for (const tile of columnTiles(tail, features)) {
          cutRows(tileRows(tile.columns, features));
          passTile(tile);
        }
      });
    }),
  );
}

/** Bytes of `rows` rows of B packed in strips. */
export function packedBytes(rows: number, columns: number): number {
  return rows * STRIP_BYTES * Math.ceil(columns / STRIP_COLUMNS);
}

/**
 * The function (source, target, rows): packs rows of B, `rowBytes` apart, into strips [n/16][rows][16], so that a tile reads
 * consecutive cache lines. For GEMMs with bStep STRIP_BYTES and bStrip STRIP_BYTES · rows. Columns of the last strip beyond n are
 * undefined.
 */
export function packStrips(module: ModuleBuilder, columns: number, rowBytes: number): FunctionRef {
  return module.once(`pack ${columns} ${rowBytes}`, () =>
    module.addFunction(["i32", "i32", "i32"], [], (f, [source, target, rows]) => {
      const [strip, row, from] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const packStrip = (vectors: number) => {
        f.get(source!).set(from);
        f.i32(0).set(row);
        f.forLoop(row, rows!, 1, () => {
          for (let v = 0; v < vectors; v++)
            f.get(target!)
              .get(from)
              .mem("v128.load", 16 * v)
              .mem("v128.store", 16 * v);
          f.get(from).i32(rowBytes).op("i32.add").set(from);
          f.get(target!).i32(STRIP_BYTES).op("i32.add").set(target!);
        });
        f.get(source!).i32(STRIP_BYTES).op("i32.add").set(source!);
      };
      f.i32(0).set(strip);
      f.forLoop(strip, Math.floor(columns / STRIP_COLUMNS), 1, () => packStrip(STRIP_COLUMNS / 4));
      if (columns % STRIP_COLUMNS > 0) packStrip(Math.ceil((columns % STRIP_COLUMNS) / 4));
    }),
  );
}
