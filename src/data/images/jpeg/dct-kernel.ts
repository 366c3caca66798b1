/**
 * Kernels of the inverse DCT of a block: the accurate one in integers of libjpeg, after Loeffler, Ligtenberg and Moschytz, "Practical
 * fast 1-D DCT algorithms with 11 multiplications" (ICASSP 1989). libjpeg rounds its factors to 13 bits and keeps 2 bits between
 * the passes; everything else is exact (modulo 2³²), so any order of the sums gives the same pixels. Here each sum is
 * written out as products of pairs (`i32x4.dot_i16x8_s`).
 */
import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import { BLOCK, FACTORS, LARGEST, VALUES } from "./layout.ts";

const FACTOR_BITS = 13;
const PASS_BITS = 2;

const fixed = (factor: number) => Math.round(factor * 2 ** FACTOR_BITS);

/** Factors of the even part: √2·cos(6π/16) and what it differs by. */
const [c6, c2minus6, c2plus6] = [fixed(0.541196100146197), fixed(0.765366864730179), fixed(1.847759065022573)];
/** Factors of the odd part, by Loeffler's rotations of √2·cos(kπ/16). */
const odd = {
  sum: fixed(1.175875602419359),
  of37: fixed(1.961570560806461),
  of15: fixed(0.390180644032257),
  of17: fixed(0.899976223136416),
  of35: fixed(2.562915447741505),
  of7: fixed(0.298631336475741),
  of5: fixed(2.053119869038127),
  of3: fixed(3.072711026502948),
  of1: fixed(1.501321110033399),
};
const s37 = odd.sum - odd.of37;
const s15 = odd.sum - odd.of15;

/** What pairs of coefficients are multiplied with. Outputs k and 7 - k are an even part plus and minus an odd part. */
const pairs = {
  /** Coefficients 0 and 4: of parts 0 and 3, and of parts 1 and 2. */
  plus: [2 ** FACTOR_BITS, 2 ** FACTOR_BITS],
  minus: [2 ** FACTOR_BITS, -(2 ** FACTOR_BITS)],
  /** Coefficients 2 and 6, added to parts 0 and 1 and subtracted from parts 3 and 2. */
  outer: [c6 + c2minus6, c6],
  inner: [c6, c6 - c2plus6],
  /** Coefficients 1 and 3, then 5 and 7, of the odd parts 0 … 3. */
  a13: [odd.of1 - odd.of17 + s15, odd.sum],
  a57: [s15, odd.sum - odd.of17],
  b13: [odd.sum, odd.of3 - odd.of35 + s37],
  b57: [odd.sum - odd.of35, s37],
  c13: [s15, odd.sum - odd.of35],
  c57: [odd.of5 - odd.of35 + s15, odd.sum],
  d13: [odd.sum - odd.of17, s37],
  d57: [odd.sum, odd.of7 - odd.of17 + s37],
} as const;

type Pair = keyof typeof pairs;
const names = Object.keys(pairs) as Pair[];

/** What lies at `FACTORS`. */
export const dctFactors = Int16Array.from(names.flatMap((name) => [0, 1, 2, 3].flatMap(() => pairs[name])));

/** Bytes of two vectors in turn, `size` bytes at a time: of their lower or upper halves. */
const interleaved = (size: number, half: "low" | "high") =>
  Array.from({ length: 16 }, (_, i) => {
    const part = Math.floor(i / size);
    return (part % 2) * 16 + (half === "high" ? 8 : 0) + Math.floor(part / 2) * size + (i % size);
  });

/**
 * One pass of the DCT over eight vectors of eight i16: x[k] holds coefficient k of eight columns; value k of them is stored at
 * `VALUES` + 16 k. The stores keep V8 from loading all factors at once, for which there are not enough registers.
 */
