/** Depthwise convolution forward: each thread computes one value of y, or four adjacent channels if each has one kernel. */
import type { DepthwiseConv2dAttrs } from "../../../ops/depthwise-conv2d.ts";
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups } from "./flat.ts";
import { extentAt, liveExtent } from "./gemm.ts";
import { fetchWidths, leadingExtent } from "./matrix-operand.ts";

export const emitDepthwiseConv2d: EmitKernel = (call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dAttrs;
  const [x, w, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const [kh, kw, , multiplier] = w.shape as [number, number, number, number];
  const [, oh, ow, lanes] = y.shape as [number, number, number, number];
  const wide = multiplier === 1 && channels % 4 === 0;
  const [fetch] = fetchWidths(call, features, wide, wide);
  const type = fetch === 4 ? "vec4f" : "f32";
  const pixels = leadingExtent(y, 3);
  const threads = { ...pixels, size: (pixels.size * lanes) / fetch };
  return {
    shaders: [
      {
        label: `depthwiseConv2d [${x.shape}] [${w.shape}]`,
        code: (bindings) => {
          const [xs, ws, ys] = [bindings.input(0, type), bindings.input(1, type), bindings.output(0, type)];
          return flatMain(
            liveExtent(threads),
            `
  let lane = i32(id % ${lanes / fetch}u);
  let pixel = id / ${lanes / fetch}u;
  let image = i32(pixel / ${oh * ow}u);
  let top = i32(pixel / ${ow}u % ${oh}u) * ${strides[0]} - ${pad[0][0]};
  let left = i32(pixel % ${ow}u) * ${strides[1]} - ${pad[1][0]};
  var total = ${type}();
  for (var a = 0; a < ${kh}; a++) {
    let row = top + a * ${dilation[0]};
    if (row < 0 || row >= ${height}) { continue; }
    for (var b = 0; b < ${kw}; b++) {
      let column = left + b * ${dilation[1]};
      if (column < 0 || column >= ${width}) { continue; }
      let base = ((image * ${height} + row) * ${width} + column) * ${channels / fetch};
      total += ${xs.load(`base + lane / ${multiplier}`)} * ${ws.load(`(a * ${kw} + b) * ${lanes / fetch} + lane`)};
    }
  }
  ${ys.store("id", "total")}`,
          );
        },
        workgroups: (rows) => flatWorkgroups(extentAt(threads, rows)),
      },
    ],
  };
};
