/** The members of a group: addresses by name. Old groups keep them in a B-tree (III.A, III.B, III.D), new ones in messages. */
import { FormatError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { Cursor, decodeText } from "../cursor.ts";
import { checkCompact, cursorAt, type HdfFile, unsupported } from "./layout.ts";
import { type Message, messageTypes } from "./object-header.ts";

/** Members of one group, and nodes of its tree. */
const MOST_MEMBERS = 1_000_000;
const MOST_NODES = 100_000;

/** Addresses of the members' object headers by name; undefined for an object that is no group. */
export async function readLinks(
  file: HdfFile,
  messages: readonly Message[],
  what: string,
): Promise<ReadonlyMap<string, number> | undefined> {
  const table = messages.find(({ type }) => type === messageTypes.symbolTable);
  if (table !== undefined) return new SymbolTable(file, what).read(table.body);
  const info = messages.find(({ type }) => type === messageTypes.linkInfo);
  if (info === undefined) return undefined;
  checkCompact(file, info.body, 8, `${what} keeps its members`);
  const links = messages.filter(({ type }) => type === messageTypes.link);
  return new Map(links.map(({ body }) => readLink(file, body, what)));
}

/** A member's name. Paths are made of names, so that "" would be the group itself and a "/" another group's member. */
function memberName(file: HdfFile, name: string, what: string): string {
  if (name === "" || name.includes("/"))
    throw new FormatError(`${what} in ${file.source.name} is damaged: ${formatValue(name)} is no name of a member.`);
  return name;
}

function readLink(file: HdfFile, body: Uint8Array, what: string): [string, number] {
  const cursor = new Cursor(body, what);
  cursor.skip(1);
  const flags = cursor.u8();
  const type = flags & 8 ? cursor.u8() : 0;
  if (type !== 0) throw unsupported(file, `${what} has links to other places`);
  if (flags & 4) cursor.skip(8);
  if (flags & 16) cursor.skip(1);
  const name = memberName(file, cursor.text(cursor.uint(1 << (flags & 3))), what);
  return [name, cursor.uint(file.addressSize)];
}

class SymbolTable {
  readonly #file: HdfFile;
  readonly #what: string;
  readonly #members = new Map<string, number>();
  readonly #seen = new Set<number>();

  constructor(file: HdfFile, what: string) {
    this.#file = file;
    this.#what = what;
  }

  async read(body: Uint8Array): Promise<ReadonlyMap<string, number>> {
    const cursor = new Cursor(body, this.#what);
    const tree = cursor.uint(this.#file.addressSize);
    const names = await this.#names(cursor.uint(this.#file.addressSize));
    await this.#node(tree, names, 0);
    return this.#members;
  }

  #damaged(why: string): FormatError {
    return new FormatError(`${this.#what} in ${this.#file.source.name} is damaged: ${why}.`);
  }

  async #names(address: number): Promise<Uint8Array> {
    const { addressSize, lengthSize } = this.#file;
    const cursor = await cursorAt(this.#file, address, 8 + 2 * lengthSize + addressSize, this.#what);
    cursor.signature("HEAP");
    cursor.skip(4);
    const size = cursor.uint(lengthSize);
    cursor.skip(lengthSize);
    return (await cursorAt(this.#file, cursor.uint(addressSize), size, this.#what)).bytes(size);
  }

  async #node(address: number, names: Uint8Array, depth: number): Promise<void> {
    if (this.#seen.has(address) || this.#seen.size > MOST_NODES)
      throw this.#damaged("its members lead round in a circle");
    this.#seen.add(address);
    const { addressSize, lengthSize } = this.#file;
    const head = await cursorAt(this.#file, address, 8 + 2 * addressSize, this.#what);
    head.signature("TREE");
    const [type, level, count] = [head.u8(), head.u8(), head.u16()];
    if (type !== 0 || level > 32 || depth > 32) throw this.#damaged("its members are not in a tree");
    const start = address + 8 + 2 * addressSize;
    const cursor = await cursorAt(this.#file, start, count * (lengthSize + addressSize), this.#what);
    for (let i = 0; i < count; i++) {
      cursor.skip(lengthSize);
      const child = cursor.uint(addressSize);
      if (level > 0) await this.#node(child, names, depth + 1);
      else await this.#leaf(child, names);
    }
  }

  async #leaf(address: number, names: Uint8Array): Promise<void> {
    const { addressSize } = this.#file;
    const head = await cursorAt(this.#file, address, 8, this.#what);
    head.signature("SNOD");
    head.skip(2);
    const count = head.u16();
    const cursor = await cursorAt(this.#file, address + 8, count * (2 * addressSize + 24), this.#what);
    for (let i = 0; i < count; i++) {
      const nameAt = cursor.uint(addressSize);
      const target = cursor.uint(addressSize);
      const cache = cursor.u32();
      cursor.skip(20);
      if (cache === 2) throw unsupported(this.#file, `${this.#what} has links to other places`);
      if (nameAt >= names.length) throw this.#damaged("a member has no name");
      if (this.#members.size >= MOST_MEMBERS) throw this.#damaged("it has too many members");
      this.#members.set(memberName(this.#file, decodeText(names.subarray(nameAt)), this.#what), target);
    }
  }
}
