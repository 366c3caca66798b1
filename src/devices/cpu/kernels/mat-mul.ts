/** Matrix products of dense layers: a [..., k] · b [k, n], and aᵀ [m, ...] · b [..., n] for weight gradients. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import type { MatMulAttrs } from "../../../ops/mat-mul.ts";
import { productSpec } from "../../epilogue.ts";
import { epiloguePointers, pointerKinds, pushOperands, vectorEpilogue } from "../epilogue.ts";
import type { EmitKernel, EmittedKernel } from "../kernel.ts";
import type { PackedMatMulAttrs } from "../packed/ops.ts";
import { type GemmShape, gemm, STRIP_BYTES, STRIP_COLUMNS } from "./gemm.ts";
import { advance, advanceBy, setRemaining } from "./kernel-function.ts";
import { kernelParams, namedParams } from "./rows.ts";
import { isShortMatMul, shortProduct } from "./short-product.ts";

export const emitMatMul: EmitKernel = (module, call, features) => {
  if ((call.attrs as MatMulAttrs).transposeA) return emitTransposed(module, call, features);
  const [, n] = call.inputs[1]!.spec.shape as [number, number];
  const rows = { bStep: 4 * n, bStrip: STRIP_BYTES };
  return (isOneRow(call) && !isShortMatMul(call) ? emitOneRow : emitPlain)(module, call, features, rows);
};

/** Weights in strips: see packed/. */
export const emitPackedMatMul: EmitKernel = (module, call, features) => {
  const [k] = (call.attrs as PackedMatMulAttrs).weights as [number, number];
  const strips = { bStep: STRIP_BYTES, bStrip: STRIP_BYTES * k };
  return (isOneRow(call) ? emitOneRow : emitPlain)(module, call, features, strips);
};

/** Bytes from one row of B to the next, and from one strip of columns to the next. */
type RightStrides = Pick<GemmShape, "bStep" | "bStrip">;
type EmitProduct = (...given: [...Parameters<EmitKernel>, Required<RightStrides>]) => EmittedKernel;

const isOneRow = ({ mode, inputs }: Call) => mode === "whole" && sizeOf(inputs[0]!.spec.shape.slice(0, -1)) === 1;

/** Bytes of B (of one strip, if it lies in strips) that one pass over its reader reads: half of a small second-level cache. */
const PASS_BYTES = 128 * 1024;

const emitPlain: EmitProduct = (module, call, features, { bStep, bStrip }) => {
  const [a, y] = [call.inputs[0]!.spec, productSpec(call)];
  const [k, n] = [a.shape.at(-1)!, y.shape.at(-1)!];
  const middle = sizeOf(a.shape.slice(1, -1));
  const epilogue = vectorEpilogue(call);
  // A long k is cut into chunks, so that the current part of B stays in the cache while all strips of columns (or, of a strip, all
  // rows) read it.
  const chunk = Math.min(k, Math.max(64, Math.floor(PASS_BYTES / bStep)));
  const last = k - (k % chunk || chunk);
  const shape = { aRow: 4 * k, aStep: 4, bStep, bStrip, cRow: 4 * n, n };
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [ap, bp] = pointers as [Local, Local];
    const yp = pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, pointers);
    const [m, at] = [f.local("i32"), f.local("i32")];
    f.get(end)
      .get(begin)
      .op("i32.sub")
      .i32(a.batched ? middle : 1)
      .op("i32.mul")
      .set(m);
    if (call.mode === "whole") {
      advance(f, ap, begin, 4 * k);
      advance(f, yp, begin, 4 * n);
    }
    if (isShortMatMul(call)) {
      f.get(ap).get(bp).get(yp).get(m);
      pushOperands(f, epilogue, operands);
      f.call(shortProduct(module, { k, n, epilogue }, features));
      return;
    }
    /** Emits the product of `length` values of k, starting at `at`; the first sets y, the last applies the epilogue. */
    const multiply = (length: number, first: boolean, whole: boolean) => {
      f.get(ap).get(at).i32(4).op("i32.mul").op("i32.add");
      f.get(bp).get(at).i32(bStep).op("i32.mul").op("i32.add");
      f.get(yp).get(m).i32(length);
      const own = whole ? epilogue : undefined;
      pushOperands(f, own, operands);
      f.call(gemm(module, { ...shape, zero: first, epilogue: own }, features));
    };
    f.i32(0).set(at);
    if (last > 0) {
      multiply(chunk, true, false);
      f.i32(chunk).set(at);
      f.forLoop(at, last, chunk, () => multiply(chunk, false, false));
    }
    multiply(k - last, last === 0, true);
  });
  return { run, scratchBytes: 0, extent: sizeOf(a.shape.slice(0, -1)) };
};

