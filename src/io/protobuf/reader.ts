/** Reads messages of Protocol Buffers (protobuf.dev, "Encoding") out of bytes that nobody vouches for. */
import { FormatError } from "../../base/errors.ts";
import { Cursor } from "../cursor.ts";
import { type FieldKind, type MessageOf, type Schema, wire } from "./kinds.ts";

/** An empty message takes two bytes of a file and a hundred times as much memory. */
const MOST_MESSAGES = 250_000;

const text = /* @__PURE__ */ new TextDecoder();

/**
 * The message that the bytes hold. Nesting is as deep as the schema, and byte fields are parts of `bytes`, not copies.
 *
 * @param what names the message in errors: `m.onnx`
 * @throws FormatError for bytes that are no such message
 */
export function readMessage<S extends Schema>(schema: S, bytes: Uint8Array, what: string): MessageOf<S> {
  return new Reader(what).message(schema, bytes, what) as MessageOf<S>;
}

/** 64 bits, seven to a byte, the lowest first. As a signed number: int64 is written so. */
function varint(cursor: Cursor, what: string): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 7; i++) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  let high = 0n;
  for (let i = 0n; i < 3n; i++) {
    const byte = cursor.u8();
    high += BigInt(byte & 0x7f) << (i * 7n);
    if (byte < 0x80) return Number(BigInt.asIntN(64, BigInt(value) + (high << 49n)));
  }
  throw new FormatError(`${what} is damaged: the number before byte ${cursor.position} has more than 64 bits.`);
}

class Reader {
  readonly #file: string;
  #messages = 0;

  constructor(file: string) {
    this.#file = file;
  }

  message(schema: Schema, bytes: Uint8Array, what: string): Record<string, unknown> {
    if (++this.#messages > MOST_MESSAGES)
      throw new FormatError(`${this.#file} holds more than ${MOST_MESSAGES} messages, which no model needs.`);
    const made: Record<string, unknown> = {};
    const fields = new Map<number, [string, FieldKind]>();
    for (const [name, [number, kind]] of Object.entries(schema)) {
      fields.set(number, [name, kind]);
      made[name] = isRepeated(kind) ? [] : undefined;
    }
    const cursor = new Cursor(bytes, what);
    while (cursor.left > 0) {
      const at = cursor.position;
      const tag = varint(cursor, what);
      const [number, type] = [Math.floor(tag / 8), tag % 8];
      if (number < 1 || number >= 2 ** 29)
        throw new FormatError(`${what} is damaged: byte ${at} begins field number ${number}.`);
      const field = fields.get(number);
      if (field === undefined) skip(cursor, type, what);
      else this.#field(made, field, cursor, type, what);
    }
    return made;
  }

  #field(
    made: Record<string, unknown>,
    [name, kind]: readonly [string, FieldKind],
    cursor: Cursor,
    type: number,
    what: string,
  ): void {
    const wrong = () =>
      new FormatError(`${what} is damaged: its field "${name}" before byte ${cursor.position} has wire type ${type}.`);
    if (kind === "ints" || kind === "floats" || kind === "doubles") {
      const list = made[name] as number[];
      const single = { ints: wire.varint, floats: wire.fixed32, doubles: wire.fixed64 }[kind];
      if (type === single) list.push(number(cursor, type, what));
      else if (type === wire.bytes) {
        const packed = new Cursor(chunk(cursor, what), `${what}: "${name}"`);
        while (packed.left > 0) list.push(number(packed, single, what));
      } else throw wrong();
      return;
    }
    if (kind === "int" || kind === "float" || kind === "double") {
      if (type !== { int: wire.varint, float: wire.fixed32, double: wire.fixed64 }[kind]) throw wrong();
      made[name] = number(cursor, type, what);
      return;
    }
    if (type !== wire.bytes) throw wrong();
    const bytes = chunk(cursor, what);
    if (kind === "bytes") made[name] = bytes;
    else if (kind === "text") made[name] = text.decode(bytes);
    else if (kind === "blobs") (made[name] as Uint8Array[]).push(bytes);
    else if (kind === "texts") (made[name] as string[]).push(text.decode(bytes));
    else {
      const inner = this.message(kind.schema, bytes, `${this.#file}: "${name}"`);
      if (kind.repeated) (made[name] as unknown[]).push(inner);
      // Protocol Buffers merge a message that comes twice; writers do not split theirs, so a second one is an error here.
      else if (made[name] !== undefined) throw new FormatError(`${what} is damaged: it has two fields "${name}".`);
      else made[name] = inner;
    }
  }
}

const isRepeated = (kind: FieldKind): boolean =>
  typeof kind === "string" ? kind.endsWith("s") && kind !== "bytes" : kind.repeated;

/** The bytes of a field that states their number. */
function chunk(cursor: Cursor, what: string): Uint8Array {
  return cursor.bytes(varint(cursor, what));
}

function number(cursor: Cursor, type: number, what: string): number {
  if (type === wire.varint) return varint(cursor, what);
  return type === wire.fixed32 ? cursor.f32() : cursor.f64();
}

function skip(cursor: Cursor, type: number, what: string): void {
  if (type === wire.varint) varint(cursor, what);
  else if (type === wire.fixed64) cursor.skip(8);
  else if (type === wire.bytes) chunk(cursor, what);
  else if (type === wire.fixed32) cursor.skip(4);
  else throw new FormatError(`${what} is damaged: the field before byte ${cursor.position} has wire type ${type}.`);
}
