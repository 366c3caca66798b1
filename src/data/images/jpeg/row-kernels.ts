/** Kernels that make rows of colours out of rows of samples, and shorten and mix them. All lengths are rounded up to whole vectors. */
import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";

/** A loop over `count` values, `step` at a time; the arguments are advanced by so many bytes after each. */
function along(
  f: FunctionBuilder,
  count: Local,
  step: number,
  advanced: readonly (readonly [Local, number])[],
  body: () => void,
): void {
  f.loop((again) => {
    body();
    for (const [local, bytes] of advanced) f.get(local).i32(bytes).op("i32.add").set(local);
    f.get(count).i32(step).op("i32.sub").tee(count).i32(0).op("i32.gt_s").brIf(again);
  });
}

/**
 * weigh(near, far, into, count): 3 · near + far of samples, as u16: a row of chroma that lies a quarter of a row away from `near`
 * (triangle filter of libjpeg's "fancy upsampling"). The first and the last value are repeated before and behind.
 */
export function addWeigh(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [near, far, into, count]) => {
    const [three, first, last] = [f.local("v128"), f.local("i32"), f.local("i32")];
    f.get(into!).set(first).get(into!).get(count!).i32(1).op("i32.shl").op("i32.add").i32(2).op("i32.sub").set(last);
    f.i32(3).op("i16x8.splat").set(three);
    along(
      f,
      count!,
      8,
      [
        [near!, 8],
        [far!, 8],
        [into!, 16],
      ],
      () => {
        f.get(into!).get(near!).mem("v128.load8x8_u").get(three).op("i16x8.mul");
        f.get(far!).mem("v128.load8x8_u").op("i16x8.add").mem("v128.store");
      },
    );
    f.get(first).i32(2).op("i32.sub").get(first).mem("i32.load16_u").mem("i32.store16");
    f.get(last).get(last).mem("i32.load16_u").mem("i32.store16", 2);
  });
}

/**
 * widen(from, into, count, even, odd): twice as many samples of what `weigh` gave, the same filter along the row: (3 · near + far +
 * bias) >> 4. Even samples lean to the left and have one bias, odd ones to the right with the other. It reads one u16 on either
 * side.
 */
export function addWiden(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32", "i32", "i32"], [], (f, [from, into, count, even, odd]) => {
    const [three, near, evenBias, oddBias] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
    f.i32(3).op("i16x8.splat").set(three).get(even!).op("i16x8.splat").set(evenBias);
    f.get(odd!).op("i16x8.splat").set(oddBias);
    // Before the first sample.
    f.get(from!).i32(2).op("i32.sub").set(from!);
    const filtered = (offset: number, bias: Local) =>
      f
        .get(near)
        .get(from!)
        .mem("v128.load", offset)
        .op("i16x8.add")
        .get(bias)
        .op("i16x8.add")
        .i32(4)
        .op("i16x8.shr_u");
    along(
      f,
      count!,
      8,
      [
        [from!, 16],
        [into!, 16],
      ],
      () => {
        f.get(from!).mem("v128.load", 2).get(three).op("i16x8.mul").set(near);
        f.get(into!);
        filtered(0, evenBias);
        filtered(4, oddBias).i32(8).op("i16x8.shl").op("v128.or").mem("v128.store");
      },
    );
  });
}

/**
 * color(y, cb, cr, into, count): bytes R, G, B, 255 of each pixel. JFIF's conversion in libjpeg's integers of 16 bits behind the
 * point, with b = cb - 128 and r = cr - 128:
 *
 *   R = y + ((91881 r + 2¹⁵) >> 16)             = y + r + ((13173 r + 2¹⁴) >> 15), equal for all 256 values of r
 *   B = y + ((116130 b + 2¹⁵) >> 16)            = y + 2b + ((-7471 b + 2¹⁴) >> 15)
 *   G = y + ((-22554 b - 46802 r + 2¹⁵) >> 16)  = y - r + ((-22554 b + 18734 r + 2¹⁵) >> 16)
 *
 * `i16x8.q15mulr_sat_s` is (a · b + 2¹⁴) >> 15.
 */
