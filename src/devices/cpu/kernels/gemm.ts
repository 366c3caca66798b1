/**
 * The register-tiled matrix product under convolutions and dense layers: C[m,n] (+)= Σ_k A[m,k] · B[k,n].
 *
 * A micro-kernel holds a tile of C in registers and walks k once: 6 rows x 8 columns with fused multiply-add (12 accumulators,
 * 2 vectors of B, 1 splat of A: 15 registers are what V8 gives on x64), 4 x 8 without. It is a function of its own with ONE
 * loop and one k per turn, because V8's scheduler spills accumulators in anything larger (measured: 56 against 27-45 GFLOP/s).
 * A may have any row and k stride, so Aᵀ costs nothing. B may be read where it lies or packed by `packStrips`, which pays where
 * many rows pass over it: rows of B a power of two apart share few sets of the first-level cache.
 */
import type { FunctionBuilder, FunctionRef, Local } from "../assembler/function.ts";
import type { ModuleBuilder } from "../assembler/module.ts";
import { EpiloguePrinter, paramTypes, pointerKinds, type VectorEpilogue } from "../epilogue.ts";
import type { Features } from "../kernel.ts";
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
  /** Start from zero instead of from what C holds. */
  readonly zero: boolean;
  /** Bytes from one strip of eight columns of B to the next; 32 where B is not packed. */
  readonly bStrip?: number;
  /** What happens to C before it is stored; its operands are of columns or single values. */
  readonly epilogue?: VectorEpilogue | undefined;
}

/** Columns of a strip: what a tile is wide. */
export const STRIP_COLUMNS = 8;
const STRIP_BYTES = 4 * STRIP_COLUMNS;

/**
 * Most rows of a tile. A last strip of up to four columns joins the one before it, in flatter tiles: 3 x 12 takes 1.6 ns per k
 * where 3 x 8 and 3 x 4 take 1.3 each, since both wait for their sums.
 */
function tileRows(columns: number, { relaxed }: Features): number {
  if (columns > STRIP_COLUMNS) return 3;
  return relaxed ? 6 : 4;
}

interface Tile extends GemmStrides {
  readonly rows: number;
  /** 1 … 12; the lanes of the last vector beyond them are computed and not stored. */
  readonly columns: number;
  readonly zero: boolean;
  readonly bStrip: number;
  readonly epilogue: VectorEpilogue | undefined;
}

