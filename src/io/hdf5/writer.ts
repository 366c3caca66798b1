/**
 * Writes HDF5 files in the form of HDF5 1.8 (2008) and later: superblock 2, object headers 2 with their checksums, members as
 * link messages, arrays in one piece. Sections II.B, IV.A.1.b.
 */
import type { Shape } from "../../base/shape.ts";
import { sizeOf } from "../../base/shape.ts";
import { Packer } from "../packer.ts";
import { lookup3 } from "./checksum.ts";
import { attributeMessage, dataspace, datatypes, heapBytes, type TextReference } from "./messages.ts";
import { messageTypes } from "./object-header.ts";
import { signature } from "./superblock.ts";

/** An array to be written. */
export interface ArrayToWrite {
  readonly shape: Shape;
  /** int32 for counters, which Keras keeps as whole numbers; int8 for quantized weights; float16 by its bits, as uint16. */
  readonly values: Float32Array | Int32Array | Int8Array | Uint16Array;
}

/** A list of texts is stored as fixed-length ones, which Keras decodes; a single text has any length. */
export type AttributeToWrite = string | readonly string[];

/** A group to be written: members and attributes by name. */
export interface GroupToWrite {
  readonly attributes: Map<string, AttributeToWrite>;
  readonly groups: Map<string, GroupToWrite>;
  readonly arrays: Map<string, ArrayToWrite>;
}

export const newGroup = (): GroupToWrite => ({ attributes: new Map(), groups: new Map(), arrays: new Map() });

/** The group at a path below another one, made where it is missing. */
export function groupAt(root: GroupToWrite, path: string): GroupToWrite {
  let at = root;
  for (const name of path === "" ? [] : path.split("/")) {
    const next = at.groups.get(name) ?? newGroup();
    at.groups.set(name, next);
    at = next;
  }
  return at;
}

const SUPERBLOCK = 48;

/** A file whose addresses are being decided. */
interface Plan {
  readonly headers: { readonly address: number; readonly bytes: () => Uint8Array }[];
  readonly arrays: { readonly values: ArrayToWrite["values"]; address: number }[];
  readonly texts: string[];
  /** Where the next header goes. */
  next: number;
  /** Where the texts are. */
  heap: number;
}

/** The file in pieces, to be written one after the other; arrays are not copied. */
export function* hdf5Pieces(root: GroupToWrite): Generator<Uint8Array> {
  const plan: Plan = { headers: [], arrays: [], texts: [], next: SUPERBLOCK, heap: 0 };
  const rootAddress = planGroup(plan, root);
  plan.heap = plan.next;
  const heap = heapBytes(plan.texts);
  let end = plan.heap + heap.length;
  for (const array of plan.arrays) {
    array.address = end;
    end += padded(array.values.byteLength);
  }
  yield superblock(rootAddress, end);
  for (const { bytes } of plan.headers) yield bytes();
  yield heap;
  for (const { values } of plan.arrays) {
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const rest = padded(values.byteLength) - values.byteLength;
    if (rest > 0) yield new Uint8Array(rest);
  }
}

const padded = (length: number) => Math.ceil(length / 8) * 8;

function superblock(root: number, end: number): Uint8Array {
  const packer = new Packer().text(signature).u8(2).u8(8).u8(8).u8(0);
  packer.u64(0).u64(Number.POSITIVE_INFINITY).u64(end).u64(root);
  return packer.u32(lookup3(packer.finish())).finish();
}

interface MessageToWrite {
  readonly type: number;
  readonly body: Uint8Array;
}

function header(messages: readonly MessageToWrite[]): Uint8Array {
  const body = new Packer();
  for (const message of messages) body.u8(message.type).u16(message.body.length).u8(0).bytes(message.body);
  // The flags say that the length of the messages takes four bytes.
  const packer = new Packer().text("OHDR").u8(2).u8(2).u32(body.length).bytes(body.finish());
  return packer.u32(lookup3(packer.finish())).finish();
}

/** Reserves the address of a header. Addresses in it are known later, but do not change its length. */
function place(plan: Plan, messages: () => MessageToWrite[]): number {
  const address = plan.next;
  plan.headers.push({ address, bytes: () => header(messages()) });
  plan.next += header(messages()).length;
  return address;
}

function planGroup(plan: Plan, group: GroupToWrite): number {
  const links: [string, number][] = [];
  const attributes = [...group.attributes].map(([name, value]) => {
    if (typeof value !== "string") return () => attributeMessage(name, value);
    const reference: TextReference = { text: value, index: plan.texts.push(value), heap: () => plan.heap };
    return () => attributeMessage(name, reference);
  });
  const names = [...group.groups.keys(), ...group.arrays.keys()];
  // The members' headers come behind this one, so that addresses are decided in the order of the file.
  const at = links.length;
  for (const name of names) links.push([name, at]);
  const address = place(plan, () => [
    {
      type: messageTypes.linkInfo,
      body: new Packer().u8(0).u8(0).u64(Number.POSITIVE_INFINITY).u64(Number.POSITIVE_INFINITY).finish(),
    },
    { type: messageTypes.groupInfo, body: new Packer().u8(0).u8(0).finish() },
    ...links.map(([name, target]) => ({ type: messageTypes.link, body: linkMessage(name, target) })),
    ...attributes.map((attribute) => ({ type: messageTypes.attribute, body: attribute() })),
  ]);
  let next = 0;
  for (const member of group.groups.values()) links[next++]![1] = planGroup(plan, member);
  for (const member of group.arrays.values()) links[next++]![1] = planArray(plan, member);
  return address;
}

/** Version 1, the name in UTF-8 with a length of two bytes, a hard link. */
function linkMessage(name: string, address: number): Uint8Array {
  const encoded = new TextEncoder().encode(name);
  return new Packer().u8(1).u8(0x11).u8(1).u16(encoded.length).bytes(encoded).u64(address).finish();
}

function datatypeOf(values: ArrayToWrite["values"]): Uint8Array {
  if (values instanceof Float32Array) return datatypes.float32;
  if (values instanceof Uint16Array) return datatypes.float16;
  return values instanceof Int8Array ? datatypes.int8 : datatypes.int32;
}

function planArray(plan: Plan, { shape, values }: ArrayToWrite): number {
  const place_ = { values, address: 0 };
  plan.arrays.push(place_);
  const type = datatypeOf(values);
  // Space is given late, and values are filled in where they were set: HDF5's own defaults for arrays in one piece.
  const fill = new Packer().u8(3).u8(0x0a).finish();
  return place(plan, () => [
    { type: messageTypes.dataspace, body: dataspace(shape) },
    { type: messageTypes.datatype, body: type },
    { type: messageTypes.fillValue, body: fill },
    {
      type: messageTypes.layout,
      body: new Packer()
        .u8(3)
        .u8(1)
        .u64(sizeOf(shape) === 0 ? Number.POSITIVE_INFINITY : place_.address)
        .u64(values.byteLength)
        .finish(),
    },
  ]);
}