export function addColor(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32", "i32", "i32"], [], (f, [y, cb, cr, into, count]) => {
    const vector = () => f.local("v128");
    const [middle, ofRed, ofBlue, ofGreen, half, opaque] = [vector(), vector(), vector(), vector(), vector(), vector()];
    const [light, b, r, green, red, blue] = [vector(), vector(), vector(), vector(), vector(), vector()];
    for (const [value, local] of [
      [128, middle],
      [13_173, ofRed],
      [-7471, ofBlue],
      [255, opaque],
    ] as const)
      f.i32(value).op("i16x8.splat").set(local);
    f.i32((18_734 << 16) | (-22_554 & 0xffff))
      .op("i32x4.splat")
      .set(ofGreen);
    f.i32(2 ** 15)
      .op("i32x4.splat")
      .set(half);
    const pairs = (half: 0 | 8) =>
      Array.from({ length: 16 }, (_, i) => (i & 2 ? 16 : 0) + half + (i >> 2) * 2 + (i & 1));
    const greenOf = (which: 0 | 8) =>
      f
        .get(b)
        .get(r)
        .shuffle(pairs(which))
        .get(ofGreen)
        .op("i32x4.dot_i16x8_s")
        .get(half)
        .op("i32x4.add")
        .i32(16)
        .op("i32x4.shr_s");
    const bytes = [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15];
    along(
      f,
      count!,
      8,
      [
        [y!, 8],
        [cb!, 8],
        [cr!, 8],
        [into!, 32],
      ],
      () => {
        f.get(y!).mem("v128.load8x8_u").set(light);
        f.get(cb!).mem("v128.load8x8_u").get(middle).op("i16x8.sub").set(b);
        f.get(cr!).mem("v128.load8x8_u").get(middle).op("i16x8.sub").set(r);
        f.get(light).get(r).op("i16x8.add").get(r).get(ofRed).op("i16x8.q15mulr_sat_s").op("i16x8.add").set(red);
        f.get(light)
          .get(b)
          .i32(1)
          .op("i16x8.shl")
          .op("i16x8.add")
          .get(b)
          .get(ofBlue)
          .op("i16x8.q15mulr_sat_s")
          .op("i16x8.add")
          .set(blue);
        greenOf(0);
        greenOf(8).op("i16x8.narrow_i32x4_s").get(light).op("i16x8.add").get(r).op("i16x8.sub").set(green);
        // R and G, then B and 255, in turn; then those pairs in turn.
        f.get(red).get(green).op("i8x16.narrow_i16x8_u").tee(red).get(red).shuffle(bytes).set(red);
        f.get(blue).get(opaque).op("i8x16.narrow_i16x8_u").tee(blue).get(blue).shuffle(bytes).set(blue);
        f.get(into!).get(red).get(blue).shuffle(pairs(0)).mem("v128.store");
        f.get(into!).get(red).get(blue).shuffle(pairs(8)).mem("v128.store", 16);
      },
    );
  });
}

/** A pixel of a shortened row: byte of the first of two neighbours in the row of colours (i32), and what they weigh (f32 each). */
export const TAP_SIZE = 12;

/**
 * shorten(colors, taps, into, count): R, G, B of `count` pixels as float32, the weighted sums of two neighbours. It writes one more value behind
 * the last.
 */
export function addShorten(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [colors, taps, into, count]) => {
    const two = f.local("v128");
    along(
      f,
      count!,
      1,
      [
        [taps!, TAP_SIZE],
        [into!, 12],
      ],
      () => {
        f.get(colors!)
          .get(taps!)
          .mem("i32.load")
          .op("i32.add")
          .mem("v128.load64_zero")
          .op("i16x8.extend_low_i8x16_u")
          .set(two);
        f.get(into!);
        f.get(two)
          .op("i32x4.extend_low_i16x8_u")
          .op("f32x4.convert_i32x4_s")
          .get(taps!)
          .mem("v128.load32_splat", 4)
          .op("f32x4.mul");
        f.get(two)
          .op("i32x4.extend_high_i16x8_u")
          .op("f32x4.convert_i32x4_s")
          .get(taps!)
          .mem("v128.load32_splat", 8)
          .op("f32x4.mul");
        f.op("f32x4.add").mem("v128.store");
      },
    );
  });
}

/** mix(a, its weight, b, its weight, into, count): the weighted sum of two rows of float32. */
export function addMix(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "f32", "i32", "f32", "i32", "i32"], [], (f, [a, ofA, b, ofB, into, count]) => {
    const [weightA, weightB] = [f.local("v128"), f.local("v128")];
    f.get(ofA!).op("f32x4.splat").set(weightA).get(ofB!).op("f32x4.splat").set(weightB);
    along(
      f,
      count!,
      4,
      [
        [a!, 16],
        [b!, 16],
        [into!, 16],
      ],
      () => {
        f.get(into!).get(a!).mem("v128.load").get(weightA).op("f32x4.mul");
        f.get(b!).mem("v128.load").get(weightB).op("f32x4.mul").op("f32x4.add").mem("v128.store");
      },
    );
  });
}
