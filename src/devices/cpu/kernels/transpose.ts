/** Transposition of axes and rotation of kernels: copies without arithmetic. */

import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { stridesOf } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import type { RotateKernelAttrs } from "../../../ops/conv2d.ts";
import type { TransposeAttrs } from "../../../ops/mat-mul.ts";
import type { EmitKernel, EmittedKernel } from "../kernel.ts";
import { advance, advanceBy } from "./kernel-function.ts";
import { kernelParams, namedParams } from "./rows.ts";

/** One axis of a copy: its length, and the bytes per step in source and target. */
interface Axis {
  readonly length: number;
  readonly sourceBytes: number;
  readonly targetBytes: number;
}

/** Axes of a row-major target, with the source's strides in bytes. */
function targetAxes(axes: readonly (readonly [length: number, sourceBytes: number])[]): Axis[] {
  const strides = stridesOf(axes.map(([length]) => length));
  return axes.map(([length, sourceBytes], i) => ({ length, sourceBytes, targetBytes: 4 * strides[i]! }));
}

/**
 * Copies a source with other strides to a target in row-major order. Axis 0 runs from `begin` to `end`; pointers point at its
 * index 0 in whole calls, at index `begin` in others.
 */
function emitReorder(
  module: ModuleBuilder,
  f: FunctionBuilder,
  call: Call,
  axes: readonly Axis[],
  [begin, end, source, target]: readonly [Local, Local, Local, Local],
): void {
  const count = f.local("i32");
  f.get(end).get(begin).op("i32.sub").set(count);
  if (call.mode === "whole") {
    advance(f, source, begin, axes[0]!.sourceBytes);
    advance(f, target, begin, axes[0]!.targetBytes);
  }
  // Columns are contiguous in the target, rows in the source: the two axes form a matrix to transpose.
  const columns = axes.length - 1;
  const rows = axes.findIndex((axis, i) => axis.sourceBytes === 4 && axis.length > 1 && i < columns);
  const pushLength = (axis: number) => (axis === 0 ? f.get(count) : f.i32(axes[axis]!.length));
  const { sourceBytes } = axes[columns]!;
  const contiguous = sourceBytes === 4 && rows < 0;
  const walk = (axis: number, from: Local, to: Local): void => {
    if (axis === columns && contiguous) {
      f.get(to).get(from);
      pushLength(columns).i32(4).op("i32.mul").memoryCopy();
    } else if (axis === columns) {
      const matrix = transposeMatrix(module, sourceBytes, axes[rows]?.targetBytes ?? 0);
      f.get(from).get(to);
      if (rows < 0) f.i32(1);
      else pushLength(rows);
      pushLength(columns).call(matrix);
    } else if (axis === rows) walk(axis + 1, from, to);
    else {
      const [i, at, place] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.get(from).set(at).get(to).set(place).i32(0).set(i);
      f.forLoop(i, axis === 0 ? count : axes[axis]!.length, 1, () => {
        walk(axis + 1, at, place);
        advanceBy(f, at, axes[axis]!.sourceBytes);
        advanceBy(f, place, axes[axis]!.targetBytes);
      });
    }
  };
  walk(0, source, target);
}

/** Columns that all rows process before the next ones: their lines of the source stay in the cache. */
const PASS_COLUMNS = 64;

/**
 * The function (source, target, rows, columns): target[r · targetRow + 4c] = source[4r + c · sourceColumn] (bytes), in blocks of
 * four by four in registers where possible.
 */
export function transposeMatrix(module: ModuleBuilder, sourceColumn: number, targetRow: number): FunctionRef {
  return module.once(`transpose ${sourceColumn} ${targetRow}`, () =>
    module.addFunction(["i32", "i32", "i32", "i32"], [], (f, params) => {
      const [source, target, rows, columns] = params as [Local, Local, Local, Local];
      const [pass, last, row, column] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      const [from, to, fours, rowFours] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      const block = { from, to, sourceColumn, targetRow };
      const eachColumn = (end: Local, step: number, body: () => void) =>
        f.forLoop(column, end, step, () => {
          body();
          advanceBy(f, from, step * sourceColumn);
          advanceBy(f, to, step * 4);
        });
      const startRow = () => {
        f.get(pass).set(column);
        f.get(pass).i32(sourceColumn).op("i32.mul").get(row).i32(4).op("i32.mul").op("i32.add");
        f.get(source).op("i32.add").set(from);
        f.get(row).i32(targetRow).op("i32.mul").get(pass).i32(4).op("i32.mul").op("i32.add");
        f.get(target).op("i32.add").set(to);
      };
      f.get(rows).i32(-4).op("i32.and").set(rowFours);
      f.i32(0).set(pass);
      f.forLoop(pass, columns, PASS_COLUMNS, () => {
        f.get(pass).i32(PASS_COLUMNS).op("i32.add").tee(last).get(columns).get(last).get(columns);
        f.op("i32.lt_s").op("select").tee(last).i32(-4).op("i32.and").set(fours);
        f.i32(0).set(row);
        f.forLoop(row, rowFours, 4, () => {
          startRow();
          eachColumn(fours, 4, () => emitBlock(f, block, 4));
          eachColumn(last, 1, () => emitBlock(f, block, 1));
        });
        f.forLoop(row, rows, 1, () => {
          startRow();
          eachColumn(last, 1, () => f.get(to).get(from).mem("f32.load").mem("f32.store"));
        });
      });
    }),
  );
}

