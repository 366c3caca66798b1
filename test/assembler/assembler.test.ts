import { beforeAll, describe, expect, test } from "vitest";
import type { FunctionBuilder, Local, ValueType } from "../../src/assembler/function.ts";
import { ModuleBuilder } from "../../src/assembler/module.ts";
import { leb, type PlainName, plain, signedLeb } from "../../src/assembler/opcodes.ts";
import { detectFeatures } from "../../src/devices/cpu/features.ts";
import { fc } from "../properties.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

interface Built {
  readonly call: (...args: number[]) => number;
  readonly memory: WebAssembly.Memory;
}

/** One function of i32 or f32 parameters, ready to call, and its memory. */
function build(
  params: readonly ValueType[],
  results: readonly ValueType[],
  write: (f: FunctionBuilder, params: readonly Local[]) => void,
  shared = false,
): Built {
  const module = new ModuleBuilder({ maximumPages: 2, shared });
  module.exportFunction("run", module.addFunction(params, results, write));
  return instantiate(module, shared);
}

function instantiate(module: ModuleBuilder, shared = false): Built {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared });
  const compiled = new WebAssembly.Module(module.finish() as Uint8Array<ArrayBuffer>);
  const instance = new WebAssembly.Instance(compiled, { host: { memory } });
  return { call: instance.exports.run as Built["call"], memory };
}

describe("numbers", () => {
  test("unsigned LEB128 decodes to itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const decoded = leb(value).reduce((sum, byte, i) => sum + (byte & 0x7f) * 2 ** (7 * i), 0);
        expect(decoded).toBe(value);
      }),
    );
  });

  test("signed LEB128 as the specification's example has it", () => {
    expect(signedLeb(-123456)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signedLeb(63)).toEqual([63]);
    expect(signedLeb(64)).toEqual([0xc0, 0]);
  });

  test("constants arrive whole", () => {
    for (const value of [0, -1, 63, 64, -64, -65, 0x7fff_ffff, -0x8000_0000])
      expect(build([], ["i32"], (f) => f.i32(value)).call()).toBe(value);
    for (const value of [0, -0, 1.5, Number.POSITIVE_INFINITY, Math.fround(1e-40), Number.NaN])
      expect(build([], ["f32"], (f) => f.f32(value)).call()).toBe(value);
  });
});

