/** Attributes: small values beside a group or dataset. Section IV.A.2.m. */
import { FormatError } from "../../base/errors.ts";
import { Cursor, decodeText } from "../cursor.ts";
import { readNumbers } from "../numbers.ts";
import { type Datatype, elementsOf, readDataspace, readDatatype } from "./datatype.ts";
import { readHeapText } from "./global-heap.ts";
import { checkCompact, type HdfFile, unsupported } from "./layout.ts";
import { type Message, messageTypes } from "./object-header.ts";

/** A text or number, or a list of them. */
export type AttributeValue = string | number | readonly string[] | readonly number[];

interface Attribute {
  readonly name: string;
  readonly what: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: Cursor;
}

export async function readAttributes(
  file: HdfFile,
  messages: readonly Message[],
  what: string,
): Promise<ReadonlyMap<string, AttributeValue>> {
  const info = messages.find(({ type }) => type === messageTypes.attributeInfo);
  if (info !== undefined) checkCompact(file, info.body, 2, `${what} keeps its attributes`);
  const values = new Map<string, AttributeValue>();
  for (const { type, body } of messages) {
    if (type !== messageTypes.attribute) continue;
    const attribute = readAttribute(file, body, what);
    values.set(attribute.name, await readValue(file, attribute));
  }
  return values;
}

function readAttribute(file: HdfFile, body: Uint8Array, owner: string): Attribute {
  const cursor = new Cursor(body, `An attribute of ${owner} in ${file.source.name}`);
  const version = cursor.u8();
  if (version < 1 || version > 3) throw unsupported(file, `${owner} has an attribute of version ${version}`);
  const flags = cursor.u8();
  if (version > 1 && flags !== 0) throw unsupported(file, `${owner} shares a datatype with other objects`);
  const [nameSize, typeSize, spaceSize] = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version === 3) cursor.skip(1);
  // Only the first version pads its parts to eight bytes.
  const part = (size: number) => {
    const bytes = cursor.bytes(size);
    if (version === 1) cursor.skip(Math.min(cursor.left, (8 - (size % 8)) % 8));
    return bytes;
  };
  const name = decodeText(part(nameSize));
  const what = `The attribute "${name}" of ${owner}`;
  const datatype = readDatatype(new Cursor(part(typeSize), what), file);
  const shape = readDataspace(new Cursor(part(spaceSize), what), file) ?? [0];
  return { name, what, datatype, shape, data: cursor };
}

async function readValue(file: HdfFile, { what, datatype, shape, data }: Attribute): Promise<AttributeValue> {
  const count = elementsOf(file, what, shape);
  if (count * datatype.bytes > data.left)
    throw new FormatError(`${what} in ${file.source.name} is damaged: ${count} values do not fit into its bytes.`);
  const isOne = shape.length === 0;
  if (datatype.kind !== "text" && datatype.kind !== "heapText") {
    const numbers = Array.from(readNumbers(data.bytes(count * datatype.bytes), datatype));
    return isOne ? numbers[0]! : numbers;
  }
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = data.bytes(datatype.bytes);
    texts.push(datatype.kind === "text" ? decodeText(bytes) : await readHeapText(file, new Cursor(bytes, what), what));
  }
  return isOne ? texts[0]! : texts;
}
