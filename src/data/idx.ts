/**
 * IDX, the format of the MNIST files: bytes 0 0, a type byte (8 = unsigned byte), the rank, one big-endian uint32 per
 * axis, then the values in row-major order, big-endian. LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
 */
import { FormatError } from "../base/errors.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { type ElementType, elementBytes, elementsOf } from "./formats/elements.ts";

const types: Readonly<Record<number, ElementType>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/** Whether the bytes start with the signature of a gzip file (RFC 1952: 1f 8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Reads an IDX file of any element type and rank: labels [n], images [n, height, width], …
 *
 * @param bytes the whole unpacked file; a tensor of bytes shares its memory
 * @param name how error messages call the file
 * @throws FormatError when it is gzip, no IDX, empty along an axis, cut off or too long
 */
export function parseIdx(bytes: Uint8Array, name: string): Tensor {
  if (isGzip(bytes))
    throw new FormatError(
      `${name} is still gzip-compressed (it starts with 1f 8b); unpack it before reading it as IDX.`,
    );
  if (bytes.length < 4)
    throw new FormatError(
      `${name} is cut off: it has ${bytes.length} bytes, and an IDX file starts with a magic of 4.`,
    );
  const magic = Array.from(bytes.subarray(0, 4));
  const [zero0, zero1, typeByte, rank] = magic as [number, number, number, number];
  const shown = magic.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const type = zero0 === 0 && zero1 === 0 ? types[typeByte] : undefined;
  if (type === undefined)
    throw new FormatError(
      `${name} is not an IDX file: it starts with ${shown}, expected 00 00, a type (08, 09, 0b … 0e) and the number of axes, such as 00 00 08 03 for images.`,
    );
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw new FormatError(
      `${name} is cut off in its header: it has ${bytes.length} bytes, the header takes ${header}.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.includes(0)) throw new FormatError(`${name} says its shape is ${formatShape(shape)}: it holds no values.`);
  const expected = header + sizeOf(shape) * elementBytes[type];
  const promise = `its header says shape ${formatShape(shape)}, which takes ${expected} bytes, and it has ${bytes.length}`;
  if (bytes.length < expected) throw new FormatError(`${name} is cut off: ${promise}.`);
  if (bytes.length > expected)
    throw new FormatError(`${name} has ${bytes.length - expected} bytes left over at its end: ${promise}.`);
  return new Tensor(elementsOf(bytes.subarray(header), type, false, name), shape);
}

/**
 * Unpacks gzip bytes; works in browsers and in Node.
 *
 * @param bytes the whole gzip file, of one member
 * @param name how error messages call the file
 * @param maxBytes more than this many unpacked bytes are refused, before they fill the memory
 * @throws FormatError when the data is no gzip, damaged, cut off or larger than `maxBytes`
 */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(bytes)) throw new FormatError(`${name} is not gzip: it does not start with 1f 8b.`);
  // A gzip file has at least 18 bytes. The last four state the unpacked size modulo 2³², so the memory is allocated once.
  if (bytes.length < 18) throw new FormatError(`${name}: its gzip data is cut off after ${bytes.length} bytes.`);
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  if (stated > maxBytes)
    throw new FormatError(
      `${name}: its gzip size field says ${stated} bytes, at most ${maxBytes} were expected; it is damaged, cut off or another file.`,
    );
  const unpacked = new Uint8Array(stated);
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new FormatError(`${name}: its gzip data is damaged or cut off, after ${length} unpacked bytes.`, { cause });
    });
    if (done) return unpacked;
    if (length + value.length > stated) {
      await reader.cancel().catch(() => undefined);
      throw new FormatError(
        `${name} unpacks to more than the ${stated} bytes that it states at its end: it is cut off, or several gzip files joined.`,
      );
    }
    unpacked.set(value, length);
    length += value.length;
  }
}