/** The function (a, b, c, k, …operands of the epilogue) of one tile. Reads up to three columns of B and C beyond the last. */
function microKernel(module: ModuleBuilder, tile: Tile, features: Features): FunctionRef {
  return module.once(`gemm tile ${features.relaxed} ${JSON.stringify(tile)}`, () => {
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
  const { rows, columns, zero, aRow, aStep, bStep, bStrip, cRow, epilogue } = tile;
  const vectors = Math.ceil(columns / 4);
  // Declared in the order in which they are used: V8 spills otherwise.
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
        f.get(b)
          .mem("v128.load", v < 2 ? 16 * v : bStrip)
          .set(vector);
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
  // From the last to the first: V8 orders the multiply-adds of the loop by what follows it, and spills sums in the other order.
  for (let i = rows - 1; i >= 0; i--)
    for (let v = vectors - 1; v >= 0; v--) store(printer.apply(sums[i]![v]!, 16 * v), i, v);
}

/**
 * The function (a, b, c, m, k, …operands of the epilogue): any number of rows and steps, both known only at run time. All rows
 * pass a strip of eight columns before the next strip comes. Tiles are as equal as can be, 7 rows are 4 + 3 and not 6 + 1: flat
 * tiles wait for their own sums.
 */
export function gemm(module: ModuleBuilder, shape: GemmShape, features: Features): FunctionRef {
  const { n, zero, aRow, aStep, bStep, cRow, bStrip = STRIP_BYTES, epilogue } = shape;
  const kinds = pointerKinds(epilogue);
  return module.once(`gemm of ${features.relaxed} ${JSON.stringify(shape)}`, () =>
    module.addFunction(paramTypes(5, epilogue), [], (f, [a, b, c, m, k, ...operands]) => {
      const [tiles, height, taller] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const [left, target, strip, count] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      /** `count` tiles of so many rows, from `left` and `target` on. */
      const callTiles = (rows: number, columns: number) => {
        const tile = { rows, columns, zero, aRow, aStep, bStep, bStrip, cRow, epilogue };
        const run = microKernel(module, tile, features);
        f.loop((again) => {
          f.get(left).get(b!).get(target).get(k!);
          for (const operand of operands) f.get(operand);
          f.call(run);
          f.get(left)
            .i32(rows * aRow)
            .op("i32.add")
            .set(left);
          f.get(target)
            .i32(rows * cRow)
            .op("i32.add")
            .set(target);
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
      const passStrip = (columns: number) => {
        const most = tileRows(columns, features);
        f.get(a!).set(left);
        f.get(c!).set(target);
        f.get(taller).if(() => {
          for (let rows = 2; rows <= most; rows++) {
            f.get(height)
              .i32(rows - 1)
              .op("i32.eq");
            f.if(() => {
              f.get(taller).set(count);
              callTiles(rows, columns);
            });
          }
        });
        for (let rows = 1; rows <= most; rows++) {
          f.get(height).i32(rows).op("i32.eq");
          f.if(() => {
            f.get(tiles).get(taller).op("i32.sub").set(count);
            callTiles(rows, columns);
          });
        }
      };
      const last = lastStrip(n);
      const full = (n - last) / STRIP_COLUMNS;
      f.block((done) => {
        f.get(m!).i32(0).op("i32.le_s").brIf(done);
        if (full > 0) cutRows(tileRows(STRIP_COLUMNS, features));
        f.i32(0).set(strip);
        f.forLoop(strip, full, 1, () => {
          passStrip(STRIP_COLUMNS);
          advanceBy(f, b!, bStrip);
          advanceBy(f, c!, STRIP_BYTES);
          operands.forEach((operand, i) => {
            if (kinds[i] === "column") advanceBy(f, operand, STRIP_BYTES);
          });
        });
        if (last === 0) return;
        cutRows(tileRows(last, features));
        passStrip(last);
      });
    }),
  );
}

/** Columns of the strip that is not eight wide: 0 … 7, or up to 12 with the four or fewer that would be left over. */
function lastStrip(n: number): number {
  const rest = n % STRIP_COLUMNS;
  return n > STRIP_COLUMNS && rest > 0 && rest <= 4 ? STRIP_COLUMNS + rest : rest;
}

/** Bytes of `rows` rows of B packed in strips. */
export function packedBytes(rows: number, columns: number): number {
  return rows * STRIP_BYTES * Math.ceil(columns / STRIP_COLUMNS);
}

/**
 * The function (source, target, rows): lays out rows of B, `rowBytes` apart, strip by strip [n/8][rows][8], so that a tile
 * reads one line after the other. For GEMMs with bStep 32 and bStrip 32 · rows. What the last strip has too many is undefined.
 */
export function packStrips(module: ModuleBuilder, columns: number, rowBytes: number): FunctionRef {
  return module.once(`pack ${columns} ${rowBytes}`, () =>
    module.addFunction(["i32", "i32", "i32"], [], (f, [source, target, rows]) => {
      const [strip, row, from] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const strips = Math.ceil(columns / STRIP_COLUMNS);
      f.i32(0).set(strip);
      f.forLoop(strip, strips, 1, () => {
        f.get(source!).set(from);
        f.i32(0).set(row);
        f.forLoop(row, rows!, 1, () => {
          for (const half of [0, 16]) f.get(target!).get(from).mem("v128.load", half).mem("v128.store", half);
          f.get(from).i32(rowBytes).op("i32.add").set(from);
          f.get(target!).i32(STRIP_BYTES).op("i32.add").set(target!);
        });
        f.get(source!).i32(STRIP_BYTES).op("i32.add").set(source!);
      });
    }),
  );
}
