/** Uniform random numbers: Threefry-2x32-20 of `base/random.ts`, four counters at a time, bit for bit the same. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { Key } from "../../../base/random.ts";
import { threefryRotations } from "../../../base/random.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { RandomUniformAttrs } from "../../../ops/random-uniform.ts";
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy, countDown, storeLanes, storeSomeLanes } from "./kernel-function.ts";

const PARITY = 0x1bd11bda;

/** step [], like → y [n, …rowShape]; the counter of an element is its flat index in the whole batch. */
export const emitRandomUniform: EmitKernel = (module, call) => {
  const { key, rowShape, fromFirstRow = false } = call.attrs as RandomUniformAttrs;
  const rowSize = sizeOf(rowShape);
  const run = addKernelFunction(module, call.inputs.length, 1, (f, { begin, end, inputs, outputs }) => {
    const out = outputs[0]!;
    const left = f.local("i32");
    const [counter, step] = [f.local("v128"), f.local("v128")];
    const streams = [0, 4].map((ahead) => ({ ahead, x0: f.local("v128"), x1: f.local("v128") }));
    if (call.mode === "whole") advance(f, out, begin, 4 * rowSize);
    f.get(end).get(begin).op("i32.sub").i32(rowSize).op("i32.mul").set(left);
    f.get(inputs[0]!).mem("f32.load").op("i32.trunc_sat_f32_s").op("i32x4.splat").set(step);
    f.get(begin);
    if (fromFirstRow) f.get(inputs[2]!).mem("f32.load").op("i32.trunc_sat_f32_s").op("i32.add");
    f.i32(rowSize).op("i32.mul").op("i32x4.splat").i32x4(0, 1, 2, 3).op("i32x4.add").set(counter);
    // Two vectors at a time, because a single one is bound by its own latency; then one.
    for (const drawn of [streams, streams.slice(0, 1)])
      countDown(f, left, 4 * drawn.length, () => {
        emitDraws(f, key, counter, step, drawn);
        for (const { ahead, x0 } of drawn) storeLanes(f, out, 4 * ahead, x0, 4);
        advanceBy(f, out, 16 * drawn.length);
        f.get(counter)
          .i32x4(4 * drawn.length)
          .op("i32x4.add")
          .set(counter);
      });
    f.get(left)
      .i32(0)
      .op("i32.gt_s")
      .if(() => {
        emitDraws(f, key, counter, step, streams.slice(0, 1));
        storeSomeLanes(f, out, streams[0]!.x0, left);
      });
  });
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? call.outputs[0]!.spec.shape[0]! : 1 };
};

/** The two words of four draws, `ahead` counters ahead. */
interface Stream {
  readonly ahead: number;
  readonly x0: Local;
  readonly x1: Local;
}

/** Leaves the random numbers in the streams' x0. */
function emitDraws(f: FunctionBuilder, key: Key, counter: Local, step: Local, streams: readonly Stream[]): void {
  const schedule = [key[0] | 0, key[1] | 0, PARITY ^ key[0] ^ key[1]] as const;
  const add = (to: Local, word: number) => f.get(to).i32x4(word).op("i32x4.add").set(to);
  for (const { ahead, x0, x1 } of streams) {
    f.get(counter)
      .i32x4((schedule[0] + ahead) | 0)
      .op("i32x4.add")
      .set(x0);
    f.get(step).i32x4(schedule[1]).op("i32x4.add").set(x1);
  }
  for (let round = 0; round < 20; round++) {
    const rotation = threefryRotations[round % 8]!;
    const group = (round + 1) / 4;
    for (const { x0, x1 } of streams) {
      f.get(x0).get(x1).op("i32x4.add").set(x0);
      f.get(x1).i32(rotation).op("i32x4.shl");
      f.get(x1)
        .i32(32 - rotation)
        .op("i32x4.shr_u")
        .op("v128.or");
      f.get(x0).op("v128.xor").set(x1);
      if (round % 4 !== 3) continue;
      add(x0, schedule[group % 3]!);
      add(x1, (schedule[(group + 1) % 3]! + group) | 0);
    }
  }
  for (const { x0 } of streams)
    f.get(x0)
      .i32(8)
      .op("i32x4.shr_u")
      .op("f32x4.convert_i32x4_s")
      .f32x4(2 ** -24)
      .op("f32x4.mul")
      .set(x0);
}
