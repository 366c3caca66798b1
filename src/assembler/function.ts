/** Writes the body of one WebAssembly function. Instructions take their operands from the stack, as in the text format. */
import { InternalError } from "../base/errors.ts";
import {
  type LaneName,
  lane,
  leb,
  type MemoryLaneName,
  type MemoryName,
  memory,
  memoryLane,
  type PlainName,
  plain,
  signedLeb,
} from "./opcodes.ts";

export type ValueType = "i32" | "i64" | "f32" | "v128";

export const valueTypeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };

/** A parameter or local variable. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** A function of the module; its index is known before its body is. */
export interface FunctionRef {
  readonly index: number;
}

/** A branch target. */
export interface Label {
  readonly depth: number;
}

const EMPTY_BLOCK = 0x40;

export class FunctionBuilder {
  readonly params: readonly Local[];
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];
  /** Locals that hold constants, by the constant's bits. */
  readonly #constants = new Map<number, { readonly local: Local; readonly value: number }>();
  #depth = 0;

  constructor(params: readonly ValueType[]) {
    this.params = params.map((type, index) => ({ index, type }));
  }

  /** A new local variable; zero at the start of the function. */
  local(type: ValueType): Local {
    return { index: this.params.length + this.#locals.push(type) - 1, type };
  }

  /**
   * A vector local that holds a constant in all four lanes from the start of the function. V8 would rebuild an `f32x4` constant
   * in every iteration of a loop.
   */
  constant(value: number): Local {
    const bits = new Int32Array(new Float32Array([value]).buffer)[0]!;
    const known = this.#constants.get(bits);
    if (known !== undefined) return known.local;
    const local = this.local("v128");
    this.#constants.set(bits, { local, value });
    return local;
  }

  /**
   * Emits the body of a loop, then clears the vectors that were declared in it. V8 treats a local that is live at the end of an
   * iteration as loop-carried, and then does not join pairs of vectors.
   */
  turn(body: () => void): this {
    const first = this.#locals.length;
    body();
    const constants = new Set([...this.#constants.values()].map(({ local }) => local.index));
    this.#locals.slice(first).forEach((type, i) => {
      const index = this.params.length + first + i;
      if (type === "v128" && !constants.has(index)) this.f32x4(0).set({ index, type });
    });
    return this;
  }

  #emit(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }

  get(local: Local): this {
    return this.#emit(0x20, ...leb(local.index));
  }

  set(local: Local): this {
    return this.#emit(0x21, ...leb(local.index));
  }

  /** Sets and leaves the value on the stack. */
  tee(local: Local): this {
    return this.#emit(0x22, ...leb(local.index));
  }

  i32(value: number): this {
    return this.#emit(0x41, ...signedLeb(value));
  }

  /** A 64-bit constant that 32 bits hold. */
  i64(value: number): this {
    return this.#emit(0x42, ...signedLeb(value));
  }

  f32(value: number): this {
    return this.#emit(0x43, ...new Uint8Array(new Float32Array([value]).buffer));
  }

  /** A v128 constant of four float32. */
  f32x4(value: number): this {
    const bytes = new Uint8Array(new Float32Array([value, value, value, value]).buffer);
    return this.#emit(0xfd, ...leb(12), ...bytes);
  }

  /** A v128 constant of four int32. */
  i32x4(a: number, b = a, c = a, d = a): this {
    return this.#emit(0xfd, ...leb(12), ...new Uint8Array(new Int32Array([a, b, c, d]).buffer));
  }

  op(name: PlainName): this {
    return this.#emit(...plain[name]);
  }

  /**
   * A load, store or atomic at the address on the stack plus `offset` bytes. The alignment hint is 1 byte, except for atomics,
   * which require theirs.
   */
  mem(name: MemoryName, offset = 0): this {
    const [opcode, natural] = memory[name];
    const alignment = name.includes("atomic") ? natural : 0;
    return this.#emit(...opcode, alignment, ...leb(offset));
  }

  lane(name: LaneName, index: number): this {
    return this.#emit(...lane[name], index);
  }

  /** Loads or stores one lane of a vector: address, vector → vector (or nothing). */
  memLane(name: MemoryLaneName, offset: number, index: number): this {
    return this.#emit(...memoryLane[name], 0, ...leb(offset), index);
  }

  /** Picks 16 bytes out of the two vectors on the stack. */
  shuffle(bytes: readonly number[]): this {
    return this.#emit(0xfd, ...leb(13), ...bytes);
  }

  /** destination, value, length → fills bytes. */
  memoryFill(): this {
    return this.#emit(0xfc, 0x0b, 0);
  }

  /** destination, source, length → copies bytes. */
  memoryCopy(): this {
    return this.#emit(0xfc, 0x0a, 0, 0);
  }

  call(target: FunctionRef): this {
    return this.#emit(0x10, ...leb(target.index));
  }

  #structure(opcode: number, body: (label: Label) => void): this {
    this.#emit(opcode, EMPTY_BLOCK);
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
    return this.#emit(0x0b);
  }

  /** A branch to the label leaves the block. */
  block(body: (label: Label) => void): this {
    return this.#structure(0x02, body);
  }

  /** A branch to the label repeats the loop; the loop ends when its body ends. */
  loop(body: (label: Label) => void): this {
    return this.#structure(0x03, body);
  }

  /** Takes an i32 condition. */
  if(yes: () => void, no?: () => void): this {
    return this.#structure(0x04, () => {
      yes();
      if (no !== undefined) {
        this.#emit(0x05);
        no();
      }
    });
  }

  br(label: Label): this {
    return this.#emit(0x0c, ...leb(this.#depth - label.depth));
  }

  brIf(label: Label): this {
    return this.#emit(0x0d, ...leb(this.#depth - label.depth));
  }

  /** for (counter keeps its value; counter < end; counter += step) body. `end` is a local or a constant; signed comparison. */
  forLoop(counter: Local, end: Local | number, step: number, body: () => void): this {
    const pushEnd = () => (typeof end === "number" ? this.i32(end) : this.get(end));
    return this.block((done) => {
      this.get(counter);
      pushEnd().op("i32.ge_s").brIf(done);
      this.loop((again) => {
        this.turn(body);
        this.get(counter).i32(step).op("i32.add").tee(counter);
        pushEnd().op("i32.lt_s").brIf(again);
      });
    });
  }

  /** Local declarations and code, as the code section needs them. */
  finish(): number[] {
    if (this.#depth !== 0) throw new InternalError("A WebAssembly block was left open.");
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const locals = groups.flatMap(({ type, count }) => [...leb(count), valueTypeBytes[type]]);
    const body = [...leb(groups.length), ...locals];
    // The constants are set before all code written so far.
    const code = this.#code.splice(0);
    for (const { local, value } of this.#constants.values()) this.f32(value).op("f32x4.splat").set(local);
    for (const part of [this.#code, code]) for (const byte of part) body.push(byte);
    body.push(0x0b);
    return body;
  }
}
