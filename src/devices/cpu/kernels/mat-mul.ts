/** Matrix products of dense layers: a [..., k] · b [k, n], and aᵀ [m, ...] · b [..., n] for weight gradients. */
import { sizeOf } from "../../../base/shape.ts";
import type { MatMulAttrs } from "../../../ops/mat-mul.ts";
import type { Local } from "../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { gemm } from "./gemm.ts";
import { kernelParams, namedParams } from "./rows.ts";

export const emitMatMul: EmitKernel = (module, call, features) =>
  (call.attrs as MatMulAttrs).transposeA ? emitTransposed(module, call, features) : emitPlain(module, call, features);

/** Bytes of B that one pass over the columns reads: half of a small second-level cache. */
const PASS_BYTES = 128 * 1024;

const emitPlain: EmitKernel = (module, call, features) => {
  const [a, y] = [call.inputs[0]!.spec, call.outputs[0]!.spec];
  const [k, n] = [a.shape.at(-1)!, y.shape.at(-1)!];
  const middle = sizeOf(a.shape.slice(1, -1));
  // A long k is cut, so that the part of B in work stays in the cache while all strips of columns read it.
  const chunk = Math.min(k, Math.max(64, Math.floor(PASS_BYTES / (4 * n))));
  const shape = { aRow: 4 * k, aStep: 4, bStep: 4 * n, cRow: 4 * n, n };
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [ap, bp, yp] = pointers as [Local, Local, Local];
    const [m, at, length] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(end)
      .get(begin)
      .op("i32.sub")
      .i32(a.batched ? middle : 1)
      .op("i32.mul")
      .set(m);
    if (call.mode === "whole") {
      f.get(ap)
        .get(begin)
        .i32(4 * k)
        .op("i32.mul")
        .op("i32.add")
        .set(ap);
      f.get(yp)
        .get(begin)
        .i32(4 * n)
        .op("i32.mul")
        .op("i32.add")
        .set(yp);
    }
    f.get(ap)
      .get(bp)
      .get(yp)
      .get(m)
      .i32(chunk)
      .call(gemm(module, { ...shape, zero: true }, features));
    if (chunk === k) return;
    f.i32(chunk).set(at);
    f.forLoop(at, k, chunk, () => {
      f.i32(k)
        .get(at)
        .op("i32.sub")
        .i32(chunk)
        .i32(k)
        .get(at)
        .op("i32.sub")
        .i32(chunk)
        .op("i32.lt_s")
        .op("select")
        .set(length);
      f.get(ap).get(at).i32(4).op("i32.mul").op("i32.add");
      f.get(bp)
        .get(at)
        .i32(4 * n)
        .op("i32.mul")
        .op("i32.add");
      f.get(yp)
        .get(m)
        .get(length)
        .call(gemm(module, { ...shape, zero: false }, features));
    });
  });
  return { run, scratchBytes: 0, extent: sizeOf(a.shape.slice(0, -1)) };
};

/** Rows of aᵀ that one pass makes: their part of the output stays in the first-level cache while the batch's rows pass by. */
const PASS_ROWS = 96;

const emitTransposed: EmitKernel = (module, call, features) => {
  const [a, y] = [call.inputs[0]!.spec, call.outputs[0]!.spec];
  const [m, n] = y.shape as [number, number];
  const inner = sizeOf(a.shape.slice(1, -1));
  const shape = { aRow: 4, aStep: 4 * m, bStep: 4 * n, cRow: 4 * n, n };
  const whole = call.mode === "whole";
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, rows, pointers } = namedParams(locals);
    const [ap, bp, yp] = pointers as [Local, Local, Local];
    const [k, at, height] = [f.local("i32"), f.local("i32"), f.local("i32")];
    if (!a.batched) f.i32(sizeOf(a.shape) / m).set(k);
    else if (whole) f.get(rows).i32(inner).op("i32.mul").set(k);
    else f.get(end).get(begin).op("i32.sub").i32(inner).op("i32.mul").set(k);
    if (whole) f.get(begin).set(at);
    else {
      f.i32(0).set(at);
      f.i32(m).set(end);
    }
    f.forLoop(at, end, PASS_ROWS, () => {
      f.get(end).get(at).op("i32.sub").i32(PASS_ROWS).get(end).get(at).op("i32.sub").i32(PASS_ROWS);
      f.op("i32.lt_s").op("select").set(height);
      f.get(ap).get(at).i32(4).op("i32.mul").op("i32.add");
      f.get(bp);
      f.get(yp)
        .get(at)
        .i32(4 * n)
        .op("i32.mul")
        .op("i32.add");
      f.get(height)
        .get(k)
        .call(gemm(module, { ...shape, zero: whole }, features));
    });
  });
  return { run, scratchBytes: 0, extent: m };
};
