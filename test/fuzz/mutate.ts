/** Damage of files: what disks and networks do to bytes, and what a careless or hostile hand does to the JSON in them. */
import type { RandomStream } from "../../src/base/random.ts";

/** Bytes of a file with one or two damages: more of them are found sooner. */
export function mutatedBytes(bytes: Uint8Array, random: RandomStream): Uint8Array {
  let made: Uint8Array = bytes.slice();
  for (let left = random.below(2); left >= 0; left--) made = damages[random.below(damages.length)]!(made, random);
  return made;
}

type Damage = (bytes: Uint8Array, random: RandomStream) => Uint8Array;

/** Sizes, offsets and counts as they are written by mistake or by malice: little-endian, of 1 to 8 bytes. */
const numbers = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A place in the file; half of them among the first kilobytes, where most formats say what follows. */
const placeIn = (bytes: Uint8Array, random: RandomStream) =>
  random.below(Math.max(1, random.below(2) === 0 ? Math.min(2048, bytes.length) : bytes.length));

/** A short range: [from, to]. */
function rangeIn(bytes: Uint8Array, random: RandomStream): readonly [number, number] {
  const from = placeIn(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + random.below(64))];
}

const damages: readonly Damage[] = [
  (bytes, random) => {
    if (bytes.length > 0) bytes[placeIn(bytes, random)] = random.below(256);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[placeIn(bytes, random)]! ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => {
    const size = 1 << random.below(4);
    const at = placeIn(bytes, random);
    let value = numbers[random.below(numbers.length)]!;
    for (let i = at; i < Math.min(bytes.length, at + size); i++, value >>= 8n) bytes[i] = Number(value & 255n);
    return bytes;
  },
  (bytes, random) => bytes.slice(0, placeIn(bytes, random)),
  (bytes, random) => {
    const [from, to] = rangeIn(bytes, random);
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = rangeIn(bytes, random);
    return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from, to), ...bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = rangeIn(bytes, random);
    return bytes.fill(random.below(2) === 0 ? 0 : 255, from, to);
  },
  (bytes, random) => {
    const [from, to] = rangeIn(bytes, random);
    return bytes.copyWithin(placeIn(bytes, random), from, to);
  },
];

/** JSON with one to three of its values replaced, removed, doubled or exchanged. */
export function mutatedJson(text: string, random: RandomStream): string {
  const root = { value: JSON.parse(text) as unknown };
  for (let left = random.below(3); left >= 0; left--) {
    const places = placesOf(root);
    // The root itself was removed.
    if (places.length === 0) break;
    const [holder, key] = places[random.below(places.length)]!;
    const [other, otherKey] = places[random.below(places.length)]!;
    const kind = random.below(8);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[`${key}_`] = holder[key];
    // A copy: a value in itself could not be written.
    else if (kind === 2) holder[key] = structuredClone(other[otherKey]);
    else holder[key] = values[random.below(values.length)]!(random);
  }
  return JSON.stringify(root.value ?? null);
}

type Holder = Record<string, unknown>;

/** Each value of a tree, as its holder and its key. */
function placesOf(root: Holder): readonly (readonly [Holder, string])[] {
  const found: [Holder, string][] = [];
  const visit = (holder: Holder) => {
    for (const key of Object.keys(holder)) {
      found.push([holder, key]);
      const value = holder[key];
      if (typeof value === "object" && value !== null) visit(value as Holder);
    }
  };
  visit(root);
  return found;
}

const numbersOfJson = [0, -1, 1, 2, 0.5, -0, 3, 7, 1000, 65_537, 1e6, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, -1e300];
const texts = ["", "relu", "same", "valid", "Dense", "Conv2D", "Sequential", "constructor", "toString", "a/b", "../x"];

const values: readonly ((random: RandomStream) => unknown)[] = [
  () => null,
  () => true,
  () => false,
  (random) => numbersOfJson[random.below(numbersOfJson.length)],
  (random) => numbersOfJson[random.below(numbersOfJson.length)],
  (random) => texts[random.below(texts.length)],
  () => [],
  () => ({}),
  (random) => [numbersOfJson[random.below(numbersOfJson.length)], numbersOfJson[random.below(numbersOfJson.length)]],
  () => [null, null, null],
  () => ({ class_name: "Dense", config: {} }),
  () => ({ class_name: "__keras_tensor__", config: { keras_history: ["dense", 9, 9] } }),
  () => "x".repeat(100_000),
  () => Array.from({ length: 100 }, (_, i) => i),
  () => JSON.parse(`${"[".repeat(150)}${"]".repeat(150)}`),
];
