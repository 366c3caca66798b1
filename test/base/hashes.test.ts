/** Hashes of TensorFlow 2: `to_hash_bucket_fast` and, with the key [1, 2], `to_hash_bucket_strong`, of 2⁶² buckets. */
import { describe, expect, test } from "vitest";
import { farmHash64 } from "../../src/base/farm-hash.ts";
import { sipHash64 } from "../../src/base/sip-hash.ts";

const BUCKETS = 2n ** 62n;

describe("hashes of", () => {
  test.each([
    ["", 1936946117179621455n, 443797209252341627n],
    ["a", 3694432073954588131n, 546566331822570742n],
    ["ab", 3066228220894225694n, 4607785088827641202n],
    ["abc", 2640714258260161385n, 1250540936487842205n],
    ["abcd", 1897425971756105985n, 4277338952175910099n],
    ["hello world", 1769834696496558107n, 1015233985318741638n],
    ["0123456789abcdef", 1493332391325024359n, 2696401170605352036n],
    ["0123456789abcdefg", 2800675501336285770n, 2289318929677843346n],
    ["x".repeat(33), 3046993373088323127n, 1639887484359327584n],
    ["y".repeat(64), 4471793200125962424n, 1169733625819952541n],
    ["z".repeat(65), 3688229565335330613n, 1522482378448811398n],
    ["w".repeat(200), 526236191678461824n, 1981523007529005139n],
    ["naïve café", 1762165697803648410n, 841369399458012890n],
  ])("%j", (text, fast, strong) => {
    const bytes = new TextEncoder().encode(text);
    expect(farmHash64(bytes) % BUCKETS).toBe(fast);
    expect(sipHash64(bytes, [1n, 2n]) % BUCKETS).toBe(strong);
  });
});
