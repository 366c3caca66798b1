/** Messages of the lab's protocol as bytes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeMessage, MessageReader } from "../../lab/src/engine/wire.ts";

const arrays = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int32Array(),
  fc.uint16Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
);
const leaves = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.double(), arrays);
const { message } = fc.letrec((tie) => ({
  message: fc.oneof(
    { maxDepth: 3 },
    leaves,
    fc.array(tie("message"), { maxLength: 4 }),
    // -0 and names that JavaScript has its own mind about are not what the protocol sends.
    fc.dictionary(fc.stringMatching(/^[a-z]\w*$/), tie("message"), { maxKeys: 4 }),
  ),
}));

/** JSON has one zero. */
const withOneZero = (value: unknown): unknown => {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(withOneZero);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withOneZero(each)]));
};

test("what is sent arrives, in whatever pieces", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (messages, size) => {
      const bytes = Uint8Array.from(messages.flatMap((each) => [...encodeMessage(each)]));
      const reader = new MessageReader();
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.read(bytes.slice(at, at + size)));
      expect(read).toEqual(messages.map(withOneZero));
    }),
  );
});

test("numbers that JSON does not have, and views into larger buffers", () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const [read] = new MessageReader().read(encodeMessage({ values, view }));
  expect(read).toEqual({ values, view: Float32Array.of(2, 3) });
});

test("other bytes are an error, or wait for more; nothing else happens", () => {
  const good = encodeMessage({ images: new Float32Array(9), at: 3 });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (place, byte) => {
      const bytes = good.slice();
      bytes[place] = byte;
      try {
        new MessageReader().read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
      }
    }),
  );
  expect(() => new MessageReader().read(new Uint8Array(8).fill(255))).toThrow("4294967295 bytes");
  expect(() => encodeMessage(new BigInt64Array(1))).toThrow("The protocol has no BigInt64Array.");
});
