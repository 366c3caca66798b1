/** 2-D max pooling and its gradient, NHWC, four channels at a time. Windows are clipped at the image's edge: padding is −∞. */
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, storeLanes } from "./kernel-function.ts";
import { PoolGeometry } from "./pool-window.ts";
import { forEachImage, forEachRow, imageExtent, pushLine } from "./rows.ts";

/** x [n,h,w,c] → y [n,oh,ow,c]; NaN wins. */
export const emitMaxPool2d: EmitKernel = (module, call) => {
  const pool = new PoolGeometry(call, [call.inputs[0]!.spec.shape, call.outputs[0]!.spec.shape]);
  const run = addKernelFunction(module, 1, 1, (f, params) => {
    const [x, y] = [params.inputs[0]!, params.outputs[0]!];
    const [best, nan, value] = [f.local("v128"), f.local("v128"), f.local("v128")];
    const moved = [
      { pointer: x, bytes: pool.imageBytes },
      { pointer: y, bytes: pool.outputBytes },
    ];
    forEachImage(f, call, params, pool.lines, moved, (range) => {
      const to = f.local("i32");
      pushLine(f, y, range.first, pool.lineBytes);
      f.set(to);
      pool.forEachWindow(f, [x], range, ([at], window) =>
        pool.forEachChannels(f, [at!, to], (lanes) => {
          f.f32x4(Number.NEGATIVE_INFINITY).set(best);
          f.i32x4(0).set(nan);
          window.forEachCell([at!], ([cell], offset) => {
            f.get(best).get(cell!).mem("v128.load", offset).tee(value).op("f32x4.pmax").set(best);
            f.get(value).get(value).op("f32x4.ne").get(nan).op("v128.or").set(nan);
          });
          // All bits set is a NaN.
          f.get(best).get(nan).op("v128.or").set(best);
          storeLanes(f, to, 0, best, lanes);
        }),
      );
    });
  });
  return { run, scratchBytes: 0, extent: imageExtent(call, pool.lines) };
};

/** x [n,h,w,c], dy [n,oh,ow,c] → dx [n,h,w,c]: each dy goes to the first maximum of its window in row-major order. */
export const emitMaxPool2dGrad: EmitKernel = (module, call) => {
  const pool = new PoolGeometry(call, [call.inputs[0]!.spec.shape, call.inputs[1]!.spec.shape]);
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [x, dy, dx] = [params.inputs[0]!, params.inputs[1]!, params.outputs[0]!];
    const [best, place, value, gradient] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
    const moved = [
      { pointer: x, bytes: pool.imageBytes },
      { pointer: dy, bytes: pool.outputBytes },
      { pointer: dx, bytes: pool.imageBytes },
    ];
    forEachRow(f, call, params, moved, () => {
      const from = f.local("i32");
      f.get(dy).set(from);
      if (!pool.covers) f.get(dx).i32(0).i32(pool.imageBytes).memoryFill();
      pool.forEachWindow(f, [x, dx], pool.all, ([at, target], window) =>
        pool.forEachChannels(f, [at!, target!, from], (lanes) => {
          f.f32x4(Number.NEGATIVE_INFINITY).set(best);
          window.pushFirstNumber();
          f.set(place);
          window.forEachCell([at!], ([cell], offset, pushNumber) => {
            // A value is better if it is not ≤ the best (larger, or NaN) and the best is a number.
            f.get(best).get(best).op("f32x4.eq");
            f.get(cell!).mem("v128.load", offset).tee(value).get(best).op("f32x4.le").op("v128.andnot");
            const better = gradient;
            f.set(better);
            pushNumber();
            f.get(place).get(better).op("v128.bitselect").set(place);
            f.get(value).get(best).get(better).op("v128.bitselect").set(best);
          });
          f.get(from).mem("v128.load").set(gradient);
          window.forEachCell([target!], ([cell], offset, pushNumber) => {
            f.get(place);
            pushNumber();
            f.op("i32x4.eq").get(gradient).op("v128.and");
            if (!pool.covers) f.get(cell!).mem("v128.load", offset).op("f32x4.add");
            f.set(value);
            storeLanes(f, cell!, offset, value, lanes);
          });
        }),
      );
    });
  });
  return { run, scratchBytes: 0, extent: call.outputs[0]!.spec.shape[0]! };
};

/** x, g [n,h,w,c] → y [n,oh,ow,c]: g where x has the first maximum of each window in row-major order. */
export const emitMaxPool2dPick: EmitKernel = (module, call) => {
  const pool = new PoolGeometry(call, [call.inputs[0]!.spec.shape, call.outputs[0]!.spec.shape]);
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [x, g, y] = [params.inputs[0]!, params.inputs[1]!, params.outputs[0]!];
    const [best, value, better, picked] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
    const started = f.local("v128");
    const moved = [
      { pointer: x, bytes: pool.imageBytes },
      { pointer: g, bytes: pool.imageBytes },
      { pointer: y, bytes: pool.outputBytes },
    ];
    forEachImage(f, call, params, pool.lines, moved, (range) => {
      const to = f.local("i32");
      pushLine(f, y, range.first, pool.lineBytes);
      f.set(to);
      pool.forEachWindow(f, [x, g], range, ([at, source], window) =>
        pool.forEachChannels(f, [at!, source!, to], (lanes) => {
          f.f32x4(Number.NEGATIVE_INFINITY).set(best);
          f.i32x4(0).set(started);
          window.forEachCell([at!, source!], ([cell, other], offset) => {
            // Better: the first cell, or not ≤ the best (larger, or NaN) while the best is a number.
            f.get(best).get(best).op("f32x4.eq");
            f.get(cell!).mem("v128.load", offset).tee(value).get(best).op("f32x4.le").op("v128.andnot");
            f.get(started).op("v128.not").op("v128.or").set(better);
            f.get(value).get(best).get(better).op("v128.bitselect").set(best);
            f.get(other!).mem("v128.load", offset).get(picked).get(better).op("v128.bitselect").set(picked);
            f.i32x4(-1).set(started);
          });
          storeLanes(f, to, 0, picked, lanes);
        }),
      );
    });
  });
  return { run, scratchBytes: 0, extent: imageExtent(call, pool.lines) };
};
