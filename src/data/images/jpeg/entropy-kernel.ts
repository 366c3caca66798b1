/** Kernels that read the entropy-coded data of a sequential JPEG (ITU-T T.81, annex F.2). */
import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import {
  BIT_COUNT,
  BITS,
  BLOCK,
  END_OF_BLOCK,
  EXTRA_BITS,
  LIMITS,
  LONG_CODE,
  LOOKUP_BITS,
  MCU_BLOCK_SIZE,
  MCU_BLOCKS,
  NEXT_WORD,
  OF_BLOCK,
  PADDING,
  PLACES,
  SEGMENT_END,
  SYMBOLS,
  ZIGZAG,
} from "./layout.ts";

/**
 * unstuff(from, end, to): copies the entropy-coded bytes from `from` up to the next marker without the zero that follows each
 * 0xFF, as words whose first byte is the highest, with zeros behind; sets the state for reading them. It reads up to 15 bytes
 * behind `end`. Returns the address of the marker, or 0 where there is none before `end`.
 */
export function addUnstuff(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32", "i32"], ["i32"], (f, [from, end, to]) => {
    const [at, mask, bytes] = [f.local("i32"), f.local("i32"), f.local("v128")];
    f.get(to!).set(at);
    f.block((marker) => {
      f.loop((again) => {
        f.get(from!)
          .get(end!)
          .op("i32.ge_u")
          .if(() => f.i32(0).op("return"));
        f.get(at).get(from!).mem("v128.load").tee(bytes).mem("v128.store");
        f.get(bytes)
          .i32(0xff)
          .op("i8x16.splat")
          .op("i8x16.eq")
          .op("i8x16.bitmask")
          .tee(mask)
          .op("i32.eqz")
          .if(() => {
            f.get(from!).i32(16).op("i32.add").set(from!);
            f.get(at).i32(16).op("i32.add").set(at);
            f.br(again);
          });
        // Up to 0xFF: it is kept if a zero follows.
        f.get(mask).op("i32.ctz").tee(mask).get(from!).op("i32.add").set(from!);
        f.get(at).get(mask).op("i32.add").set(at);
        f.get(from!)
          .get(end!)
          .op("i32.ge_u")
          .if(() => f.i32(0).op("return"));
        f.get(from!).mem("i32.load8_u", 1).brIf(marker);
        f.get(from!).i32(2).op("i32.add").set(from!);
        f.get(at).i32(1).op("i32.add").set(at);
        f.br(again);
      });
    });
    f.i32(SEGMENT_END).get(at).mem("i32.store");
    f.get(at).i32(0).i32(PADDING).memoryFill();
    // The words in which the bits are read.
    f.get(at)
      .i32(PADDING - 16)
      .op("i32.add")
      .set(end!);
    f.get(to!).set(at);
    f.forLoop(at, end!, 16, () => {
      f.get(at).get(at).mem("v128.load").get(at).mem("v128.load");
      f.shuffle([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]).mem("v128.store");
    });
    f.i32(BITS).i64(0).mem("i64.store");
    f.i32(BIT_COUNT).i32(0).mem("i32.store");
    f.i32(NEXT_WORD).get(to!).mem("i32.store");
    f.get(from!);
  });
}

/** longCode(first 16 bits, table): length · 256 + symbol of a code of more than `LOOKUP_BITS` bits; 0 where there is none. */
function addLongCode(module: ModuleBuilder): FunctionRef {
  return module.addFunction(["i32", "i32"], ["i32"], (f, [bits, table]) => {
    for (let length = LOOKUP_BITS + 1; length <= 16; length++) {
      f.get(bits!)
        .get(table!)
        .mem("i32.load", LIMITS + 4 * length)
        .op("i32.lt_u");
      f.if(() => {
        f.get(bits!)
          .i32(16 - length)
          .op("i32.shr_u")
          .get(table!)
          .mem("i32.load", PLACES + 4 * length)
          .op("i32.add");
        f.get(table!)
          .op("i32.add")
          .mem("i32.load8_u", SYMBOLS)
          .i32(length << 8)
          .op("i32.or")
          .op("return");
      });
    }
    f.i32(0);
  });
}

/** What the code of one kernel shares: its locals. */
interface Reader {
  readonly f: FunctionBuilder;
  readonly longCode: FunctionRef;
  readonly bits: Local;
  readonly count: Local;
  readonly word: Local;
  /** The entry that was looked up, then the symbol. */
  readonly entry: Local;
  readonly value: Local;
}