interface Block {
  readonly from: Local;
  readonly to: Local;
  readonly sourceColumn: number;
  readonly targetRow: number;
}

/** Byte indices of words of two vectors, for `shuffle`. */
const words = (...picked: readonly number[]) => picked.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte));

/** Transposes four rows of the target by `columns` (4 or 1) columns. */
function emitBlock(f: FunctionBuilder, { from, to, sourceColumn, targetRow }: Block, columns: 4 | 1): void {
  const load = (column: number) => f.get(from).mem("v128.load", column * sourceColumn);
  const store = (row: number, value: Local) =>
    f
      .get(to)
      .get(value)
      .mem("v128.store", row * targetRow);
  if (columns === 1) {
    const value = f.local("v128");
    load(0).set(value);
    for (let row = 0; row < 4; row++)
      f.get(to)
        .get(value)
        .memLane("v128.store32_lane", row * targetRow, row);
    return;
  }
  const source = [0, 1, 2, 3].map((column) => {
    const value = f.local("v128");
    load(column).set(value);
    return value;
  });
  // Columns 0 and 1, 2 and 3 are interleaved: rows 0 and 1 in the low words, 2 and 3 in the high ones.
  const [a, b, c, d] = source as [Local, Local, Local, Local];
  const pairs = [words(0, 4, 1, 5), words(2, 6, 3, 7)].map((picked) => {
    const [left, right] = [f.local("v128"), f.local("v128")];
    f.get(a).get(b).shuffle(picked).set(left);
    f.get(c).get(d).shuffle(picked).set(right);
    return [left, right] as const;
  });
  pairs.forEach(([left, right], half) => {
    [words(0, 1, 4, 5), words(2, 3, 6, 7)].forEach((picked, i) => {
      const row = f.local("v128");
      f.get(left).get(right).shuffle(picked).set(row);
      store(2 * half + i, row);
    });
  });
}

export const emitTranspose: EmitKernel = (module, call) => {
  const { permutation } = call.attrs as TransposeAttrs;
  const [x, y] = [call.inputs[0]!.spec, call.outputs[0]!.spec];
  const strides = stridesOf(x.shape);
  const axes = targetAxes(permutation.map((axis, i) => [y.shape[i]!, 4 * strides[axis]!]));
  if (call.mode === "whole" && axes.length === 2 && axes[0]!.sourceBytes === 4 && axes[1]!.length > axes[0]!.length)
    return emitLongTranspose(module, call, axes[0]!, axes[1]!);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    emitReorder(module, f, call, axes, [begin, end, pointers[0]!, pointers[1]!]);
  });
  return { run, scratchBytes: 0, extent: y.shape[0]! };
};

/** Transposes a matrix of few long rows (a Dense layer's weights). Workers share the long axis, so that none reads all lines. */
function emitLongTranspose(module: ModuleBuilder, call: Call, rows: Axis, columns: Axis): EmittedKernel {
  const matrix = transposeMatrix(module, columns.sourceBytes, rows.targetBytes);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [source, target] = pointers as [Local, Local];
    advance(f, source, begin, columns.sourceBytes);
    advance(f, target, begin, columns.targetBytes);
    f.get(source).get(target).i32(rows.length).get(end).get(begin).op("i32.sub").call(matrix);
  });
  return { run, scratchBytes: 0, extent: columns.length };
}

/** r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j]: the first axes are copied backwards. Workers share the rows of the kernel. */
export const emitRotateKernel: EmitKernel = (module, call) => {
  const { groups } = call.attrs as RotateKernelAttrs;
  const [kh, kw, depth, cout] = call.inputs[0]!.spec.shape as [number, number, number, number];
  const perGroup = cout / groups;
  const tapBytes = 4 * depth * cout;
  const axes = targetAxes([
    [kh, -kw * tapBytes],
    [kw, -tapBytes],
    [perGroup, 4],
    [groups, 4 * perGroup],
    [depth, 4 * cout],
  ]);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [w, r] = pointers as [Local, Local];
    advanceBy(f, w, (kh * kw - 1) * tapBytes);
    emitReorder(module, f, call, axes, [begin, end, w, r]);
  });
  return { run, scratchBytes: 0, extent: kh };
};