function transform(f: FunctionBuilder, x: readonly Local[], spare: readonly Local[], drop: number): void {
  const pairOf = (at: number) => [spare[at]!, spare[at + 1]!] as const;
  const [of04, of26, of13, of57] = [pairOf(0), pairOf(2), pairOf(4), pairOf(6)];
  const [e0, e1, e2, e3, sum] = [pairOf(8), pairOf(10), pairOf(12), pairOf(14), pairOf(16)];
  const [factor, other, half] = spare.slice(18) as [Local, Local, Local];
  // Lower and upper halves of the vectors.
  const join = (a: number, b: number, [low, high]: readonly [Local, Local]) => {
    f.get(x[a]!).get(x[b]!).shuffle(interleaved(2, "low")).set(low);
    f.get(x[a]!).get(x[b]!).shuffle(interleaved(2, "high")).set(high);
  };
  const load = (factors: Pair, into: Local) =>
    f
      .i32(0)
      .mem("v128.load", FACTORS + 16 * names.indexOf(factors))
      .set(into);
  const times = (pair: Local, factors: Local) => f.get(pair).get(factors).op("i32x4.dot_i16x8_s");
  join(0, 4, of04);
  join(2, 6, of26);
  join(1, 3, of13);
  join(5, 7, of57);
  // Half of what is dropped, so that it is rounded.
  f.i32(2 ** (drop - 1))
    .op("i32x4.splat")
    .set(half);
  const even = (base: Pair, more: Pair, plus: readonly [Local, Local], minus: readonly [Local, Local]) => {
    load(base, factor);
    load(more, other);
    for (const i of [0, 1] as const) {
      times(of04[i], factor).get(half).op("i32x4.add").set(plus[i]);
      times(of26[i], other).set(minus[i]);
      f.get(plus[i]).get(minus[i]).op("i32x4.add").get(plus[i]).get(minus[i]).op("i32x4.sub");
      f.set(minus[i]).set(plus[i]);
    }
  };
  even("plus", "outer", e0, e3);
  even("minus", "inner", e1, e2);
  const finish = (part: readonly [Local, Local], first: Pair, second: Pair, output: number) => {
    load(first, factor);
    load(second, other);
    for (const i of [0, 1] as const) {
      times(of13[i], factor);
      times(of57[i], other).op("i32x4.add").set(sum[i]);
    }
    for (const [sign, at] of [
      ["i32x4.add", output],
      ["i32x4.sub", 7 - output],
    ] as const) {
      f.i32(0);
      for (const i of [0, 1] as const) f.get(part[i]).get(sum[i]).op(sign).i32(drop).op("i32x4.shr_s");
      f.op("i16x8.narrow_i32x4_s").mem("v128.store", VALUES + 16 * at);
    }
  };
  finish(e0, "a13", "a57", 0);
  finish(e1, "b13", "b57", 1);
  finish(e2, "c13", "c57", 2);
  finish(e3, "d13", "d57", 3);
}

/** Loads what a pass has stored. */
function loadValues(f: FunctionBuilder, x: readonly Local[]): void {
  for (const [i, local] of x.entries())
    f.i32(0)
      .mem("v128.load", VALUES + 16 * i)
      .set(local);
}

/** Turns eight vectors of eight i16 around: three rounds of pairs, each half as far apart as before. */
function turn(f: FunctionBuilder, x: readonly Local[], spare: readonly Local[]): void {
  let [from, to] = [x, spare.slice(0, 8)];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++)
      for (const [j, half] of (["low", "high"] as const).entries())
        f.get(from[i]!)
          .get(from[i + 4]!)
          .shuffle(interleaved(2, half))
          .set(to[2 * i + j]!);
    [from, to] = [to, from.slice()];
  }
  for (const [i, local] of x.entries()) f.get(from[i]!).set(local);
}

/**
 * transform(pixels, stride, quantization): the block's pixels, which are 128 more than its values and cut to 0 … 255; clears the block. Before
 * they are cut, values wrap to ten bits, as libjpeg's table of pixels makes them.
 */
