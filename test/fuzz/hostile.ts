/** Values that nobody should pass, and somebody will. */
import fc from "fast-check";

/** What the test's own functions and objects throw: it must come out as it is, or as the cause of a library's error. */
export class OwnError extends Error {
  override name = "OwnError";
}

const thrower = () => {
  throw new OwnError("thrown by the test");
};

function detached(): Float32Array {
  const values = new Float32Array(8);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  return values;
}

function shrunk(): Float32Array {
  const buffer = new (
    ArrayBuffer as new (
      length: number,
      options: object,
    ) => ArrayBuffer & { resize(to: number): void }
  )(32, { maxByteLength: 64 });
  const values = new Float32Array(buffer);
  buffer.resize(8);
  return values;
}

function cyclicList(): unknown[] {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

function cyclicObject(): object {
  const object: Record<string, unknown> = { a: 1 };
  object.self = object;
  return object;
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

const throwing = () =>
  new Proxy(
    {},
    { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower, getOwnPropertyDescriptor: thrower },
  );

/** Made anew for each call, since some are changed by whoever takes them. */
const makers: readonly (() => unknown)[] = [
  ...[undefined, null, true, false, Number.NaN, Infinity, -Infinity, -0, 0, 1, -1, 0.5, 3, 1e308, 5e-324].map(
    (value) => () => value,
  ),
  ...[2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 40, 2 ** 53, 1e-60, 1e39].map((value) => () => value),
  ...[10n, -1n, 2n ** 70n, Symbol("s"), Symbol.iterator].map((value) => () => value),
  ...["", " ", "x", "adma", "sgdd", "relu6", "Same", "vaild", "float64", "constructor", "__proto__", "toString"].map(
    (value) => () => value,
  ),
  ...["x".repeat(100_000), "👁️‍🗨️🧠", "a/b", "\u0000", "ﷺ".repeat(50), "1", "[1,2]", "{}"].map((value) => () => value),
  () => () => 1,
  () => thrower,
  () => async () => thrower(),
  () => class Foreign {},
  () => class extends Error {},
  () => Math,
  () => globalThis,
  () => Object.create(null),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  () => ({ __proto__: { units: 3 } }),
  () => ({
    get units() {
      return thrower();
    },
    get shape() {
      return thrower();
    },
  }),
  () => ({ toJSON: thrower, toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower }),
  // biome-ignore lint/suspicious/noThenProperty: looks like a promise, and is none
  () => ({ then: "no function" }),
  () => ({ length: 3 }),
  () => ({ length: 2 ** 40, 0: 1 }),
  () => ({ shape: [2], dtype: "float32", data: [1, 2] }),
  () => ({ builder: {}, spec: {} }),
  () => ({ className: "Dense", config: null }),
  () => ({ class_name: "Dense", config: { units: -1 } }),
  () => ({ x: 1, y: 2 }),
  cyclicObject,
  cyclicList,
  throwing,
  () => new Proxy([1, 2, 3], {}),
  () => new Proxy(() => 1, { apply: thrower }),
  // biome-ignore lint/suspicious/noSparseArray: holes are the point
  () => [, 3],
  () => new Array(5),
  () => Object.assign(new Array(2), { 7: 1 }),
  () => [],
  () => [[]],
  () => [[1, 2], [3]],
  () => [[1], 2],
  () => [null],
  () => [undefined, 1],
  () => ["a", "b"],
  () => [Number.NaN],
  () => [2 ** 31, 2 ** 31],
  () => [2 ** 40],
  () => [1e308, -1],
  () => [-1, -1],
  () => [0, 0],
  () => [1n, 2n],
  () => [1.5, 2],
  () => [Symbol("s")],
  () => [new Date(0)],
  () => [() => 1],
  () => deep(50),
  () => deep(20_000),
  () => new Float64Array(4),
  () => new Float32Array(0),
  () => new Float32Array([Number.NaN, Infinity]),
  () => new BigInt64Array(2),
  () => new Uint8ClampedArray(4),
  () => new Int8Array([-1, 2]),
  () => new Uint32Array([2 ** 32 - 1]),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(16),
  () => new SharedArrayBuffer(16),
  () => Buffer.from([1, 2, 3, 4]),
  detached,
  shrunk,
  () => new Map<unknown, unknown>([["a", 1]]),
  () => new Map<unknown, unknown>([[0, Number.NaN]]),
  () => new Set([1, 2]),
  () => new WeakMap(),
  () => new Date(Number.NaN),
  () => /relu/g,
  () => new Error("an error"),
  () => new URL("file:///nowhere"),
  () => new AbortController(),
  () => Promise.resolve(1),
  () =>
    new (class Own {
      units = 1;
    })(),
  () =>
    (function* () {
      yield 1;
      yield "two";
    })(),
  () =>
    (function* () {
      for (;;) yield [1, 2];
    })(),
  () => ({ [Symbol.iterator]: thrower }),
  () => ({ [Symbol.asyncIterator]: () => ({ next: async () => 5 }) }),
  () => ({ [Symbol.iterator]: () => ({ next: () => null }) }),
  () => new Proxy(new Float32Array(2), {}),
  () => new String("relu"),
  () => new Number(3),
];

/** Things of any kind, as fast-check makes them: nested, with odd keys, holes, null prototypes. */
const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Sources of hostile values; `more` of them are fast-check's, by this seed. */
export function hostileMakers(seed: number, more: number): readonly (() => unknown)[] {
  const sampled = fc.sample(anything, { seed, numRuns: more });
  return [...makers, ...sampled.map((value) => () => value)];
}