/** A single row: workers share the strips of columns. */
const emitOneRow: EmitProduct = (module, call, features, { bStep, bStrip }) => {
  const [k, n] = [call.inputs[0]!.spec.shape.at(-1)!, productSpec(call).shape.at(-1)!];
  const [strips, rest] = [Math.floor(n / STRIP_COLUMNS), n % STRIP_COLUMNS];
  const epilogue = vectorEpilogue(call);
  const kinds = pointerKinds(epilogue);
  const shape = { aRow: 4 * k, aStep: 4, bStep, bStrip, cRow: 4 * n, zero: true, epilogue };
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [ap, bp] = pointers as [Local, Local];
    const yp = pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, pointers);
    const moved = [yp, ...operands.filter((_, i) => kinds[i] === "column")];
    for (const pointer of moved) advance(f, pointer, begin, STRIP_BYTES);
    advance(f, bp, begin, bStrip);
    const product = (columns: number) => {
      f.get(ap).get(bp).get(yp).i32(1).i32(k);
      pushOperands(f, epilogue, operands);
      f.call(gemm(module, { ...shape, n: columns }, features));
    };
    const strip = f.local("i32");
    f.get(begin).set(strip);
    f.forLoop(strip, end, 1, () => {
      if (rest === 0) product(STRIP_COLUMNS);
      else
        f.get(strip)
          .i32(strips)
          .op("i32.lt_s")
          .if(
            () => product(STRIP_COLUMNS),
            () => product(rest),
          );
      for (const pointer of moved) advanceBy(f, pointer, STRIP_BYTES);
      advanceBy(f, bp, bStrip);
    });
  });
  return { run, scratchBytes: 0, extent: Math.ceil(n / STRIP_COLUMNS) };
};

/** Columns of `a` (rows of aᵀ) per pass. Their part of the output stays in the cache for the whole batch. */
const PASS_COLUMNS = 512;
/** Rows of `a` that are packed at a time. */
const PASS_DEPTH = 64;
/** One cache line more than the columns, so that rows do not map to the same sets of the first-level cache. */
const PACKED_ROW_BYTES = 4 * PASS_COLUMNS + 64;

const emitTransposed: EmitKernel = (module, call, features) => {
  const [a, y] = [call.inputs[0]!.spec, call.outputs[0]!.spec];
  const [m, n] = y.shape as [number, number];
  const inner = sizeOf(a.shape.slice(1, -1));
  const whole = call.mode === "whole";
  // Rows of `a` wider than a pass are far apart; a tile would read few bytes of each of many pages.
  const packed = m > PASS_COLUMNS;
  const aStep = packed ? PACKED_ROW_BYTES : 4 * m;
  const shape = { aRow: 4, aStep, bStep: 4 * n, cRow: 4 * n, n };
  /** @param sets whether the output is overwritten instead of added to */
  const emit = (f: FunctionBuilder, locals: readonly Local[], sets: boolean) => {
    const { begin, end, rows, scratch, pointers } = namedParams(locals);
    const [ap, bp, yp] = pointers as [Local, Local, Local];
    const [k, at, width, row, depth] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    if (!a.batched) f.i32(sizeOf(a.shape) / m).set(k);
    else if (whole) f.get(rows).i32(inner).op("i32.mul").set(k);
    else f.get(end).get(begin).op("i32.sub").i32(inner).op("i32.mul").set(k);
    if (whole) f.get(begin).set(at);
    else {
      f.i32(0).set(at);
      f.i32(m).set(end);
    }
    const left = f.local("i32");
    f.forLoop(at, end, PASS_COLUMNS, () => {
      setRemaining(f, width, at, end, PASS_COLUMNS);
      /** Emits the product of `depth` rows from `row` on; `zero` for the first rows of an overwritten output. */
      const multiply = (zero: boolean) => {
        f.get(ap)
          .get(row)
          .i32(4 * m)
          .op("i32.mul")
          .op("i32.add");
        f.get(at).i32(4).op("i32.mul").op("i32.add").set(left);
        if (packed) {
          emitPackRows(f, left, scratch, 4 * m, width, depth);
          f.get(scratch).set(left);
        }
        f.get(left)
          .get(bp)
          .get(row)
          .i32(4 * n)
          .op("i32.mul")
          .op("i32.add");
        f.get(yp)
          .get(at)
          .i32(4 * n)
          .op("i32.mul")
          .op("i32.add");
        f.get(width)
          .get(depth)
          .call(gemm(module, { ...shape, zero }, features));
      };
      const pass = packed ? PASS_DEPTH : 0x7fff_ffff;
      f.i32(0).set(row);
      if (sets) {
        setRemaining(f, depth, row, k, pass);
        multiply(true);
        f.get(depth).set(row);
      }
      f.block((done) => {
        f.loop((again) => {
          f.get(row).get(k).op("i32.ge_s").brIf(done);
          setRemaining(f, depth, row, k, pass);
          multiply(false);
          f.get(row).get(depth).op("i32.add").set(row).br(again);
        });
      });
    });
  };
  const addFunction = (sets: boolean) =>
    module.addFunction(kernelParams(call), [], (f, locals) => emit(f, locals, sets));
  return {
    run: addFunction(whole),
    ...(call.early ? { add: addFunction(false) } : {}),
    scratchBytes: packed ? PASS_DEPTH * PACKED_ROW_BYTES : 0,
    extent: m,
  };
};

/** Copies `count` rows of `width` values, `rowBytes` apart, to rows PACKED_ROW_BYTES apart. */
function emitPackRows(
  f: FunctionBuilder,
  source: Local,
  target: Local,
  rowBytes: number,
  width: Local,
  count: Local,
): void {
  const [row, from, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  f.get(source).set(from);
  f.get(target).set(to);
  f.i32(0).set(row);
  f.forLoop(row, count, 1, () => {
    f.get(to).get(from).get(width).i32(4).op("i32.mul").memoryCopy();
    f.get(from).i32(rowBytes).op("i32.add").set(from);
    f.get(to).i32(PACKED_ROW_BYTES).op("i32.add").set(to);
  });
}
