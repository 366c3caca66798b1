/** Order of the rows in an epoch, a function of (seed, epoch): a run can be repeated and resumed. */

/** Numbers in 0 … 1 drawn from a seed of 32 bits: Weyl's sequence through the mixing steps of MurmurHash3. */
export function stream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** The rows 0 … count - 1 in random order: Fisher and Yates. */
export function shuffledRows(count: number, seed: number, epoch: number): Int32Array {
  const draw = stream(Math.imul(seed + 1, 0x01000193) ^ epoch);
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    const row = rows[last]!;
    rows[last] = rows[other]!;
    rows[other] = row;
  }
  return rows;
}
