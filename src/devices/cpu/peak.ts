/** Measures the peak rates of one thread for arithmetic and memory. */
import type { FunctionBuilder, Local } from "../../assembler/function.ts";
import { ModuleBuilder } from "../../assembler/module.ts";
import type { Peaks } from "../peaks.ts";
import type { Features } from "./kernel.ts";
import { advanceBy, loadVectors, storeVectors } from "./kernels/kernel-function.ts";

/**
 * Enough sums to hide a multiply-add's latency (4 or 5 cycles, two issued per cycle; 8 where it is two instructions) that still
 * fit in x64's 16 registers with the factor, the summand and an intermediate product.
 */
const ACCUMULATORS = 12;
const LANES = 4;
const FLOPS_PER_LANE = 2;
/** One run takes about a millisecond: long for the coarse clock of a browser, short enough to run mostly undisturbed. */
const ROUNDS = 500_000;
const RUNS = 60;

/** Of the source of a copy, and of its target: larger than most caches. */
const COPIED_BYTES = 64 * 2 ** 20;
const COPIED_VECTORS = 8;
const COPIES = 8;
const PAGE_BYTES = 2 ** 16;

/** The best of many short runs of each, about a third of a second in all. */
export async function measurePeaks(features: Features): Promise<Peaks> {
  return { gflops: await measurePeak(features), gigabytes: await measureBandwidth() };
}

/**
 * Peak GFLOP/s of one thread for multiply-adds in registers: x ← x·½ + ½, twelve vectors or twelve pairs at a time. A multiply-add
 * is one instruction with relaxed SIMD, two without.
 */
export async function measurePeak(features: Features): Promise<number> {
  const vectors = features.wide ? 2 * ACCUMULATORS : ACCUMULATORS;
  const milliseconds = await fastestRun({ pages: 1, rounds: ROUNDS, runs: RUNS }, (f, rounds) => {
    const sums = Array.from({ length: vectors }, () => f.local("v128"));
    const [half, round, address] = [f.constant(0.5), f.local("i32"), f.local("i32")];
    f.forLoop(round, rounds, 1, () => {
      for (const sum of sums) {
        f.get(sum).get(half);
        if (features.relaxed) f.get(half).op("f32x4.relaxed_madd");
        else f.op("f32x4.mul").get(half).op("f32x4.add");
        f.set(sum);
      }
    });
    // Unused results may be eliminated, and only adjacent stores are joined to pairs.
    storeVectors(f, address, 0, sums);
  });
  return (ROUNDS * vectors * LANES * FLOPS_PER_LANE) / milliseconds / 1e6;
}

/** GB/s at which one thread copies memory, reads plus writes. */
async function measureBandwidth(): Promise<number> {
  const bytes = 16 * COPIED_VECTORS;
  const size = { pages: (2 * COPIED_BYTES) / PAGE_BYTES, rounds: COPIED_BYTES / bytes, runs: COPIES };
  const milliseconds = await fastestRun(size, (f, rounds) => {
    const [from, to, round] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.i32(COPIED_BYTES).set(to);
    f.forLoop(round, rounds, 1, () => {
      storeVectors(f, to, 0, loadVectors(f, from, 0, COPIED_VECTORS));
      advanceBy(f, from, bytes);
      advanceBy(f, to, bytes);
    });
  });
  return (2 * COPIED_BYTES) / milliseconds / 1e6;
}

/** Milliseconds of the fastest of several runs of so many rounds. */
async function fastestRun(
  { pages, rounds, runs }: { readonly pages: number; readonly rounds: number; readonly runs: number },
  emit: (f: FunctionBuilder, rounds: Local) => void,
): Promise<number> {
  const module = new ModuleBuilder({ maximumPages: pages, shared: false });
  module.exportFunction(
    "run",
    module.addFunction(["i32"], [], (f, [count]) => emit(f, count!)),
  );
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const compiled = await WebAssembly.compile(module.finish() as Uint8Array<ArrayBuffer>);
  const instance = await WebAssembly.instantiate(compiled, { host: { memory } });
  const run = instance.exports.run as (rounds: number) => void;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    run(rounds);
    const time = performance.now() - begin;
    // A clock of millisecond resolution may return the same time twice.
    if (time > 0) best = Math.min(best, time);
  }
  return best;
}
