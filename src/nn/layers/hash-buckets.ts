/** Words put into buckets by their hashes, as TensorFlow does. */
import { farmHash64 } from "../../base/farm-hash.ts";
import { sipHash64 } from "../../base/sip-hash.ts";
import type { Token } from "./vocabulary.ts";

const encoder = /* @__PURE__ */ new TextEncoder();

/** 0 … buckets − 1. A number counts as its decimal digits. */
export function bucketOf(token: Token, buckets: number, salt: readonly [number, number] | null): number {
  const bytes = encoder.encode(String(token));
  const hash = salt === null ? farmHash64(bytes) : sipHash64(bytes, [BigInt(salt[0]), BigInt(salt[1])]);
  return Number(hash % BigInt(buckets));
}
