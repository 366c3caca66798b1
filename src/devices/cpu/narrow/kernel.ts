/** Dot products of rows: a [..., k] · b [n, k]ᵀ with small n, as in a classifier's last layer. */

import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { sizeOf } from "../../../base/shape.ts";
import { type EmitKernel, type Features, vectorsAtOnce } from "../kernel.ts";
import {
  advance,
  advanceBy,
  countDown,
  loadVectors,
  multiplyAdd,
  setRemaining,
  storeVectors,
} from "../kernels/kernel-function.ts";
import { kernelParams, namedParams } from "../kernels/rows.ts";

/** Values of a row per pass: this part of all rows of `b` stays in the first-level cache for the next rows of `a`. */
const PASS_DEPTH = 512;
/** Maximum sums in registers, together with the vectors that they are computed from. */
const MOST_SUMS = 12;

interface DotTile {
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a row of `a` and `b`, and of the output. */
  readonly rowBytes: number;
  readonly targetBytes: number;
}

export const emitNarrowProduct: EmitKernel = (module, call, features) => {
  const [a, b] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const [n, k] = b.shape as [number, number];
  const middle = sizeOf(a.shape.slice(1, -1));
  const [rowBytes, targetBytes] = [4 * k, 4 * n];
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, scratch, pointers } = namedParams(locals);
    const [ap, bp, yp] = pointers as [Local, Local, Local];
    const [at, size, left] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [from, to] = [f.local("i32"), f.local("i32")];
    f.get(end)
      .get(begin)
      .op("i32.sub")
      .i32(a.batched ? middle : 1)
      .op("i32.mul")
      .set(end);
    if (call.mode === "whole") {
      advance(f, ap, begin, rowBytes);
      advance(f, yp, begin, targetBytes);
    }
    f.get(yp).i32(0).get(end).i32(targetBytes).op("i32.mul").memoryFill();
    f.i32(0).set(at);
    f.forLoop(at, k, PASS_DEPTH, () => {
      setRemaining(f, size, at, k, PASS_DEPTH);
      f.get(ap).get(at).i32(2).op("i32.shl").op("i32.add").set(from);
      f.get(yp).set(to);
      f.get(end).set(left);
      for (const rows of [2, 1])
        countDown(f, left, rows, () => {
          for (const { first, columns } of columnGroups(n, rows)) {
            const tile = dotTile(module, { rows, columns, rowBytes, targetBytes }, features);
            f.get(from);
            f.get(bp)
              .get(at)
              .i32(2)
              .op("i32.shl")
              .op("i32.add")
              .i32(first * rowBytes)
              .op("i32.add");
            f.get(to)
              .i32(4 * first)
              .op("i32.add");
            f.get(size).get(scratch).call(tile);
          }
          advanceBy(f, from, rows * rowBytes);
          advanceBy(f, to, rows * targetBytes);
        });
    });
  });
  return { run, scratchBytes: MOST_SUMS * 32, extent: sizeOf(a.shape.slice(0, -1)) };
};

/** Splits the columns into groups, as equal as possible, whose sums fit in the registers. */
function columnGroups(n: number, rows: number): { readonly first: number; readonly columns: number }[] {
  const count = Math.ceil(n / (MOST_SUMS / rows));
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((n * i) / count);
    return { first, columns: Math.floor((n * (i + 1)) / count) - first };
  });
}

/**
 * The function (a, b, y, values, scratch) that adds the dot products of `values` values to y. One loop, one vector per iteration,
 * see gemm.ts; or one pair, each half with its own sum.
 */
function dotTile(module: ModuleBuilder, tile: DotTile, features: Features): FunctionRef {
  return module.once(["dot tile", tile, features], () => {
    const { rows, columns, rowBytes, targetBytes } = tile;
    const together = vectorsAtOnce(features, 2);
    const ref = module.addFunction(["i32", "i32", "i32", "i32", "i32"], [], (f, [a, b, y, values, scratch]) => {
      const vectors = () => Array.from({ length: together }, () => f.local("v128"));
      const sums = Array.from({ length: columns }, () => Array.from({ length: rows }, vectors));
      const addProducts = (count: number) => {
        const left = Array.from({ length: rows }, (_, row) => loadVectors(f, a!, row * rowBytes, count));
        sums.forEach((ofColumn, column) => {
          const right = loadVectors(f, b!, column * rowBytes, count);
          ofColumn.forEach((halves, row) => {
            right.forEach((vector, half) => {
              multiplyAdd(f, features, left[row]![half]!, vector, halves[half]!);
            });
          });
        });
        for (const pointer of [a!, b!]) advanceBy(f, pointer, 16 * count);
      };
      countDown(f, values!, 4 * together, () => addProducts(together));
      // Stored from the last sum to the first: V8 schedules the multiply-adds in reverse order of the stores after the loop, and
      // spills sums in the other order.
      const results = sums
        .flatMap((ofColumn, column) => ofColumn.map((halves, row) => ({ halves, column, row })))
        .reverse();
      if (together > 1) {
        joinHalves(
          f,
          scratch!,
          results.map(({ halves }) => halves),
        );
        countDown(f, values!, 4, () => addProducts(1));
      }
      for (const { halves, column, row } of results) {
        const offset = row * targetBytes + 4 * column;
        f.get(y!).get(y!).mem("f32.load", offset);
        for (let lane = 0; lane < 4; lane++) f.get(halves[0]!).lane("f32x4.extract_lane", lane).op("f32.add");
        f.mem("f32.store", offset);
      }
    });
    // Exported functions are never inlined into their callers' loops.
    module.exportFunction(`dot${ref.index}`, ref);
    module.nameFunction(ref, `dot ${rows}x${columns}`);
    return ref;
  });
}

/**
 * Adds the second half of each pair to the first. They pass through memory, because V8 joins only vectors that are stored side by
 * side.
 */
function joinHalves(f: FunctionBuilder, scratch: Local, pairs: readonly (readonly Local[])[]): void {
  pairs.forEach((halves, i) => {
    storeVectors(f, scratch, 16 * i * halves.length, halves);
  });
  pairs.forEach((halves, i) => {
    const address = 16 * i * halves.length;
    f.get(scratch).mem("v128.load", address);
    f.get(scratch)
      .mem("v128.load", address + 16)
      .op("f32x4.add")
      .set(halves[0]!);
  });
}
