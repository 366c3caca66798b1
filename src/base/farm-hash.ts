/**
 * FarmHash's Fingerprint64, which puts words into the same buckets as TensorFlow's `to_hash_bucket_fast` (Google's FarmHash 1.1,
 * namespace farmhashna; MIT licence). Arithmetic is modulo 2⁶⁴.
 */
const MASK = 0xffffffffffffffffn;
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

type Pair = readonly [bigint, bigint];

const wrap = (x: bigint) => x & MASK;
const mul = (a: bigint, b: bigint) => wrap(a * b);
const rotate = (x: bigint, by: bigint) => wrap((x >> by) | (x << (64n - by)));
const mix = (x: bigint) => x ^ (x >> 47n);

/** Mixes 16 bytes into 8. */
function join(u: bigint, v: bigint, factor: bigint): bigint {
  const a = mix(mul(u ^ v, factor));
  return mul(mix(mul(v ^ a, factor)), factor);
}

/** The fingerprint of the bytes. */
export function farmHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (place: number) => view.getBigUint64(place, true);
  const length = bytes.length;
  if (length <= 16) return upTo16(bytes, view);
  const size = BigInt(length);
  const factor = wrap(K2 + 2n * size);
  if (length <= 32) {
    const [a, b] = [mul(at(0), K1), at(8)];
    const [c, d] = [mul(at(length - 8), factor), mul(at(length - 16), K2)];
    return join(wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d), wrap(a + rotate(wrap(b + K2), 18n) + c), factor);
  }
  if (length <= 64) {
    const [a, b] = [mul(at(0), K2), at(8)];
    const [c, d] = [mul(at(length - 8), factor), mul(at(length - 16), K2)];
    const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
    const z = join(y, wrap(a + rotate(wrap(b + K2), 18n) + c), factor);
    const [e, f] = [mul(at(16), factor), at(24)];
    const [g, h] = [mul(wrap(y + at(length - 32)), factor), mul(wrap(z + at(length - 24)), factor)];
    return join(wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h), wrap(e + rotate(wrap(f + a), 18n) + g), factor);
  }
  return over64(length, at);
}

function upTo16(bytes: Uint8Array, view: DataView): bigint {
  const length = bytes.length;
  const size = BigInt(length);
  if (length >= 8) {
    const factor = wrap(K2 + 2n * size);
    const a = wrap(view.getBigUint64(0, true) + K2);
    const b = view.getBigUint64(length - 8, true);
    return join(wrap(mul(rotate(b, 37n), factor) + a), mul(wrap(rotate(a, 25n) + b), factor), factor);
  }
  if (length >= 4) {
    const factor = wrap(K2 + 2n * size);
    const word = (place: number) => BigInt(view.getUint32(place, true));
    return join(wrap(size + (word(0) << 3n)), word(length - 4), factor);
  }
  if (length === 0) return K2;
  const [first, middle, last] = [bytes[0]!, bytes[length >> 1]!, bytes[length - 1]!];
  return mul(mix(mul(BigInt(first + (middle << 8)), K2) ^ mul(BigInt(length + (last << 2)), K0)), K2);
}

type Words = (place: number) => bigint;

/** Weak hash of 32 bytes with two seeds. */
function weak32(at: Words, place: number, seeds: Pair): Pair {
  const [w, x, y, z] = [at(place), at(place + 8), at(place + 16), at(place + 24)];
  const a = wrap(seeds[0] + w);
  const b = rotate(wrap(seeds[1] + a + z), 21n);
  const sum = wrap(a + x + y);
  return [wrap(sum + z), wrap(b + rotate(sum, 44n) + a)];
}

function over64(length: number, at: Words): bigint {
  const SEED = 81n;
  let x = SEED;
  let y = wrap(SEED * K1 + 113n);
  let z = mul(mix(wrap(y * K2 + 113n)), K2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  x = wrap(x * K2 + at(0));
  /** One round over 64 bytes; `scale` multiplies w's and v's parts in the last one. */
  const round = (place: number, factor: bigint, scale: bigint) => {
    x = mul(rotate(wrap(x + y + v[0] + at(place + 8)), 37n), factor);
    y = mul(rotate(wrap(y + v[1] + at(place + 48)), 42n), factor);
    x ^= mul(w[1], scale);
    y = wrap(y + v[0] * scale + at(place + 40));
    z = mul(rotate(wrap(z + w[0]), 33n), factor);
    v = weak32(at, place, [mul(v[1], factor), wrap(x + w[0])]);
    w = weak32(at, place + 32, [wrap(z + w[1]), wrap(y + at(place + 16))]);
    [x, z] = [z, x];
  };
  const end = Math.floor((length - 1) / 64) * 64;
  for (let place = 0; place < end; place += 64) round(place, K1, 1n);
  const factor = wrap(K1 + ((z & 0xffn) << 1n));
  w = [wrap(w[0] + BigInt((length - 1) & 63)), w[1]];
  v = [wrap(v[0] + w[0]), v[1]];
  w = [wrap(w[0] + v[0]), w[1]];
  round(length - 64, factor, 9n);
  return join(wrap(join(v[0], w[0], factor) + mul(mix(y), K0) + z), wrap(join(v[1], w[1], factor) + x), factor);
}
