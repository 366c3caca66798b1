/**
 * `.safetensors`: a length, a header in JSON that says where each array is, then the arrays' bytes.
 * https://github.com/huggingface/safetensors#format
 */
import { FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { type ByteSource, partOf } from "../io/byte-source.ts";
import { Cursor } from "../io/cursor.ts";
import { type NumberType, readNumbers } from "../io/numbers.ts";
import { Packer } from "../io/packer.ts";
import type { StoredArray } from "../io/stored-array.ts";
import { isJsonObject, type Json, parseJson } from "./json.ts";

/** The limit of the reference implementation. */
const MOST_HEADER_BYTES = 100_000_000;
const MOST_AXES = 64;
const LENGTH_BYTES = 8;

const numbers = (kind: "float" | "int" | "uint", bytes: number): NumberType => ({ kind, bytes, bigEndian: false });

const dtypes: ReadonlyMap<string, NumberType> = /* @__PURE__ */ new Map<string, NumberType>([
  ["F64", /* @__PURE__ */ numbers("float", 8)],
  ["F32", /* @__PURE__ */ numbers("float", 4)],
  ["F16", /* @__PURE__ */ numbers("float", 2)],
  ["BF16", { kind: "bfloat16", bytes: 2, bigEndian: false }],
  ["I64", /* @__PURE__ */ numbers("int", 8)],
  ["I32", /* @__PURE__ */ numbers("int", 4)],
  ["I16", /* @__PURE__ */ numbers("int", 2)],
  ["I8", /* @__PURE__ */ numbers("int", 1)],
  ["U64", /* @__PURE__ */ numbers("uint", 8)],
  ["U32", /* @__PURE__ */ numbers("uint", 4)],
  ["U16", /* @__PURE__ */ numbers("uint", 2)],
  ["U8", /* @__PURE__ */ numbers("uint", 1)],
  ["BOOL", /* @__PURE__ */ numbers("uint", 1)],
]);

export interface SafetensorsArray extends StoredArray {
  /** "F32", "BF16", … */
  readonly dtype: string;
}

export interface Safetensors {
  readonly arrays: ReadonlyMap<string, SafetensorsArray>;
  /** What the writer said of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether the first nine bytes can be those of a .safetensors file of this size. */
export function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length <= LENGTH_BYTES || head[LENGTH_BYTES] !== "{".charCodeAt(0)) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length <= BigInt(Math.min(MOST_HEADER_BYTES, size - LENGTH_BYTES));
}

/** Reads the header; arrays are read when they are asked for. @throws FormatError for a file that contradicts itself */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  const { name, size } = source;
  const damaged = (why: string) => new FormatError(`${name} is no whole .safetensors file: ${why}.`);
  if (size < LENGTH_BYTES) throw damaged(`it has ${size} bytes, and the length of its header takes ${LENGTH_BYTES}`);
  const length = new Cursor(await source.read(0, LENGTH_BYTES), name).uint(LENGTH_BYTES);
  if (length > MOST_HEADER_BYTES) throw damaged(`its header would have ${length} bytes`);
  if (length > size - LENGTH_BYTES)
    throw damaged(`its header would have ${length} bytes, and ${size - LENGTH_BYTES} follow`);
  const text = new TextDecoder().decode(await source.read(LENGTH_BYTES, length));
  const { __metadata__: metadata, ...entries } = parseJson(`The header of ${name}`, text);
  const data = partOf(source, name, LENGTH_BYTES + length, size - LENGTH_BYTES - length);
  const found = Object.entries(entries).map(([title, entry]) => readEntry(name, title, entry));
  checkCover(name, found, data.size);
  const arrays = found.map(({ title, dtype, type, shape, start, end }): [string, SafetensorsArray] => [
    title,
    {
      title: `"${title}"`,
      dtype,
      shape,
      datatype: type,
      read: async () => readNumbers(await data.read(start, end - start), type),
    },
  ]);
  return { arrays: new Map(arrays), metadata: textsOf(metadata) };
}

interface Entry {
  readonly title: string;
  readonly dtype: string;
  readonly type: NumberType;
  readonly shape: Shape;
  readonly start: number;
  readonly end: number;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(file: string, title: string, entry: unknown): Entry {
  const damaged = (why: string) => new FormatError(`${file} is damaged: ${why} of "${title}" in its header.`);
  const { dtype, shape, data_offsets: offsets }: Json = isJsonObject(entry) ? entry : {};
  const type = typeof dtype === "string" ? dtypes.get(dtype) : undefined;
  if (typeof dtype !== "string") throw damaged(`the dtype is ${formatValue(dtype)}`);
  if (type === undefined)
    throw new FormatError(
      `${file}: "${title}" has the dtype ${formatValue(dtype)}, which is not read. Convert it to one of ${[...dtypes.keys()].join(", ")}.`,
    );
  if (!Array.isArray(shape) || shape.length > MOST_AXES || !shape.every(isCount))
    throw damaged(`the shape is ${formatValue(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw damaged(`data_offsets is ${formatValue(offsets)}`);
  const [start, end] = offsets as [number, number];
  if (end - start !== sizeOf(shape) * type.bytes)
    throw damaged(`${end - start} bytes do not hold the ${dtype} values of shape [${shape.join(", ")}]`);
  return { title, dtype, type, shape, start, end };
}

/** Throws unless the arrays fill the data, each byte once: arrays that share bytes, and hidden ones, are none of the format's. */
function checkCover(file: string, entries: readonly Entry[], size: number): void {
  let at = 0;
  for (const { title, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at)
      throw new FormatError(
        `${file} is damaged: "${title}" begins at byte ${start} of the data, and the array before it ends at ${at}.`,
      );
    at = end;
  }
  if (at !== size)
    throw new FormatError(
      `${file} is ${at > size ? "cut off" : "damaged"}: its arrays take ${at} bytes, and the file has ${size} for them.`,
    );
}

function textsOf(metadata: unknown): Record<string, string> {
  const entries = Object.entries(isJsonObject(metadata) ? metadata : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** An array to be written: its numbers, of float16 their bits. */
export interface ArrayToWrite {
  readonly shape: Shape;
  readonly values: Float32Array | Int32Array | Int8Array | Uint16Array;
}

function dtypeToWrite(values: ArrayToWrite["values"]): string {
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Uint16Array) return "F16";
  return values instanceof Int8Array ? "I8" : "I32";
}

/** The bytes of a file, its arrays sorted by the size of their elements and by name, as the reference implementation sorts them. */
export function* safetensorsPieces(
  arrays: ReadonlyMap<string, ArrayToWrite>,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  // Larger elements first, as there: each array then begins at a multiple of its element.
  const bytes = ({ values }: ArrayToWrite) => values.BYTES_PER_ELEMENT;
  const sorted = [...arrays].sort(([a, one], [b, other]) => bytes(other) - bytes(one) || (a < b ? -1 : 1));
  let at = 0;
  const entries = sorted.map(([name, { shape, values }]) => {
    const start = at;
    at += values.byteLength;
    return [name, { dtype: dtypeToWrite(values), shape, data_offsets: [start, at] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  // Spaces let the data begin at a multiple of eight bytes.
  const padding = new Uint8Array((LENGTH_BYTES - (header.length % LENGTH_BYTES)) % LENGTH_BYTES).fill(0x20);
  yield new Packer()
    .u64(header.length + padding.length)
    .bytes(header)
    .bytes(padding)
    .finish();
  for (const [, { values }] of sorted) yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