/** Pushes the first `length` bits; a number or a local. */
function pushBits({ f, bits }: Reader, length: number | Local): void {
  f.get(bits);
  if (typeof length === "number") f.i64(64 - length);
  else f.i32(64).get(length).op("i32.sub").op("i64.extend_i32_u");
  f.op("i64.shr_u").op("i32.wrap_i64");
}

/** Drops `length` bits. */
function dropBits({ f, bits, count }: Reader, length: Local): void {
  f.get(bits).get(length).op("i64.extend_i32_u").op("i64.shl").set(bits);
  f.get(count).get(length).op("i32.sub").set(count);
}

/** Looks up the next code. At least 33 bits are there before it, which is enough for any code and the value behind it. */
function lookUp({ f, bits, count, word, entry, ...reader }: Reader, table: Local): void {
  f.get(count)
    .i32(32)
    .op("i32.le_u")
    .if(() => {
      f.get(bits).get(word).mem("i64.load32_u").i32(32).get(count).op("i32.sub").op("i64.extend_i32_u").op("i64.shl");
      f.op("i64.or").set(bits);
      f.get(count).i32(32).op("i32.add").set(count);
      f.get(word).i32(4).op("i32.add").set(word);
    });
  pushBits({ f, bits, count, word, entry, ...reader }, LOOKUP_BITS);
  f.i32(2).op("i32.shl").get(table).op("i32.add").mem("i32.load").set(entry);
  // A shift of 64 bits looks at the lowest six bits alone.
  f.get(bits).get(entry).op("i64.extend_i32_u").op("i64.shl").set(bits);
  f.get(count).get(entry).i32(63).op("i32.and").op("i32.sub").set(count);
}

/** The entry, which is no short one, becomes its symbol. Returns 0 from the kernel where there is no such code. */
function takeSymbol(reader: Reader, table: Local): void {
  const { f, entry, value, longCode } = reader;
  f.get(entry)
    .i32(LONG_CODE << 8)
    .op("i32.and")
    .i32(LONG_CODE << 8)
    .op("i32.eq");
  f.if(
    () => {
      pushBits(reader, 16);
      f.get(table)
        .call(longCode)
        .tee(entry)
        .op("i32.eqz")
        .if(() => f.i32(0).op("return"));
      f.get(entry).i32(8).op("i32.shr_u").set(value);
      dropBits(reader, value);
      f.get(entry).i32(255).op("i32.and").set(entry);
    },
    () => f.get(entry).i32(16).op("i32.shr_u").set(entry),
  );
}

/** The value of `length` ≥ 1 bits (T.81, "EXTEND"). */
function takeValue(reader: Reader, length: Local): void {
  const { f, value } = reader;
  pushBits(reader, length);
  f.set(value);
  dropBits(reader, length);
  f.get(value).i32(1).get(length).i32(1).op("i32.sub").op("i32.shl").op("i32.lt_u");
  f.if(() => f.get(value).i32(1).op("i32.add").i32(1).get(length).op("i32.shl").op("i32.sub").set(value));
}

/** Returns 0 from the kernel unless -2¹⁵ ≤ the i32 on the stack < 2¹⁵. */
function requireInt16({ f }: Reader): void {
  f.i32(0x8000)
    .op("i32.add")
    .i32(0xffff)
    .op("i32.gt_u")
    .if(() => f.i32(0).op("return"));
}

/** The kernels that turn the coefficients of a block into pixels: (first pixel, bytes of a row, quantization table). */
export interface Transforms {
  readonly whole: FunctionRef;
  /** For blocks of a DC coefficient alone. */
  readonly flat: FunctionRef;
}

/**
 * decode(mcus, blocks of one): reads so many MCUs of the segment and transforms their blocks. Returns 0 for what is no valid data:
 * unknown codes, more than 64 coefficients, fewer bits than needed, and coefficients that the transform cannot take.
 */
