/** The header of a group or dataset: a list of messages. Section IV.A. */
import { FormatError } from "../../base/errors.ts";
import { Cursor } from "../cursor.ts";
import { checkSum, cursorAt, type HdfFile, unsupported } from "./layout.ts";

export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  layout: 0x08,
  groupInfo: 0x0a,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Blocks and messages of one header; a damaged one must not go on for ever. */
const MOST_BLOCKS = 256;
const MOST_MESSAGES = 100_000;

interface Block {
  readonly address: number;
  readonly length: number;
}

/** All messages of the header at an address. `what` names the object in messages. */
export async function readHeader(file: HdfFile, address: number, what: string): Promise<readonly Message[]> {
  const start = await cursorAt(file, address, Math.min(16, Math.max(0, file.source.size - address)), what);
  const isNew = String.fromCharCode(...start.bytes(4)) === "OHDR";
  return new HeaderReader(file, what).read(address, isNew);
}

class HeaderReader {
  readonly #file: HdfFile;
  readonly #what: string;
  readonly #messages: Message[] = [];
  readonly #waiting: Block[] = [];

  constructor(file: HdfFile, what: string) {
    this.#file = file;
    this.#what = what;
  }

  async read(address: number, isNew: boolean): Promise<readonly Message[]> {
    const ordered = isNew ? await this.#firstNew(address) : await this.#firstOld(address);
    for (let blocks = 1; this.#waiting.length > 0; blocks++) {
      if (blocks > MOST_BLOCKS) throw this.#damaged("it has too many blocks");
      const { address: at, length } = this.#waiting.shift()!;
      const cursor = await cursorAt(this.#file, at, length, this.#what);
      if (!isNew) this.#takeOld(cursor);
      else {
        cursor.signature("OCHK");
        checkSum(this.#file, await this.#file.source.read(at, length), this.#what);
        this.#takeNew(new Cursor(cursor.bytes(length - 8), this.#what), ordered);
      }
    }
    return this.#messages;
  }

  #damaged(why: string): FormatError {
    return new FormatError(`${this.#what} in ${this.#file.source.name} is damaged: ${why}.`);
  }

  async #firstOld(address: number): Promise<boolean> {
    const prefix = await cursorAt(this.#file, address, 16, this.#what);
    const version = prefix.u8();
    if (version !== 1) throw this.#damaged(`its header has version ${version}`);
    prefix.skip(7);
    const length = prefix.u32();
    this.#takeOld(await cursorAt(this.#file, address + 16, length, this.#what));
    return false;
  }

  #takeOld(cursor: Cursor): void {
    while (cursor.left >= 8) {
      const [type, size, flags] = [cursor.u16(), cursor.u16(), cursor.u8()];
      cursor.skip(3);
      this.#take(type, flags, cursor.bytes(size));
    }
  }

  async #firstNew(address: number): Promise<boolean> {
    const prefix = await cursorAt(this.#file, address, Math.min(32, this.#file.source.size - address), this.#what);
    prefix.skip(4);
    const version = prefix.u8();
    if (version !== 2) throw this.#damaged(`its header has version ${version}`);
    const flags = prefix.u8();
    if (flags & 0x20) prefix.skip(16);
    if (flags & 0x10) prefix.skip(4);
    const length = prefix.uint(1 << (flags & 3));
    const body = prefix.position;
    if (!Number.isFinite(length)) throw this.#damaged("its header has no end");
    const bytes = await this.#file.source.read(address, body + length + 4);
    checkSum(this.#file, bytes, this.#what);
    const ordered = (flags & 4) !== 0;
    this.#takeNew(new Cursor(bytes.subarray(body, body + length), this.#what), ordered);
    return ordered;
  }

  /** @param ordered whether messages carry the number of their creation */
  #takeNew(cursor: Cursor, ordered: boolean): void {
    while (cursor.left >= (ordered ? 6 : 4)) {
      const [type, size, flags] = [cursor.u8(), cursor.u16(), cursor.u8()];
      if (ordered) cursor.skip(2);
      this.#take(type, flags, cursor.bytes(size));
    }
  }

  #take(type: number, flags: number, body: Uint8Array): void {
    if (type === messageTypes.continuation) {
      const cursor = new Cursor(body, this.#what);
      const address = cursor.uint(this.#file.addressSize);
      this.#waiting.push({ address, length: cursor.uint(this.#file.lengthSize) });
      return;
    }
    const isKnown = (Object.values(messageTypes) as number[]).includes(type);
    if (isKnown && flags & 2) throw unsupported(this.#file, `${this.#what} shares a datatype with other objects`);
    if (this.#messages.length >= MOST_MESSAGES) throw this.#damaged("it has too many messages");
    this.#messages.push({ type, body });
  }
}