describe("instructions", () => {
  const scalars: readonly (readonly [PlainName, (a: number, b: number) => number])[] = [
    ["i32.add", (a, b) => (a + b) | 0],
    ["i32.sub", (a, b) => (a - b) | 0],
    ["i32.mul", Math.imul],
    ["i32.div_u", (a, b) => Math.floor((a >>> 0) / (b >>> 0)) | 0],
    ["i32.rem_u", (a, b) => ((a >>> 0) % (b >>> 0)) | 0],
    ["i32.div_s", (a, b) => Math.trunc(a / b) | 0],
    ["i32.rem_s", (a, b) => (a % b) | 0],
    ["i32.and", (a, b) => a & b],
    ["i32.or", (a, b) => a | b],
    ["i32.xor", (a, b) => a ^ b],
    ["i32.shl", (a, b) => a << b],
    ["i32.shr_s", (a, b) => a >> b],
    ["i32.shr_u", (a, b) => (a >>> b) | 0],
    ["i32.eq", (a, b) => Number(a === b)],
    ["i32.ne", (a, b) => Number(a !== b)],
    ["i32.lt_s", (a, b) => Number(a < b)],
    ["i32.lt_u", (a, b) => Number(a >>> 0 < b >>> 0)],
    ["i32.gt_s", (a, b) => Number(a > b)],
    ["i32.gt_u", (a, b) => Number(a >>> 0 > b >>> 0)],
    ["i32.le_s", (a, b) => Number(a <= b)],
    ["i32.le_u", (a, b) => Number(a >>> 0 <= b >>> 0)],
    ["i32.ge_s", (a, b) => Number(a >= b)],
    ["i32.ge_u", (a, b) => Number(a >>> 0 >= b >>> 0)],
  ];

  test.each(scalars)("%s", (name, meaning) => {
    const { call } = build(["i32", "i32"], ["i32"], (f, [a, b]) => f.get(a!).get(b!).op(name));
    for (const a of [7, -7, 100, 0x7fff_ffff]) for (const b of [7, -3, 1]) expect(call(a, b)).toBe(meaning(a, b));
  });

  test("64 bits hold two numbers, and shift by the lowest six bits of a number", () => {
    const { call } = build(["i32", "i32"], ["i32"], (f, [a, b]) => {
      const wide = f.local("i64");
      f.get(a!).op("i64.extend_i32_u").i64(36).op("i64.shl").get(b!).op("i64.extend_i32_u").op("i64.or").set(wide);
      f.get(wide)
        .i64(64 + 4)
        .op("i64.shr_u")
        .op("i32.wrap_i64")
        .get(b!)
        .op("i32.ctz")
        .op("i32.add");
    });
    // b >>> 4, and a's lowest four bits fall off: they are above 32 bits.
    expect(call(0xff, 0x80)).toBe(8 + 7);
    expect(call(0xf, 0x100)).toBe(16 + 8);
  });

  const vectors: readonly (readonly [PlainName, (a: number, b: number) => number])[] = [
    ["f32x4.add", (a, b) => a + b],
    ["f32x4.sub", (a, b) => a - b],
    ["f32x4.mul", (a, b) => a * b],
    ["f32x4.div", (a, b) => a / b],
    ["f32x4.min", Math.min],
    ["f32x4.max", Math.max],
    // biome-ignore lint/complexity/useMathMinMax: Math.min gives NaN when either is; pmin keeps its first operand.
    ["f32x4.pmin", (a, b) => (b < a ? b : a)],
    // biome-ignore lint/complexity/useMathMinMax: as above.
    ["f32x4.pmax", (a, b) => (a < b ? b : a)],
  ];
  const samples = [
    [1.5, -2.25],
    [-3, 8],
    [4, 4],
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
  ] as const;

  test.each(vectors)("%s", (name, meaning) => {
    const { call } = build(["f32", "f32"], ["f32"], (f, [a, b]) => {
      f.get(a!).op("f32x4.splat").get(b!).op("f32x4.splat").op(name).lane("f32x4.extract_lane", 2);
    });
    for (const [a, b] of samples) expect(call(a, b)).toBe(Math.fround(meaning(a, b)));
  });

  test("relaxed_madd is a·b + c, relaxed_nmadd is c − a·b", () => {
    for (const [name, expected] of [
      ["f32x4.relaxed_madd", 17],
      ["f32x4.relaxed_nmadd", -7],
    ] as const) {
      const { call } = build([], ["f32"], (f) => {
        f.f32x4(3).f32x4(4).f32x4(5).op(name).lane("f32x4.extract_lane", 0);
      });
      expect(call()).toBe(expected);
    }
  });

  test("constants of a function are there before its first instruction, each sign of zero as well", () => {
    const { call } = build(["i32"], ["f32"], (f, [which]) => {
      const result = f.local("f32");
      f.get(which!).if(
        () => f.get(f.constant(-0)).lane("f32x4.extract_lane", 1).set(result),
        () => f.get(f.constant(1.5)).get(f.constant(0)).op("f32x4.add").lane("f32x4.extract_lane", 3).set(result),
      );
      f.get(result);
    });
    expect([call(0), call(1)]).toEqual([1.5, -0]);
  });

  test("vectors declared in a turn of a loop are zero in the next one, others and constants are kept", () => {
    const { call } = build(["i32"], ["f32"], (f, [turns]) => {
      const [sum, turn] = [f.local("v128"), f.local("i32")];
      f.forLoop(turn, turns!, 1, () => {
        const own = f.local("v128");
        f.get(own).get(f.constant(1)).op("f32x4.add").set(own);
        f.get(sum).get(own).op("f32x4.add").set(sum);
      });
      f.get(sum).lane("f32x4.extract_lane", 0);
    });
    expect(call(5)).toBe(5);
  });

  test("no two instructions share an opcode", () => {
    const codes = Object.values(plain).map((code) => code.join());
    expect(new Set(codes).size).toBe(codes.length);
  });

  test("shuffle and lanes", () => {
    const word = (from: number) => [0, 1, 2, 3].map((byte) => 4 * from + byte);
    const { call } = build(["i32"], ["i32"], (f, [x]) => {
      f.i32x4(10, 11, 12, 13).i32x4(20, 21, 22, 23).get(x!).lane("i32x4.replace_lane", 1);
      f.shuffle([...word(5), ...word(0), ...word(7), ...word(2)]);
      const picked = f.local("v128");
      f.set(picked).i32(0);
      for (let lane = 0; lane < 4; lane++)
        f.i32(100).op("i32.mul").get(picked).lane("i32x4.extract_lane", lane).op("i32.add");
    });
    expect(call(55)).toBe(55_10_23_12);
  });
});

