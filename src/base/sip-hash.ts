/** SipHash-2-4 (Aumasson and Bernstein 2012): a hash with a key of two 64-bit numbers, arithmetic modulo 2⁶⁴. */
const MASK = 0xffffffffffffffffn;
const wrap = (x: bigint) => x & MASK;
const rotate = (x: bigint, by: bigint) => wrap((x << by) | (x >> (64n - by)));

export function sipHash64(bytes: Uint8Array, [k0, k1]: readonly [bigint, bigint]): bigint {
  let [a, b, c, d] = [
    0x736f6d6570736575n ^ wrap(k0),
    0x646f72616e646f6dn ^ wrap(k1),
    0x6c7967656e657261n ^ wrap(k0),
    0x7465646279746573n ^ wrap(k1),
  ];
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      a = wrap(a + b);
      c = wrap(c + d);
      b = rotate(b, 13n) ^ a;
      d = rotate(d, 16n) ^ c;
      a = rotate(a, 32n);
      c = wrap(c + b);
      a = wrap(a + d);
      b = rotate(b, 17n) ^ c;
      d = rotate(d, 21n) ^ a;
      c = rotate(c, 32n);
    }
  };
  const take = (word: bigint) => {
    d ^= word;
    rounds(2);
    a ^= word;
  };
  const padded = new Uint8Array(Math.floor(bytes.length / 8) * 8 + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length;
  const view = new DataView(padded.buffer);
  for (let place = 0; place < padded.length; place += 8) take(view.getBigUint64(place, true));
  c ^= 0xffn;
  rounds(4);
  return a ^ b ^ c ^ d;
}
