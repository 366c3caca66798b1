/** Uniform random numbers: Threefry-2x32-20 of `base/random.ts`, bit for bit the same. */
import { threefryRotations } from "../../../base/random.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { RandomUniformAttrs } from "../../../ops/random-uniform.ts";
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";

const PARITY = 0x1bd11bda;

/** step [], like → y [n, …rowShape]; the counter of an element is its flat index in the whole batch. */
export const emitRandomUniform: EmitKernel = (call) => {
  const { key, rowShape } = call.attrs as RandomUniformAttrs;
  const size = sizeOf(rowShape);
  const { batched, shape } = call.outputs[0]!.spec;
  const elements = batched ? size : size * shape[0]!;
  const words = [key[0], key[1], PARITY ^ key[0] ^ key[1]].map((word) => `${word >>> 0}u`);
  return {
    shaders: [
      {
        label: `randomUniform [${shape.join(", ")}]`,
        code: (bindings) => {
          const [step, y] = [bindings.input(0), bindings.output(0)];
          const body = [
            `  var x0 = id + ${words[0]};`,
            `  var x1 = u32(i32(${step.load("0")})) + ${words[1]};`,
            ...Array.from({ length: 20 }, (_, round) => printRound(round, words)),
            `  ${y.store("id", `f32(x0 >> 8u) * ${2 ** -24}f`)}`,
          ];
          return flatMain(liveCount(batched, elements), body.join("\n"));
        },
        workgroups: (rows) => flatWorkgroups(batched ? rows * elements : elements),
      },
    ],
  };
};

function printRound(round: number, words: readonly string[]): string {
  const rotation = threefryRotations[round % 8]!;
  const mix = `  x0 += x1; x1 = ((x1 << ${rotation}u) | (x1 >> ${32 - rotation}u)) ^ x0;`;
  if (round % 4 !== 3) return mix;
  const group = (round + 1) / 4;
  return `${mix}\n  x0 += ${words[group % 3]}; x1 += ${words[(group + 1) % 3]} + ${group}u;`;
}