describe("memory", () => {
  test("loads and stores take any address and add their offset", () => {
    const { call, memory } = build(["i32"], ["f32"], (f, [at]) => {
      f.get(at!).f32x4(2.5).mem("v128.store", 300);
      f.get(at!).f32(7).mem("f32.store", 304);
      f.get(at!).mem("v128.load", 300).lane("f32x4.extract_lane", 1);
    });
    expect(call(3)).toBe(7);
    const stored = new DataView(memory.buffer);
    expect([303, 307, 311, 315].map((at) => stored.getFloat32(at, true))).toEqual([2.5, 7, 2.5, 2.5]);
    expect(stored.getFloat32(299, true)).toBe(0);
  });

  test("fill and copy", () => {
    const { call, memory } = build([], [], (f) => {
      f.i32(8).i32(0xab).i32(4).memoryFill();
      f.i32(20).i32(9).i32(5).memoryCopy();
    });
    call();
    expect([...new Uint8Array(memory.buffer, 6, 8)]).toEqual([0, 0, 0xab, 0xab, 0xab, 0xab, 0, 0]);
    expect([...new Uint8Array(memory.buffer, 19, 7)]).toEqual([0, 0xab, 0xab, 0xab, 0, 0, 0]);
  });

  test("single lanes", () => {
    const { call, memory } = build([], [], (f) => {
      f.i32(0).i32(64).i32x4(1, 2, 3, 4).memLane("v128.load32_lane", 4, 3).mem("v128.store", 0);
      f.i32(32).i32x4(5, 6, 7, 8).memLane("v128.store32_lane", 0, 2);
    });
    new Int32Array(memory.buffer)[17] = 99;
    call();
    expect([...new Int32Array(memory.buffer, 0, 4)]).toEqual([1, 2, 3, 99]);
    expect([...new Int32Array(memory.buffer, 32, 2)]).toEqual([7, 0]);
  });

  test("atomics on shared memory", () => {
    const { call, memory } = build(
      ["i32"],
      ["i32"],
      (f, [amount]) => {
        f.i32(8).get(amount!).mem("i32.atomic.rmw.add", 8).op("drop");
        f.i32(16).mem("i32.atomic.load");
      },
      true,
    );
    expect([call(5), call(7)]).toEqual([5, 12]);
    expect(Atomics.load(new Int32Array(memory.buffer), 4)).toBe(12);
  });
});

describe("control", () => {
  test("forLoop counts to its end and not at all past it", () => {
    const { call } = build(["i32", "i32"], ["i32"], (f, [from, to]) => {
      const sum = f.local("i32");
      f.forLoop(from!, to!, 3, () => {
        f.get(sum).get(from!).op("i32.add").set(sum);
      });
      f.get(sum);
    });
    expect([call(0, 10), call(10, 10), call(11, 10), call(-3, 1)]).toEqual([18, 0, 0, -3]);
  });

  test("branches leave the block that they name", () => {
    const { call } = build(["i32"], ["i32"], (f, [x]) => {
      const result = f.local("i32");
      f.block((outer) => {
        f.block((inner) => {
          f.get(x!).i32(1).op("i32.eq").brIf(inner);
          f.get(x!).i32(2).op("i32.eq").brIf(outer);
          f.i32(30).set(result).br(outer);
        });
        f.i32(10).set(result);
      });
      f.get(result);
    });
    expect([call(1), call(2), call(3)]).toEqual([10, 0, 30]);
  });

  test("if with and without an else", () => {
    const { call } = build(["i32"], ["i32"], (f, [x]) => {
      const result = f.local("i32");
      f.get(x!).if(
        () => f.i32(1).set(result),
        () => f.i32(2).set(result),
      );
      f.get(x!)
        .i32(5)
        .op("i32.eq")
        .if(() => f.i32(50).set(result));
      f.get(result);
    });
    expect([call(0), call(1), call(5)]).toEqual([2, 1, 50]);
  });
});

