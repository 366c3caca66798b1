import { expect, test } from "vitest";
import { roundToFloat16 } from "../../src/base/float16.ts";
import { halfToFloat } from "../../src/io/numbers.ts";

/** All of them from 0 up, by their bits. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfToFloat(bits));

test("16-bit numbers stay, and what lies between two goes to the nearer one, from the middle to the even one", () => {
  for (let bits = 0; bits < finite.length - 1; bits++) {
    const [low, high] = [finite[bits]!, finite[bits + 1]!];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? low : high;
    const nudge = (high - low) / 1024;
    for (const [x, rounded] of [
      [low, low],
      [middle, even],
      [middle - nudge, low],
      [middle + nudge, high],
    ] as const) {
      if (!Object.is(roundToFloat16(x), rounded)) throw new Error(`${x} became ${roundToFloat16(x)}, not ${rounded}`);
      if (!Object.is(roundToFloat16(-x), -rounded)) throw new Error(`${-x} became ${roundToFloat16(-x)}`);
    }
  }
});

test("what is too large is infinite; NaN and infinities stay", () => {
  const ends = [65504, 65519.99, 65520, 1e30, Number.POSITIVE_INFINITY];
  expect(ends.map(roundToFloat16)).toEqual([65504, 65504, Number.POSITIVE_INFINITY, ...Array(2).fill(Infinity)]);
  expect(roundToFloat16(-65520)).toBe(Number.NEGATIVE_INFINITY);
  expect(roundToFloat16(Number.NaN)).toBeNaN();
});
