/**
 * The register-tiled matrix product under convolutions and dense layers: C[m,n] (+)= Σ_k A[m,k] · B[k,n].
 *
 * A micro-kernel holds a tile of C in registers and walks k once: 6 rows x 8 columns with fused multiply-add (12 accumulators,
 * 2 vectors of B, 1 splat of A: 15 registers are what V8 gives on x64), 4 x 8 without. It is a function of its own with ONE
 * loop and one k per turn, because V8's scheduler spills accumulators in anything larger (measured: 56 against 27-45 GFLOP/s).
 * Nothing is packed: A may have any row and k stride (so Aᵀ costs nothing), B any k stride.
 */
import type { FunctionBuilder, FunctionRef, Local } from "../assembler/function.ts";
import type { ModuleBuilder } from "../assembler/module.ts";
import type { Features } from "../kernel.ts";

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
}

const TILE_COLUMNS = 8;

const tileRows = ({ relaxed }: Features) => (relaxed ? 6 : 4);

interface Tile extends GemmStrides {
  readonly rows: number;
  /** 1 … 8; the lanes of the last vector beyond them are computed and not stored. */
  readonly columns: number;
  readonly zero: boolean;
}

/** The function (a, b, c, k) of one tile. Reads up to three columns of B and C beyond the last. */
function microKernel(module: ModuleBuilder, tile: Tile, features: Features): FunctionRef {
  return module.once(`gemm ${JSON.stringify(tile)}`, () => {
    const ref = module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [a, b, c, k]) => {
      emitTile(f, tile, features, a!, b!, c!, k!);
    });
    // Exported functions are never inlined into their callers' loops.
    module.exportFunction(`gemm${ref.index}`, ref);
    return ref;
  });
}

function emitTile(f: FunctionBuilder, tile: Tile, features: Features, a: Local, b: Local, c: Local, k: Local): void {
  const { rows, columns, zero, aRow, aStep, bStep, cRow } = tile;
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
          .mem("v128.load", 16 * v)
          .set(vector);
      });
      sums.forEach((row, i) => {
        f.get(a)
          .mem("v128.load32_splat", i * aRow)
          .set(left);
        row.forEach((sum, v) => {
          if (features.relaxed) f.get(left).get(right[v]!).get(sum).op("f32x4.relaxed_madd").set(sum);
          else f.get(left).get(right[v]!).op("f32x4.mul").get(sum).op("f32x4.add").set(sum);
        });
      });
      f.get(a).i32(aStep).op("i32.add").set(a);
      f.get(b).i32(bStep).op("i32.add").set(b);
      f.get(k).i32(1).op("i32.sub").tee(k).brIf(again);
    });
  });
  sums.forEach((row, i) => {
    row.forEach((sum, v) => {
      const lanes = Math.min(4, columns - 4 * v);
      const offset = i * cRow + 16 * v;
      if (lanes === 4) f.get(c).get(sum).mem("v128.store", offset);
      else
        for (let lane = 0; lane < lanes; lane++)
          f.get(c)
            .get(sum)
            .memLane("v128.store32_lane", offset + 4 * lane, lane);
    });
  });
}

/**
 * The function (a, b, c, m, k): any number of rows and steps, both known only at run time. All rows pass a strip of eight
 * columns before the next strip comes.
 */
export function gemm(module: ModuleBuilder, shape: GemmShape, features: Features): FunctionRef {
  const { n, zero, aRow, aStep, bStep, cRow } = shape;
  return module.once(`gemm of ${JSON.stringify(shape)}`, () =>
    module.addFunction(["i32", "i32", "i32", "i32", "i32"], [], (f, [a, b, c, m, k]) => {
      const [row, column, left, target, rest] = [
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
      ];
      const height = tileRows(features);
      const tile = (rows: number, columns: number) =>
        microKernel(module, { rows, columns, zero, aRow, aStep, bStep, cRow }, features);
      const callTile = (rows: number, columns: number) => {
        f.get(left).get(b!).get(column).op("i32.add").get(target).get(k!).call(tile(rows, columns));
      };
      /** All rows of the strip at `column` (in bytes). */
      const strip = (columns: number) => {
        f.get(a!).set(left);
        f.get(c!).get(column).op("i32.add").set(target);
        f.i32(0).set(row);
        f.get(m!).get(m!).i32(height).op("i32.rem_u").tee(rest).op("i32.sub").set(end);
        f.forLoop(row, end, height, () => {
          callTile(height, columns);
          f.get(left)
            .i32(height * aRow)
            .op("i32.add")
            .set(left);
          f.get(target)
            .i32(height * cRow)
            .op("i32.add")
            .set(target);
        });
        for (let rows = 1; rows < height; rows++)
          f.get(rest)
            .i32(rows)
            .op("i32.eq")
            .if(() => callTile(rows, columns));
      };
      const end = f.local("i32");
      const full = n - (n % TILE_COLUMNS);
      f.i32(0).set(column);
      f.forLoop(column, 4 * full, 4 * TILE_COLUMNS, () => strip(TILE_COLUMNS));
      if (full < n) {
        f.i32(4 * full).set(column);
        strip(n - full);
      }
    }),
  );
}
