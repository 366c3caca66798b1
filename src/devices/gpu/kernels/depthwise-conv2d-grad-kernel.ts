/**
 * Gradient by a depthwise convolution's kernel. A workgroup computes one tap of some adjacent lanes, and its threads share the
 * pixels. Workgroups share the pixels too where there are few weights. All parts are added in a fixed order.
 */
import type { DepthwiseConv2dGradKernelAttrs } from "../../../ops/depthwise-conv2d.ts";
import type { EmitKernel, Shader } from "../kernel.ts";
import { foldedGroup, foldWorkgroups } from "./flat.ts";
import { liveExtent, mostOf, withSplitSum } from "./gemm.ts";
import { fixedExtent, leadingExtent } from "./matrix-operand.ts";
import { ENOUGH_GROUPS, MOST_SPLITS } from "./tile-size.ts";

const THREADS = 64;
/** Minimum pixels summed per thread before more workgroups share them. */
const LEAST_PIXELS = 16;

export const emitDepthwiseConv2dGradKernel: EmitKernel = (call, features) => {
  const { strides, pad, dilation } = call.attrs as DepthwiseConv2dGradKernelAttrs;
  const [x, dy, dw] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const [, oh, ow, lanes] = dy.shape as [number, number, number, number];
  const [kh, kw, , multiplier] = dw.shape as [number, number, number, number];
  const pixels = leadingExtent(dy, 3);
  const across = Math.min(THREADS, 2 ** Math.ceil(Math.log2(lanes)));
  const along = THREADS / across;
  const blocks = Math.ceil(lanes / across);
  const groups = blocks * kh * kw;
  const wanted = Math.min(MOST_SPLITS, Math.ceil(ENOUGH_GROUPS / groups));
  const splits = Math.max(1, Math.min(wanted, Math.floor(mostOf(pixels) / (LEAST_PIXELS * along))));
  const product: Shader = {
    label: `depthwiseConv2dGradKernel [${x.shape}] [${dy.shape}]`,
    code: (bindings) => `
var<workgroup> parts: array<f32, ${THREADS}>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = ${foldedGroup};
  let lane = number % ${blocks}u * ${across}u + thread % ${across}u;
  let tap = number / ${blocks}u % ${kh * kw}u;
  let split = number / ${groups}u;
  let turn = thread / ${across}u;
  let below = i32(tap / ${kw}u) * ${dilation[0]} - ${pad[0][0]};
  let right = i32(tap % ${kw}u) * ${dilation[1]} - ${pad[1][0]};
  let end = ${liveExtent(pixels)};
  var total = 0.0;
  if (lane < ${lanes}u) {
    for (var pixel = split * ${along}u + turn; pixel < end; pixel += ${splits * along}u) {
      let row = i32(pixel / ${ow}u % ${oh}u) * ${strides[0]} + below;
      let column = i32(pixel % ${ow}u) * ${strides[1]} + right;
      if (row < 0 || row >= ${height} || column < 0 || column >= ${width}) { continue; }
      let base = ((i32(pixel / ${oh * ow}u) * ${height} + row) * ${width} + column) * ${channels};
      total += ${bindings.input(0).load(`base + i32(lane / ${multiplier}u)`)} * ${bindings.input(1).load(`pixel * ${lanes}u + lane`)};
    }
  }
  parts[thread] = total;
  workgroupBarrier();
  if (turn == 0u && lane < ${lanes}u) {
    for (var other = 1u; other < ${along}u; other++) { total += parts[other * ${across}u + thread]; }
    ${(splits === 1 ? bindings.output(0) : bindings.scratch(0)).store(`(split * ${kh * kw}u + tap) * ${lanes}u + lane`, "total")}
  }
}`,
    workgroups: () => foldWorkgroups(groups * splits),
  };
  return withSplitSum(call, product, splits, fixedExtent(kh * kw * lanes), features.software ? 1 : 4);
};
