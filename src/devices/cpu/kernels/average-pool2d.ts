/** 2-D average pooling and its gradient, NHWC, four channels at a time. Windows are clipped at the image's edge. */
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, storeLanes } from "./kernel-function.ts";
import { PoolGeometry } from "./pool-window.ts";
import { forEachImage, forEachRow, imageExtent, pushLine } from "./rows.ts";

/** x [n,h,w,c] → y [n,oh,ow,c]. */
export const emitAveragePool2d: EmitKernel = (module, call) => {
  const pool = new PoolGeometry(call, [call.inputs[0]!.spec.shape, call.outputs[0]!.spec.shape]);
  const run = addKernelFunction(module, 1, 1, (f, params) => {
    const [x, y] = [params.inputs[0]!, params.outputs[0]!];
    const [sum, share] = [f.local("v128"), f.local("v128")];
    const moved = [
      { pointer: x, bytes: pool.imageBytes },
      { pointer: y, bytes: pool.outputBytes },
    ];
    forEachImage(f, call, params, pool.lines, moved, (range) => {
      const to = f.local("i32");
      pushLine(f, y, range.first, pool.lineBytes);
      f.set(to);
      pool.forEachWindow(f, [x], range, ([at], window) => {
        window.pushShare();
        f.set(share);
        pool.forEachChannels(f, [at!, to], (lanes) => {
          f.f32x4(0).set(sum);
          window.forEachCell([at!], ([cell], offset) => {
            f.get(sum).get(cell!).mem("v128.load", offset).op("f32x4.add").set(sum);
          });
          f.get(sum).get(share).op("f32x4.mul").set(sum);
          storeLanes(f, to, 0, sum, lanes);
        });
      });
    });
  });
  return { run, scratchBytes: 0, extent: imageExtent(call, pool.lines) };
};

/** dy [n,oh,ow,c] → dx [n,h,w,c]: each cell sums its share of the gradients of all windows that cover it. */
export const emitAveragePool2dGrad: EmitKernel = (module, call) => {
  const pool = new PoolGeometry(call, [call.outputs[0]!.spec.shape, call.inputs[0]!.spec.shape]);
  const run = addKernelFunction(module, 1, 1, (f, params) => {
    const [dy, dx] = [params.inputs[0]!, params.outputs[0]!];
    const [gradient, share, value] = [f.local("v128"), f.local("v128"), f.local("v128")];
    const moved = [
      { pointer: dy, bytes: pool.outputBytes },
      { pointer: dx, bytes: pool.imageBytes },
    ];
    forEachRow(f, call, params, moved, () => {
      const from = f.local("i32");
      f.get(dy).set(from);
      if (!pool.covers) f.get(dx).i32(0).i32(pool.imageBytes).memoryFill();
      pool.forEachWindow(f, [dx], pool.all, ([target], window) => {
        window.pushShare();
        f.set(share);
        pool.forEachChannels(f, [target!, from], (lanes) => {
          f.get(from).mem("v128.load").get(share).op("f32x4.mul").set(gradient);
          window.forEachCell([target!], ([cell], offset) => {
            if (pool.covers) return storeLanes(f, cell!, offset, gradient, lanes);
            f.get(gradient).get(cell!).mem("v128.load", offset).op("f32x4.add").set(value);
            storeLanes(f, cell!, offset, value, lanes);
          });
        });
      });
    });
  });
  return { run, scratchBytes: 0, extent: call.outputs[0]!.spec.shape[0]! };
};
