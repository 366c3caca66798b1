/**
 * Lists of whole numbers that NumPy pickled: an array of Python objects in a .npy file. The few instructions of Python's
 * pickle machine that such a file holds are carried out; classes and functions are never called. PEP 307, PEP 3154.
 */
import { FormatError } from "../../base/errors.ts";
import { Cursor } from "../../io/cursor.ts";
import { parseNpyHeader } from "./npy.ts";

/** What a class or function of Python, and what it would make, is replaced by. */
class Opaque {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const MARK = new Opaque("mark");

/** What may be named in such a file. */
const known = new Set(["_reconstruct", "ndarray", "dtype", "encode", "_codecs"]);

/** @returns for each row its whole numbers */
export function parsePickledLists(bytes: Uint8Array, name: string): number[][] {
  const { descr, shape, end } = parseNpyHeader(bytes, name);
  if (descr !== "|O" || shape.length !== 1)
    throw new FormatError(`${name} holds ${descr} of ${shape.length} axes, expected one axis of lists of numbers.`);
  const rows = new PickleMachine(new Cursor(bytes.subarray(end), name), name).run();
  const isWhole = (value: unknown) => Number.isSafeInteger(value);
  if (
    !Array.isArray(rows) ||
    rows.length !== shape[0] ||
    !rows.every((row) => Array.isArray(row) && row.every(isWhole))
  )
    throw new FormatError(`${name} is damaged: it holds no ${shape[0]} lists of whole numbers.`);
  return rows as number[][];
}

class PickleMachine {
  readonly #cursor: Cursor;
  readonly #name: string;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(cursor: Cursor, name: string) {
    this.#cursor = cursor;
    this.#name = name;
  }

  /** The rows: what the array's state holds as its last entry. */
  run(): unknown {
    for (;;) {
      const code = this.#cursor.u8();
      if (code === 0x2e) return this.#rowsOf(this.#stack.pop());
      this.#step(code);
    }
  }

  /** The array is built of (version, shape, dtype, is Fortran order, list of its objects). */
  #rowsOf(value: unknown): unknown {
    return Array.isArray(value) ? value.at(-1) : undefined;
  }

  #fail(what: string): FormatError {
    return new FormatError(`${this.#name} is damaged: byte ${this.#cursor.position} of its pickled lists: ${what}.`);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw this.#fail("the stack is empty");
    return this.#stack.pop();
  }

  /** What was pushed since the last mark. */
  #popMarked(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#fail("a mark is missing");
    const marked = this.#stack.splice(at);
    return marked.slice(1);
  }

  #append(values: readonly unknown[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw this.#fail("values are appended to what is no list");
    // Not push(...values): there may be more than a call takes arguments.
    for (const value of values) list.push(value);
  }

  #line(): string {
    let text = "";
    for (let byte = this.#cursor.u8(); byte !== 0x0a; byte = this.#cursor.u8()) text += String.fromCharCode(byte);
    return text;
  }

  #global(name: string): void {
    if (!known.has(name)) throw this.#fail(`it names ${JSON.stringify(name)}, which no list of numbers needs`);
    this.#stack.push(new Opaque(name));
  }

  /** A little-endian number in two's complement. */
  #long(length: number): number {
    if (length > 8) throw this.#fail(`a number has ${length} bytes`);
    let value = 0n;
    const bytes = this.#cursor.bytes(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return Number(BigInt.asIntN(8 * length, value));
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#fail(`value ${index} was not kept`);
    this.#stack.push(this.#memo.get(index));
  }

  #step(code: number): void {
    const [cursor, stack, memo] = [this.#cursor, this.#stack, this.#memo];
    switch (code) {
      case 0x80: // PROTO
        cursor.skip(1);
        return;
      case 0x95: // FRAME
        cursor.skip(8);
        return;
      case 0x28: // MARK
        stack.push(MARK);
        return;
      case 0x4b: // BININT1
        stack.push(cursor.u8());
        return;
      case 0x4d: // BININT2
        stack.push(cursor.u16());
        return;
      case 0x4a: // BININT
        stack.push(cursor.u32() | 0);
        return;
      case 0x8a: // LONG1
        stack.push(this.#long(cursor.u8()));
        return;
      case 0x4e: // NONE
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(undefined);
        return;
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
      case 0x8c: // SHORT_BINUNICODE
        stack.push(cursor.text(cursor.u8()));
        return;
      case 0x58: // BINUNICODE
        stack.push(cursor.text(cursor.u32()));
        return;
      case 0x63: // GLOBAL
        this.#line();
        this.#global(this.#line());
        return;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        this.#pop();
        this.#global(String(name));
        return;
      }
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        return;
      case 0x74: // TUPLE
        stack.push(this.#popMarked());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const entries = Array.from({ length: code - 0x84 }, () => this.#pop());
        stack.push(entries.reverse());
        return;
      }
      case 0x61: {
        // APPEND
        const value = this.#pop();
        this.#append([value]);
        return;
      }
      case 0x65: // APPENDS
        this.#append(this.#popMarked());
        return;
      case 0x52: {
        // REDUCE: what the call would give is not needed
        this.#pop();
        const called = this.#pop();
        stack.push(called);
        return;
      }
      case 0x62: {
        // BUILD: the array's state stands for the array
        const state = this.#pop();
        const made = this.#pop();
        stack.push(made instanceof Opaque && made.name === "_reconstruct" ? state : made);
        return;
      }
      case 0x71: // BINPUT
        memo.set(cursor.u8(), stack.at(-1));
        return;
      case 0x72: // LONG_BINPUT
        memo.set(cursor.u32(), stack.at(-1));
        return;
      case 0x94: // MEMOIZE
        memo.set(memo.size, stack.at(-1));
        return;
      case 0x68: // BINGET
        this.#recall(cursor.u8());
        return;
      case 0x6a: // LONG_BINGET
        this.#recall(cursor.u32());
        return;
      default:
        throw this.#fail(`instruction 0x${code.toString(16)} is not one of lists of numbers`);
    }
  }
}
