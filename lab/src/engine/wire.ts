/**
 * Messages as bytes, for an engine at the other end of a connection. A message is two lengths (of all that follows them, and of the
 * JSON; 32 bits, little-endian), the JSON, and the numbers of its arrays, each at a multiple of 8 bytes.
 */

const arrays = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array, Uint8ClampedArray };
type ArrayName = keyof typeof arrays;

const HEAD = 8;
/** Of a message, against a peer that speaks another language. */
const MOST_BYTES = 2 ** 28;

const aligned = (at: number): number => Math.ceil(at / 8) * 8;

/** What stands in the JSON for numbers: of an array, or one that JSON does not have. */
type Stand =
  | { readonly $wire: ArrayName | "ArrayBuffer"; readonly at: number; readonly length: number }
  | { readonly $wire: "number"; readonly value: string };

/** @throws Error for a class that the protocol does not have */
export function encodeMessage(message: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const add = (name: ArrayName | "ArrayBuffer", bytes: Uint8Array, length: number): Stand => {
    const at = size;
    parts.push(bytes);
    size = aligned(at + bytes.length);
    return { $wire: name, at, length };
  };
  const json = JSON.stringify(message, (_, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value))
      return { $wire: "number", value: String(value) } satisfies Stand;
    if (value instanceof ArrayBuffer) return add("ArrayBuffer", new Uint8Array(value), value.byteLength);
    if (!ArrayBuffer.isView(value)) return value;
    const name = value.constructor.name;
    if (!(name in arrays)) throw new Error(`The protocol has no ${name}.`);
    const { buffer, byteOffset, byteLength, length } = value as Uint8Array;
    return add(name as ArrayName, new Uint8Array(buffer, byteOffset, byteLength), length);
  });
  const text = new TextEncoder().encode(json);
  const start = aligned(HEAD + text.length);
  const bytes = new Uint8Array(start + size);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, bytes.length - HEAD, true);
  head.setUint32(4, text.length, true);
  bytes.set(text, HEAD);
  let at = start;
  for (const part of parts) {
    bytes.set(part, at);
    at = aligned(at + part.length);
  }
  return bytes;
}

/** @throws Error for bytes that are no message */
function decodeMessage(bytes: Uint8Array): unknown {
  const textSize = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (textSize > bytes.length - HEAD) throw new Error("A message of the engine is shorter than it says.");
  const start = aligned(HEAD + textSize);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, HEAD + textSize)), (_, value: unknown) => {
    if (typeof value !== "object" || value === null || !("$wire" in value)) return value;
    const stand = value as Stand;
    if (stand.$wire === "number") return Number(stand.value);
    const { at, length } = stand;
    const kind = stand.$wire === "ArrayBuffer" ? Uint8Array : arrays[stand.$wire];
    const isFit = kind !== undefined && [at, length].every((each) => Number.isSafeInteger(each) && each >= 0);
    const end = isFit ? start + at + length * kind.BYTES_PER_ELEMENT : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw new Error("A message of the engine has an array that it does not hold.");
    const copy = bytes.slice(start + at, end).buffer;
    return stand.$wire === "ArrayBuffer" ? copy : new kind(copy);
  });
}

/** Puts messages together that come in pieces. */
export class MessageReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** @returns the messages that these bytes complete @throws Error for what is no message: the connection is of no use then */
  read(piece: Uint8Array): unknown[] {
    let rest = piece;
    if (this.#rest.length > 0) {
      rest = new Uint8Array(this.#rest.length + piece.length);
      rest.set(this.#rest);
      rest.set(piece, this.#rest.length);
    }
    const messages: unknown[] = [];
    while (rest.length >= HEAD) {
      const size = new DataView(rest.buffer, rest.byteOffset).getUint32(0, true);
      if (size > MOST_BYTES) throw new Error(`A message of the engine has ${size} bytes.`);
      if (rest.length < HEAD + size) break;
      messages.push(decodeMessage(rest.subarray(0, HEAD + size)));
      rest = rest.subarray(HEAD + size);
    }
    this.#rest = rest;
    return messages;
  }
}
