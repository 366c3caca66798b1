/** WebAssembly instructions by their text names: one opcode each. Source: the core specification 3.0, binary format. */

const simd = (code: number): readonly number[] => [0xfd, ...leb(code)];

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  // Most numbers are small, and a program has a million of them.
  if (value >= 0 && value < 0x80) return [value];
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

/** Instructions without immediates. */
export const plain = {
  return: [0x0f],
  drop: [0x1a],
  select: [0x1b],
  unreachable: [0x00],
  "i32.eqz": [0x45],
  "i32.eq": [0x46],
  "i32.ne": [0x47],
  "i32.lt_s": [0x48],
  "i32.lt_u": [0x49],
  "i32.gt_s": [0x4a],
  "i32.gt_u": [0x4b],
  "i32.le_s": [0x4c],
  "i32.le_u": [0x4d],
  "i32.ge_s": [0x4e],
  "i32.ge_u": [0x4f],
  "f32.eq": [0x5b],
  "f32.ne": [0x5c],
  "f32.lt": [0x5d],
  "f32.gt": [0x5e],
  "f32.le": [0x5f],
  "f32.ge": [0x60],
  "i32.ctz": [0x68],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.mul": [0x6c],
  "i32.div_s": [0x6d],
  "i32.div_u": [0x6e],
  "i32.rem_s": [0x6f],
  "i32.rem_u": [0x70],
  "i32.and": [0x71],
  "i32.or": [0x72],
  "i32.xor": [0x73],
  "i32.shl": [0x74],
  "i32.shr_s": [0x75],
  "i32.shr_u": [0x76],
  "i64.or": [0x84],
  "i64.shl": [0x86],
  "i64.shr_u": [0x88],
  "f32.abs": [0x8b],
  "f32.neg": [0x8c],
  "f32.floor": [0x8e],
  "f32.sqrt": [0x91],
  "f32.add": [0x92],
  "f32.sub": [0x93],
  "f32.mul": [0x94],
  "f32.div": [0x95],
  "f32.min": [0x96],
  "f32.max": [0x97],
  "i32.wrap_i64": [0xa7],
  "i64.extend_i32_u": [0xad],
  "i32.trunc_sat_f32_s": [0xfc, 0x00],
  "f32.convert_i32_s": [0xb2],
  "f32.convert_i32_u": [0xb3],
  "i32.reinterpret_f32": [0xbc],
  "f32.reinterpret_i32": [0xbe],
  "i8x16.swizzle": simd(14),
  "i8x16.splat": simd(15),
  "i16x8.splat": simd(16),
  "i32x4.splat": simd(17),
  "f32x4.splat": simd(19),
  "i8x16.eq": simd(35),
  "i32x4.eq": simd(55),
  "i32x4.ne": simd(56),
  "f32x4.eq": simd(65),
  "f32x4.ne": simd(66),
  "f32x4.lt": simd(67),
  "f32x4.gt": simd(68),
  "f32x4.le": simd(69),
  "f32x4.ge": simd(70),
  "v128.not": simd(77),
  "v128.and": simd(78),
  "v128.andnot": simd(79),
  "v128.or": simd(80),
  "v128.xor": simd(81),
  "v128.bitselect": simd(82),
  "v128.any_true": simd(83),
  "f32x4.demote_f64x2_zero": simd(94),
  "f64x2.promote_low_f32x4": simd(95),
  "i8x16.bitmask": simd(100),
  "i8x16.narrow_i16x8_u": simd(102),
  "f32x4.ceil": simd(103),
  "f32x4.floor": simd(104),
  "f32x4.trunc": simd(105),
  "f32x4.nearest": simd(106),
  "i16x8.abs": simd(128),
  "i16x8.q15mulr_sat_s": simd(130),
  "i16x8.narrow_i32x4_s": simd(133),
  "i16x8.extend_low_i8x16_u": simd(137),
  "i16x8.shl": simd(139),
  "i16x8.shr_s": simd(140),
  "i16x8.shr_u": simd(141),
  "i16x8.add": simd(142),
  "i16x8.add_sat_s": simd(143),
  "i16x8.add_sat_u": simd(144),
  "i16x8.sub": simd(145),
  "i16x8.mul": simd(149),
  "i16x8.max_u": simd(153),
  "i32x4.extend_low_i16x8_u": simd(169),
  "i32x4.extend_high_i16x8_u": simd(170),
  "i32x4.shl": simd(171),
  "i32x4.shr_s": simd(172),
  "i32x4.shr_u": simd(173),
  "i32x4.add": simd(174),
  "i32x4.sub": simd(177),
  "i32x4.mul": simd(181),
  "i32x4.dot_i16x8_s": simd(186),
  "f32x4.abs": simd(224),
  "f32x4.neg": simd(225),
  "f32x4.sqrt": simd(227),
  "f32x4.add": simd(228),
  "f32x4.sub": simd(229),
  "f32x4.mul": simd(230),
  "f32x4.div": simd(231),
  "f32x4.min": simd(232),
  "f32x4.max": simd(233),
  "f32x4.pmin": simd(234),
  "f32x4.pmax": simd(235),
  "f64x2.add": simd(240),
  "i32x4.trunc_sat_f32x4_s": simd(248),
  "i32x4.trunc_sat_f32x4_u": simd(249),
  "f32x4.convert_i32x4_s": simd(250),
  "f32x4.convert_i32x4_u": simd(251),
  "f32x4.relaxed_madd": simd(0x105),
  "f32x4.relaxed_nmadd": simd(0x106),
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** Instructions with an alignment and an offset; the number is the natural alignment as a power of two. */
export const memory = {
  "i32.load": [[0x28], 2],
  "f32.load": [[0x2a], 2],
  "i32.load8_u": [[0x2d], 0],
  "i32.load16_u": [[0x2f], 1],
  "i64.load": [[0x29], 3],
  "i64.load32_u": [[0x35], 2],
  "i32.store": [[0x36], 2],
  "f32.store": [[0x38], 2],
  "i32.store8": [[0x3a], 0],
  "i32.store16": [[0x3b], 1],
  "i64.store": [[0x37], 3],
  "v128.load": [simd(0), 0],
  "v128.load8x8_u": [simd(2), 3],
  "v128.load32_splat": [simd(9), 2],
  "v128.store": [simd(11), 0],
  "v128.load32_zero": [simd(92), 2],
  "v128.load64_zero": [simd(93), 3],
  "memory.atomic.notify": [[0xfe, 0x00], 2],
  "memory.atomic.wait32": [[0xfe, 0x01], 2],
  "i32.atomic.load": [[0xfe, 0x10], 2],
  "i32.atomic.store": [[0xfe, 0x17], 2],
  "i32.atomic.rmw.add": [[0xfe, 0x1e], 2],
  "i32.atomic.rmw.sub": [[0xfe, 0x25], 2],
} as const satisfies Readonly<Record<string, readonly [readonly number[], number]>>;

/** Instructions with a lane number. */
export const lane = {
  "i32x4.extract_lane": simd(27),
  "i32x4.replace_lane": simd(28),
  "f32x4.extract_lane": simd(31),
  "f32x4.replace_lane": simd(32),
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** Instructions with an alignment, an offset and a lane number. */
export const memoryLane = {
  "v128.load32_lane": simd(86),
  "v128.store32_lane": simd(90),
  "v128.store64_lane": simd(91),
} as const satisfies Readonly<Record<string, readonly number[]>>;

export type PlainName = keyof typeof plain;
export type MemoryName = keyof typeof memory;
export type LaneName = keyof typeof lane;
export type MemoryLaneName = keyof typeof memoryLane;
