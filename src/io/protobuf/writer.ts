/** Writes messages of Protocol Buffers. */
import { Packer } from "../packer.ts";
import { type DraftOf, type FieldKind, type Schema, wire } from "./kinds.ts";

/** Byte fields from this size on are pieces of their own, so that weights are not copied. */
const LARGE = 4096;

/** A message's bytes in pieces, and their number: a message states the size of what it holds. */
interface Written {
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
}

/** The bytes of a message, in pieces; large byte fields are the ones given. Lists of numbers are packed. */
export function messagePieces<S extends Schema>(schema: S, message: DraftOf<S>): readonly Uint8Array[] {
  return write(schema, message).pieces;
}

function write(schema: Schema, message: object): Written {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let packer = new Packer();
  const flush = () => {
    if (packer.length > 0) pieces.push(packer.finish());
    packer = new Packer();
  };
  const put = (bytes: Uint8Array) => {
    size += bytes.length;
    if (bytes.length < LARGE) packer.bytes(bytes);
    else {
      flush();
      pieces.push(bytes);
    }
  };
  const begin = (number: number, type: number) => varint(packer, number * 8 + type);
  for (const [name, [number, kind]] of Object.entries(schema)) {
    const value: unknown = Object.hasOwn(message, name) ? message[name as never] : undefined;
    if (value === undefined) continue;
    for (const each of fieldsOf(kind, value)) {
      const before = packer.length;
      if (typeof each === "number") {
        if (kind === "int") {
          begin(number, wire.varint);
          varint(packer, each);
        } else if (kind === "float") {
          begin(number, wire.fixed32);
          packer.f32(each);
        } else {
          begin(number, wire.fixed64);
          packer.f64(each);
        }
        size += packer.length - before;
        continue;
      }
      begin(number, wire.bytes);
      varint(packer, each.size);
      size += packer.length - before;
      each.pieces.forEach(put);
    }
  }
  flush();
  return { pieces, size };
}

const text = /* @__PURE__ */ new TextEncoder();
const single = (bytes: Uint8Array): Written => ({ pieces: [bytes], size: bytes.length });

/** The fields that stand for a value: a number, or bytes behind their size. */
function fieldsOf(kind: FieldKind, value: unknown): readonly (number | Written)[] {
  switch (kind) {
    case "int":
    case "float":
    case "double":
      return [value as number];
    case "ints":
    case "floats":
    case "doubles":
      return (value as readonly number[]).length === 0 ? [] : [packed(kind, value as readonly number[])];
    case "text":
      return [single(text.encode(value as string))];
    case "texts":
      return (value as readonly string[]).map((each) => single(text.encode(each)));
    case "blobs":
      return (value as readonly Uint8Array[]).map(single);
    case "bytes":
      return [single(value as Uint8Array)];
    default:
      return (kind.repeated ? (value as readonly object[]) : [value as object]).map((each) => write(kind.schema, each));
  }
}

function packed(kind: "ints" | "floats" | "doubles", values: readonly number[]): Written {
  const packer = new Packer();
  for (const value of values)
    if (kind === "ints") varint(packer, value);
    else if (kind === "floats") packer.f32(value);
    else packer.f64(value);
  return single(packer.finish());
}

function varint(packer: Packer, value: number): void {
  // Negative numbers take ten bytes: the 64 bits of their two's complement.
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    packer.u8(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  packer.u8(Number(rest));
}