export function addDecode(module: ModuleBuilder, { whole, flat }: Transforms): FunctionRef {
  const longCode = addLongCode(module);
  return module.addFunction(["i32", "i32"], ["i32"], (f, [mcus, blocks]) => {
    const i32 = () => f.local("i32");
    const [k, table, block, lastBlock, place, size, end] = [i32(), i32(), i32(), i32(), i32(), i32(), i32()];
    const reader: Reader = {
      f,
      longCode,
      bits: f.local("i64"),
      count: i32(),
      word: i32(),
      entry: i32(),
      value: i32(),
    };
    const { bits, count, word, entry, value } = reader;
    const fail = () => f.i32(0).op("return");
    const field = (name: keyof typeof OF_BLOCK) => f.get(block).mem("i32.load", OF_BLOCK[name]);
    f.i32(BITS).mem("i64.load").set(bits);
    f.i32(BIT_COUNT).mem("i32.load").set(count);
    f.i32(NEXT_WORD).mem("i32.load").set(word);
    // Words are read ahead by at most two.
    f.i32(SEGMENT_END).mem("i32.load").i32(8).op("i32.add").set(end);
    f.i32(MCU_BLOCKS).get(blocks!).i32(MCU_BLOCK_SIZE).op("i32.mul").op("i32.add").set(lastBlock);

    const readDc = () => {
      field("dc").set(table);
      lookUp(reader, table);
      f.get(entry)
        .i32(EXTRA_BITS << 8)
        .op("i32.and")
        .if(
          () => {
            takeSymbol(reader, table);
            f.get(entry).if(
              () => takeValue(reader, entry),
              () => f.i32(0).set(value),
            );
          },
          () => f.get(entry).i32(16).op("i32.shr_s").set(value),
        );
      field("prediction").set(place);
      f.get(place).get(place).mem("i32.load").get(value).op("i32.add").tee(value).mem("i32.store");
      f.get(value);
      field("quantization").mem("i32.load16_u").op("i32.mul");
      requireInt16(reader);
      f.i32(BLOCK).get(value).mem("i32.store16");
    };

    /** Leaves in k the number of the last coefficient. */
    const readAc = () => {
      field("ac").set(table);
      f.i32(0).set(k);
      f.block((ended) => {
        f.loop((next) => {
          f.block((unusual) => {
            f.loop((again) => {
              lookUp(reader, table);
              f.get(k).get(entry).i32(8).op("i32.shr_u").i32(255).op("i32.and").op("i32.add").tee(k);
              f.i32(63).op("i32.gt_u").brIf(unusual);
              f.get(k).mem("i32.load8_u", ZIGZAG).get(entry).i32(16).op("i32.shr_u").mem("i32.store16", BLOCK);
              f.get(k).i32(63).op("i32.ne").brIf(again);
            });
            f.br(ended);
          });
          f.get(k).get(entry).i32(8).op("i32.shr_u").i32(255).op("i32.and").op("i32.sub").set(k);
          f.get(entry)
            .i32(LONG_CODE << 8)
            .op("i32.and")
            .i32(END_OF_BLOCK << 8)
            .op("i32.eq")
            .brIf(ended);
          // A coefficient behind the last one.
          f.get(entry)
            .i32(LONG_CODE << 8)
            .op("i32.and")
            .op("i32.eqz")
            .if(fail);
          takeSymbol(reader, table);
          f.get(entry).i32(15).op("i32.and").set(size);
          f.get(entry).i32(4).op("i32.shr_u").set(entry);
          f.get(size)
            .op("i32.eqz")
            .if(() => {
              f.get(entry).i32(15).op("i32.ne").brIf(ended);
            });
          f.get(k).get(entry).op("i32.add").i32(1).op("i32.add").tee(k).i32(63).op("i32.gt_u").if(fail);
          f.get(size).if(() => {
            takeValue(reader, size);
            f.get(k).mem("i32.load8_u", ZIGZAG).set(place);
            f.get(value);
            field("quantization").get(place).op("i32.add").mem("i32.load16_u").op("i32.mul");
            requireInt16(reader);
            f.get(place).get(value).mem("i32.store16", BLOCK);
          });
          f.get(k).i32(63).op("i32.ne").brIf(next);
        });
      });
    };

    f.loop((nextMcu) => {
      f.i32(MCU_BLOCKS).set(block);
      f.loop((nextBlock) => {
        f.get(word).get(end).op("i32.gt_u").if(fail);
        readDc();
        readAc();
        const draw = (kernel: FunctionRef) => {
          for (const name of ["pixels", "stride", "quantization"] as const) field(name);
          f.call(kernel);
        };
        f.get(k).if(
          () => draw(whole),
          () => draw(flat),
        );
        f.get(block);
        field("pixels");
        field("step").op("i32.add").mem("i32.store", OF_BLOCK.pixels);
        f.get(block).i32(MCU_BLOCK_SIZE).op("i32.add").tee(block).get(lastBlock).op("i32.lt_u").brIf(nextBlock);
      });
      f.get(mcus!).i32(1).op("i32.sub").tee(mcus!).brIf(nextMcu);
    });
    f.i32(BITS).get(bits).mem("i64.store");
    f.i32(BIT_COUNT).get(count).mem("i32.store");
    f.i32(NEXT_WORD).get(word).mem("i32.store");
    f.i32(1);
  });
}