export function addTransform(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32"], [], (f, [pixels, stride, quantization]) => {
    const vectors = (count: number) => Array.from({ length: count }, () => f.local("v128"));
    const [x, spare] = [vectors(8), vectors(21)];
    const zero = f.local("v128");
    f.i32x4(0).set(zero);
    for (const [row, local] of x.entries()) {
      f.i32(0)
        .mem("v128.load", BLOCK + 16 * row)
        .get(quantization!)
        .mem("v128.load", 16 * row);
      f.op("i16x8.mul").tee(local).op("i16x8.abs");
      if (row > 0) f.op("i16x8.add_sat_u");
      f.i32(0)
        .get(zero)
        .mem("v128.store", BLOCK + 16 * row);
    }
    const largest = spare[0]!;
    f.set(largest).i32(0).get(largest).i32(0).mem("v128.load", LARGEST).op("i16x8.max_u").mem("v128.store", LARGEST);
    transform(f, x, spare, FACTOR_BITS - PASS_BITS);
    loadValues(f, x);
    turn(f, x, spare);
    // The DCT of two dimensions is eight times the mean, hence 3 bits more.
    transform(f, x, spare, FACTOR_BITS + PASS_BITS + 3);
    loadValues(f, x);
    for (const local of x) {
      f.get(local)
        .i32(6)
        .op("i16x8.shl")
        .i32(128 << 6)
        .op("i16x8.splat")
        .op("i16x8.add_sat_s");
      f.i32(6).op("i16x8.shr_s").set(local);
    }
    // x[i] is column i. Two columns a vector, then rows of 2 x 2 columns, then of eight.
    const [columns, fours, rows] = [spare.slice(0, 4), spare.slice(4, 8), spare.slice(8, 12)];
    for (const [i, local] of columns.entries())
      f.get(x[i]!)
        .get(x[i + 4]!)
        .op("i8x16.narrow_i16x8_u")
        .set(local);
    const interleave = (a: Local, b: Local, size: number, half: "low" | "high", into: Local) =>
      f.get(a).get(b).shuffle(interleaved(size, half)).set(into);
    const [c04, c15, c26, c37] = columns as [Local, Local, Local, Local];
    const [c02, c46, c13, c57] = fours as [Local, Local, Local, Local];
    interleave(c04, c26, 1, "low", c02);
    interleave(c04, c26, 1, "high", c46);
    interleave(c15, c37, 1, "low", c13);
    interleave(c15, c37, 1, "high", c57);
    const [top, bottom, topRight, bottomRight] = columns as [Local, Local, Local, Local];
    interleave(c02, c13, 1, "low", top);
    interleave(c02, c13, 1, "high", bottom);
    interleave(c46, c57, 1, "low", topRight);
    interleave(c46, c57, 1, "high", bottomRight);
    interleave(top, topRight, 4, "low", rows[0]!);
    interleave(top, topRight, 4, "high", rows[1]!);
    interleave(bottom, bottomRight, 4, "low", rows[2]!);
    interleave(bottom, bottomRight, 4, "high", rows[3]!);
    for (let row = 0; row < 8; row++) {
      f.get(pixels!)
        .get(rows[row >> 1]!)
        .memLane("v128.store64_lane", 0, row % 2);
      if (row < 7) f.get(pixels!).get(stride!).op("i32.add").set(pixels!);
    }
  });
}

/** The same for a block of a DC coefficient alone, whose pixels are all the same. */
export function addFlat(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32"], [], (f, [pixels, stride, quantization]) => {
    const value = f.local("v128");
    f.i32(BLOCK).mem("i32.load16_u").i32(16).op("i32.shl").i32(16).op("i32.shr_s");
    f.get(quantization!).mem("i32.load16_u").op("i32.mul");
    // Both passes in one: ((4 · value) + 2⁴) >> 5, wrapped to ten bits as above.
    f.i32(PASS_BITS)
      .op("i32.shl")
      .i32(16)
      .op("i32.add")
      .i32(PASS_BITS + 3)
      .op("i32.shr_s");
    f.op("i16x8.splat")
      .i32(6)
      .op("i16x8.shl")
      .i32(128 << 6)
      .op("i16x8.splat")
      .op("i16x8.add_sat_s");
    f.i32(6).op("i16x8.shr_s").set(value);
    f.get(value).get(value).op("i8x16.narrow_i16x8_u").set(value);
    for (let row = 0; row < 8; row++) {
      f.get(pixels!).get(value).memLane("v128.store64_lane", 0, 0);
      if (row < 7) f.get(pixels!).get(stride!).op("i32.add").set(pixels!);
    }
    f.i32(BLOCK).i32(0).mem("i32.store16");
  });
}
