/** Gradient by a depthwise convolution's input: each thread computes one value of dx, or four adjacent channels. */
import type { DepthwiseConv2dGradInputAttrs } from "../../../ops/depthwise-conv2d.ts";
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups } from "./flat.ts";
import { extentAt, liveExtent } from "./gemm.ts";
import { fetchWidths, leadingExtent } from "./matrix-operand.ts";

export const emitDepthwiseConv2dGradInput: EmitKernel = (call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dGradInputAttrs;
  const [dy, w, dx] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const [, oh, ow, lanes] = dy.shape as [number, number, number, number];
  const [kh, kw, , multiplier] = w.shape as [number, number, number, number];
  const [, height, width, channels] = dx.shape as [number, number, number, number];
  const wide = multiplier === 1 && channels % 4 === 0;
  const [fetch] = fetchWidths(call, features, wide, wide);
  const type = fetch === 4 ? "vec4f" : "f32";
  const pixels = leadingExtent(dx, 3);
  const threads = { ...pixels, size: (pixels.size * channels) / fetch };
  return {
    shaders: [
      {
        label: `depthwiseConv2dGradInput [${dy.shape}] [${w.shape}]`,
        code: (bindings) => {
          const [dys, ws, dxs] = [bindings.input(0, type), bindings.input(1, type), bindings.output(0, type)];
          return flatMain(
            liveExtent(threads),
            `
  let channel = i32(id % ${channels / fetch}u);
  let pixel = id / ${channels / fetch}u;
  let image = i32(pixel / ${height * width}u);
  let below = i32(pixel / ${width}u % ${height}u) + ${pad[0][0]};
  let right = i32(pixel % ${width}u) + ${pad[1][0]};
  var total = ${type}();
  for (var a = 0; a < ${kh}; a++) {
    let i = below - a * ${dilation[0]};
    if (i < 0 || i % ${strides[0]} != 0 || i / ${strides[0]} >= ${oh}) { continue; }
    for (var b = 0; b < ${kw}; b++) {
      let j = right - b * ${dilation[1]};
      if (j < 0 || j % ${strides[1]} != 0 || j / ${strides[1]} >= ${ow}) { continue; }
      let base = ((image * ${oh} + i / ${strides[0]}) * ${ow} + j / ${strides[1]}) * ${lanes / fetch};
      for (var each = 0; each < ${multiplier}; each++) {
        let lane = channel * ${multiplier} + each;
        total += ${dys.load("base + lane")} * ${ws.load(`(a * ${kw} + b) * ${lanes / fetch} + lane`)};
      }
    }
  }
  ${dxs.store("id", "total")}`,
          );
        },
        workgroups: (rows) => flatWorkgroups(extentAt(threads, rows)),
      },
    ],
  };
};