describe("modules", () => {
  test("functions call others; what is asked for once is made once", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    let made = 0;
    const twice = () =>
      module.once("twice", () => {
        made++;
        return module.addFunction(["i32"], ["i32"], (f, [x]) => f.get(x!).get(x!).op("i32.add"));
      });
    const run = module.addFunction(["i32"], ["i32"], (f, [x]) => {
      f.get(x!).call(twice()).call(twice());
    });
    module.exportFunction("run", run);
    expect(instantiate(module).call(5)).toBe(20);
    expect(made).toBe(1);
  });

  test("functions with the same body and type are one, which is exported once and keeps its first name", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    const add = (value: number, results: readonly ValueType[]) =>
      module.addFunction([], results, (f) => {
        if (results.length > 0) f.i32(value);
      });
    const [three, four, same] = [add(3, ["i32"]), add(4, ["i32"]), add(3, ["i32"])];
    expect([three.index, four.index, same.index]).toEqual([0, 1, 0]);
    // Bodies without instructions, of different types.
    const empty = (params: readonly ValueType[]) => module.addFunction(params, [], () => {}).index;
    expect([empty([]), empty(["i32"]), empty([]), empty(["i32"])]).toEqual([2, 3, 2, 3]);
    for (const ref of [three, same]) {
      module.nameFunction(ref, `named ${ref.index}`);
      module.exportFunction("run", ref);
    }
    expect(instantiate(module).call()).toBe(3);
    expect(() => module.exportFunction("run", four)).toThrow('Two functions are exported as "run".');
  });

  test("imported functions are numbered before the module's own: calls, exports and names still mean the same", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    const say = module.importFunction("say", ["i32"], []);
    const double = module.importFunction("double", ["i32"], ["i32"]);
    const three = module.addFunction([], ["i32"], (f) => f.i32(3));
    const run = module.addFunction(["i32"], ["i32"], (f, [x]) => {
      f.get(x!).call(say).get(x!).call(double).call(three).op("i32.add");
    });
    module.exportFunction("run", run);
    module.nameFunction(run, "after the imports");
    const said: number[] = [];
    const compiled = new WebAssembly.Module(module.finish() as Uint8Array<ArrayBuffer>);
    const host = {
      memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
      say: (x: number) => {
        if (x < 0) throw new Error("below zero");
        said.push(x);
      },
      double: (x: number) => 2 * x,
    };
    const call = new WebAssembly.Instance(compiled, { host }).exports.run as Built["call"];
    expect(call(5)).toBe(13);
    expect(said).toEqual([5]);
    let stack = "";
    try {
      call(-1);
    } catch (error) {
      stack = (error as Error).stack ?? "";
    }
    expect(stack).toContain("after the imports");
  });

  test("without imported functions the bytes are those of the format's own description", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    module.exportFunction(
      "f",
      module.addFunction([], ["i32"], (f) => f.i32(7)),
    );
    const host = [4, 0x68, 0x6f, 0x73, 0x74];
    const memory = [6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79];
    expect([...module.finish()]).toEqual([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...[1, 5, 1, 0x60, 0, 1, 0x7f],
      ...[2, 17, 1, ...host, ...memory, 2, 1, 0, 2],
      ...[3, 2, 1, 0],
      ...[7, 5, 1, 1, 0x66, 0, 0],
      ...[10, 6, 1, 4, 0, 0x41, 7, 0x0b],
      ...[0, 8, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 1, 0],
    ]);
  });

  test("an import that comes after a function is refused", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    module.addFunction([], [], () => {});
    expect(() => module.importFunction("late", [], [])).toThrow(
      'Function "late" is imported after functions were added',
    );
  });

  test("a name is shown in stack traces", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    const run = module.addFunction([], [], (f) => f.op("unreachable"));
    module.nameFunction(run, "trap here");
    module.exportFunction("run", run);
    const { call } = instantiate(module);
    let stack = "";
    try {
      call();
    } catch (error) {
      stack = (error as Error).stack ?? "";
    }
    expect(stack).toContain("trap here");
  });

  test("more than 127 functions, locals and bytes", () => {
    const module = new ModuleBuilder({ maximumPages: 2, shared: false });
    const functions = Array.from({ length: 300 }, (_, i) =>
      module.addFunction([], ["i32"], (f) => {
        const locals = Array.from({ length: 200 }, () => f.local("i32"));
        f.i32(i).set(locals[199]!).get(locals[199]!);
      }),
    );
    module.exportFunction(
      "run",
      module.addFunction([], ["i32"], (f) => {
        f.i32(0);
        for (const ref of functions) f.call(ref).op("i32.add");
      }),
    );
    expect(instantiate(module).call()).toBe((299 * 300) / 2);
  });
});
