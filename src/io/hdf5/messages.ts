/** Parts of object headers as they are written. */
import type { Shape } from "../../base/shape.ts";
import { Packer } from "../packer.ts";

/** Version 2, simple, without largest sizes; a scalar has no axes and type 0. */
export function dataspace(shape: Shape): Uint8Array {
  const packer = new Packer()
    .u8(2)
    .u8(shape.length)
    .u8(0)
    .u8(shape.length === 0 ? 0 : 1);
  for (const axis of shape) packer.u64(axis);
  return packer.finish();
}

/** Class and version, 24 bits of the class's own, bytes of an element. */
const typeHead = (kind: number, bits: number, bytes: number) =>
  new Packer()
    .u8(0x10 | kind)
    .u8(bits & 255)
    .u16(bits >> 8)
    .u32(bytes);

export const datatypes = {
  /** Little-endian IEEE 754: sign at bit 31, 8 bits of exponent from bit 23 (bias 127), 23 of mantissa with a hidden one. */
  float32: /* @__PURE__ */ typeHead(1, 0x1f20, 4).u16(0).u16(32).u8(23).u8(8).u8(0).u8(23).u32(127).finish(),
  /** The same of 16 bits: sign at bit 15, 5 bits of exponent from bit 10 (bias 15), 10 of mantissa. */
  float16: /* @__PURE__ */ typeHead(1, 0x0f20, 2).u16(0).u16(16).u8(10).u8(5).u8(0).u8(10).u32(15).finish(),
  /** Little-endian with a sign. */
  int8: /* @__PURE__ */ typeHead(0, 8, 1).u16(0).u16(8).finish(),
  int32: /* @__PURE__ */ typeHead(0, 8, 4).u16(0).u16(32).finish(),
};

/** UTF-8, filled up with zeros. */
const fixedText = (bytes: number) => typeHead(3, 0x11, bytes).finish();

/** Text in the heap: UTF-8 that ends with a zero, as h5py writes it. */
const heapText = () =>
  typeHead(9, 0x0101, 16)
    .bytes(typeHead(3, 0x10, 1).finish())
    .finish();

/** A text of the file's heap. */
export interface TextReference {
  readonly text: string;
  readonly index: number;
  readonly heap: () => number;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Version 3: name, type, shape and value. */
export function attributeMessage(name: string, value: TextReference | readonly string[]): Uint8Array {
  const isList = Array.isArray(value);
  const texts = isList ? (value as readonly string[]).map(bytesOf) : [];
  const width = Math.max(1, ...texts.map(({ length }) => length));
  const [type, space] = isList ? [fixedText(width), dataspace([texts.length])] : [heapText(), dataspace([])];
  const encoded = bytesOf(`${name}\0`);
  const packer = new Packer().u8(3).u8(0).u16(encoded.length).u16(type.length).u16(space.length).u8(1);
  packer.bytes(encoded).bytes(type).bytes(space);
  if (isList) for (const text of texts) packer.bytes(text).zeros(width - text.length);
  else {
    const { text, heap, index } = value as TextReference;
    packer.u32(bytesOf(text).length).u64(heap()).u32(index);
  }
  return packer.finish();
}

/** A global heap that holds these texts, with the indices 1, 2, …; empty where there are none. */
export function heapBytes(texts: readonly string[]): Uint8Array {
  if (texts.length === 0) return new Uint8Array();
  const objects = new Packer();
  texts.forEach((text, i) => {
    const bytes = bytesOf(text);
    objects
      .u16(i + 1)
      .u16(1)
      .u32(0)
      .u64(bytes.length)
      .bytes(bytes)
      .align(8);
  });
  // Object 0 is the free space, its own head included; a heap has 4096 bytes at least.
  const size = Math.max(4096, 16 + objects.length + 16);
  const packer = new Packer().text("GCOL").u8(1).zeros(3).u64(size).bytes(objects.finish());
  packer
    .u16(0)
    .u16(0)
    .u32(0)
    .u64(size - packer.length + 8);
  return packer.zeros(size - packer.length).finish();
}
