/** Reordering of axes and of kernels: moves without arithmetic. */
import { sizeOf, stridesOf } from "../../../base/shape.ts";
import type { RotateKernelAttrs } from "../../../ops/conv2d.ts";
import type { TransposeAttrs } from "../../../ops/mat-mul.ts";
import type { FunctionBuilder, Local } from "../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { kernelParams, namedParams } from "./rows.ts";

/** One axis of a walk over a target in row-major order: its length and the bytes that the source moves per step. */
interface Axis {
  readonly length: number;
  readonly sourceBytes: number;
}

/**
 * Copies value by value, the target in order. The outermost axis runs from `begin` to `end`; `source` and `target` stand at
 * its place `begin` already.
 */
function emitWalk(
  f: FunctionBuilder,
  axes: readonly Axis[],
  begin: Local,
  end: Local,
  source: Local,
  target: Local,
): void {
  const walk = (depth: number, from: Local): void => {
    if (depth === axes.length) {
      f.get(target).get(from).mem("f32.load").mem("f32.store");
      f.get(target).i32(4).op("i32.add").set(target);
      return;
    }
    const { length, sourceBytes } = axes[depth]!;
    const [i, at] = [f.local("i32"), f.local("i32")];
    f.get(from).set(at);
    if (depth === 0) f.get(begin).set(i);
    else f.i32(0).set(i);
    f.forLoop(i, depth === 0 ? end : length, 1, () => {
      walk(depth + 1, at);
      f.get(at).i32(sourceBytes).op("i32.add").set(at);
    });
  };
  walk(0, source);
}

export const emitTranspose: EmitKernel = (module, call) => {
  const { permutation } = call.attrs as TransposeAttrs;
  const [x, y] = [call.inputs[0]!.spec, call.outputs[0]!.spec];
  const strides = stridesOf(x.shape);
  const axes = permutation.map((axis, i): Axis => ({ length: y.shape[i]!, sourceBytes: 4 * strides[axis]! }));
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [xp, yp] = pointers as [Local, Local];
    if (call.mode === "whole") {
      f.get(xp).get(begin).i32(axes[0]!.sourceBytes).op("i32.mul").op("i32.add").set(xp);
      f.get(yp)
        .get(begin)
        .i32(4 * sizeOf(y.shape.slice(1)))
        .op("i32.mul")
        .op("i32.add")
        .set(yp);
    }
    emitWalk(f, axes, begin, end, xp, yp);
  });
  return { run, scratchBytes: 0, extent: y.shape[0]! };
};

/** r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j]: a walk whose first axes go backwards. Shared along the rows of the kernel. */
export const emitRotateKernel: EmitKernel = (module, call) => {
  const { groups } = call.attrs as RotateKernelAttrs;
  const [kh, kw, depth, cout] = call.inputs[0]!.spec.shape as [number, number, number, number];
  const perGroup = cout / groups;
  const tapBytes = 4 * depth * cout;
  const axes: Axis[] = [
    { length: kh, sourceBytes: -kw * tapBytes },
    { length: kw, sourceBytes: -tapBytes },
    { length: perGroup, sourceBytes: 4 },
    { length: groups, sourceBytes: 4 * perGroup },
    { length: depth, sourceBytes: 4 * cout },
  ];
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, pointers } = namedParams(locals);
    const [w, r] = pointers as [Local, Local];
    f.get(w)
      .i32((kh * kw - 1) * tapBytes)
      .op("i32.add")
      .get(begin)
      .i32(kw * tapBytes)
      .op("i32.mul")
      .op("i32.sub")
      .set(w);
    f.get(r)
      .get(begin)
      .i32(kw * tapBytes)
      .op("i32.mul")
      .op("i32.add")
      .set(r);
    emitWalk(f, axes, begin, end, w, r);
  });
  return { run, scratchBytes: 0, extent: kh };
};
