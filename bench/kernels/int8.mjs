// @ts-check
/**
 * Would integer products pay? The inner loop of C[m, n] = Σ A[m, k] · B[k, n] on packed numbers, by one thread: float32 with
 * relaxed_madd, as gemm.ts has it (6 x 16 sums, which V8 joins to pairs, or 6 x 8), against int8 x int7 with
 * i32x4.relaxed_dot_i8x16_i7x16_add and with i16x8.relaxed_dot_i8x16_i7x16. What integers need besides, for each value of A, is timed
 * apart: its largest magnitude, rounding, packing. Best of many alternating rounds. Run after `npm run build`:
 * node bench/kernels/int8.mjs [milliseconds per rung]
 */
import { ModuleBuilder } from "../../dist/assembler/module.js";
import { plain } from "../../dist/assembler/opcodes.js";
import { detectFeatures } from "../../dist/devices/cpu/features.js";

const features = detectFeatures();
// Of this experiment alone: the assembler of the package knows what kernels use.
const table = /** @type {Record<string, number[]>} */ (/** @type {unknown} */ (plain));
const simd = (/** @type {number} */ code) => [0xfd, (code & 0x7f) | 0x80, code >> 7];
table["i16x8.relaxed_dot"] = simd(0x112);
table["i32x4.relaxed_dot_add"] = simd(0x113);
table["i32x4.extadd_pairwise"] = [0xfd, 0x7e];
table["i32x4.add"] = simd(0xae);
table["i32x4.sub"] = simd(0xb1);
table["f32x4.pmax"] = simd(0xeb);
table["i8x16.narrow_i16x8_s"] = simd(0x65);

const budget = Number(process.argv[2] ?? 1500);
const [M, N] = [192, 64];
/** Depths: of MobileNetV2's 1x1 convolutions, and of a 3x3 one of 128 channels. */
const depths = [96, 384, 1152];

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
const [A, B, C] = [0, 1 << 20, 2 << 20];

/**
 * A tile (a, b, c, steps): sums of `rows` x `vectors` of four columns over `steps` vectors of B. A is packed [steps][rows] words, B
 * [steps][vectors] vectors.
 * @param {ModuleBuilder} module @param {number} rows @param {number} vectors
 * @param {(f: any, left: any, right: any, sum: any) => void} product
 */
function tile(module, rows, vectors, product) {
  const ref = module.addFunction(["i32", "i32", "i32", "i32"], [], (f, params) => {
    const [a, b, c, steps] = /** @type {[any, any, any, any]} */ (/** @type {unknown} */ (params));
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local("v128")));
    const right = Array.from({ length: vectors }, () => f.local("v128"));
    const left = f.local("v128");
    f.loop((again) => {
      right.forEach((vector, v) => {
        f.get(b)
          .mem("v128.load", 16 * v)
          .set(vector);
      });
      sums.forEach((row, i) => {
        f.get(a)
          .mem("v128.load32_splat", 4 * i)
          .set(left);
        row.forEach((sum, v) => {
          product(f, left, right[v], sum);
        });
      });
      f.get(a)
        .i32(4 * rows)
        .op("i32.add")
        .set(a);
      f.get(b)
        .i32(16 * vectors)
        .op("i32.add")
        .set(b);
      f.get(steps).i32(1).op("i32.sub").tee(steps).brIf(again);
    });
    for (let i = rows - 1; i >= 0; i--)
      for (let v = vectors - 1; v >= 0; v--)
        f.get(c)
          .get(/** @type {any} */ (sums[i])[v])
          .mem("v128.store", 16 * (i * vectors + v));
  });
  module.exportFunction(`tile${ref.index}`, ref);
  return ref;
}

/** All tiles of the product. @param {number} rows @param {number} vectors @param {number} steps @param {any} product */
function gemm(rows, vectors, steps, product) {
  const module = new ModuleBuilder({ maximumPages: 64, shared: false });
  const inner = tile(module, rows, vectors, product);
  const run = module.addFunction([], [], (f) => {
    const [i, j] = [f.local("i32"), f.local("i32")];
    f.i32(0).set(j);
    f.forLoop(j, N / (4 * vectors), 1, () => {
      f.i32(0).set(i);
      f.forLoop(i, M / rows, 1, () => {
        f.get(i)
          .i32(4 * rows * steps)
          .op("i32.mul")
          .i32(A)
          .op("i32.add");
        f.get(j)
          .i32(16 * vectors * steps)
          .op("i32.mul")
          .i32(B)
          .op("i32.add");
        f.i32(C).i32(steps).call(inner);
      });
    });
  });
  module.exportFunction("run", run);
  return start(module);
}

/** @param {ModuleBuilder} module @returns {() => void} */
function start(module) {
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (module.finish());
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  return /** @type {() => void} */ (instance.exports.run);
}

/**
 * Rounds A's values to int8: the largest magnitude of each row, then scaled, rounded by an addition of 1.5 · 2^23 and narrowed, sixteen
 * values at a time. @param {number} depth
 */
function rounding(depth) {
  const module = new ModuleBuilder({ maximumPages: 64, shared: false });
  const run = module.addFunction([], [], (f) => {
    const [row, at, from, step] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    const most = Array.from({ length: 4 }, () => f.local("v128"));
    const [scale, word] = [f.local("v128"), f.local("v128")];
    const magic = 12582912;
    f.i32(0).set(row);
    f.forLoop(row, M, 1, () => {
      f.get(row)
        .i32(4 * depth)
        .op("i32.mul")
        .tee(from)
        .set(at);
      for (const each of most) f.f32x4(1e-7).set(each);
      f.i32(0).set(step);
      f.forLoop(step, depth, 16, () => {
        most.forEach((each, v) => {
          f.get(each)
            .get(at)
            .mem("v128.load", A + 16 * v)
            .op("f32x4.abs")
            .op(/** @type {any} */ ("f32x4.pmax"))
            .set(each);
        });
        f.get(at).i32(64).op("i32.add").set(at);
      });
      // The largest of the four lanes is left out: a few instructions a row.
      f.f32x4(127);
      most.forEach((each) => {
        f.get(each);
      });
      f.op("f32x4.max").op("f32x4.max").op("f32x4.max").op("f32x4.div").set(scale);
      f.f32x4(magic).set(word);
      f.get(row).i32(depth).op("i32.mul").set(at);
      f.i32(0).set(step);
      f.forLoop(step, depth, 16, () => {
        f.get(at);
        for (const half of [0, 32]) {
          for (const offset of [half, half + 16])
            f.get(from)
              .mem("v128.load", A + offset)
              .get(scale)
              .get(word)
              .op("f32x4.relaxed_madd")
              .get(word)
              .op(/** @type {any} */ ("i32x4.sub"));
          f.op("i16x8.narrow_i32x4_s");
        }
        f.op(/** @type {any} */ ("i8x16.narrow_i16x8_s")).mem("v128.store", C);
        f.get(at).i32(16).op("i32.add").set(at);
        f.get(from).i32(64).op("i32.add").set(from);
      });
    });
  });
  module.exportFunction("run", run);
  return start(module);
}

/** The numbers that `rounding` makes of one row, against plain ones. */
function checkRounding() {
  const depth = 96;
  const values = new Float32Array(memory.buffer, A, M * depth);
  for (let i = 0; i < values.length; i++) values[i] = i % 4 === 3 ? 1 : Math.sin(i);
  // All four lanes have the largest magnitude, 1, for the step across them is left out.
  for (let row = 0; row < M; row++) values.fill(1, row * depth, row * depth + 4);
  const run = rounding(depth);
  run();
  new Int8Array(memory.buffer, C, M * depth).forEach((code, i) => {
    if (code !== Math.round(127 * /** @type {number} */ (values[i])))
      throw new Error(`value ${i}: ${code} of ${values[i]}`);
  });
}

const madd = (/** @type {any} */ f, /** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ sum) =>
  f.get(a).get(b).get(sum).op("f32x4.relaxed_madd").set(sum);
const dotAdd = (/** @type {any} */ f, /** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ sum) =>
  f.get(a).get(b).get(sum).op("i32x4.relaxed_dot_add").set(sum);
const dot = (/** @type {any} */ f, /** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ sum) =>
  f.get(a).get(b).op("i16x8.relaxed_dot").op("i32x4.extadd_pairwise").get(sum).op("i32x4.add").set(sum);

/** The sums of one tile against plain loops, so that what is timed is the product. @param {any} product @param {boolean} isInt */
function check(product, isInt) {
  const [rows, vectors, steps] = [2, 2, 8];
  const perWord = isInt ? 4 : 1;
  const [a, b] = [
    new Int8Array(memory.buffer, A, 4 * rows * steps),
    new Int8Array(memory.buffer, B, 16 * vectors * steps),
  ];
  const [fa, fb] = [
    new Float32Array(memory.buffer, A, rows * steps),
    new Float32Array(memory.buffer, B, 4 * vectors * steps),
  ];
  if (isInt) {
    for (let i = 0; i < a.length; i++) a[i] = ((i * 37) % 255) - 127;
    for (let i = 0; i < b.length; i++) b[i] = (i * 29) % 64;
  } else {
    for (let i = 0; i < fa.length; i++) fa[i] = ((i * 37) % 255) - 127;
    for (let i = 0; i < fb.length; i++) fb[i] = (i * 29) % 64;
  }
  const module = new ModuleBuilder({ maximumPages: 64, shared: false });
  const inner = tile(module, rows, vectors, product);
  const run = module.addFunction([], [], (f) => {
    f.i32(A).i32(B).i32(C).i32(steps).call(inner);
  });
  module.exportFunction("run", run);
  start(module)();
  const made = isInt
    ? new Int32Array(memory.buffer, C, rows * 4 * vectors)
    : new Float32Array(memory.buffer, C, rows * 4 * vectors);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < 4 * vectors; column++) {
      let sum = 0;
      for (let step = 0; step < steps; step++)
        for (let k = 0; k < perWord; k++) {
          const left = (step * rows + row) * perWord + k;
          const right = (step * 4 * vectors + column) * perWord + k;
          sum += /** @type {number} */ ((isInt ? a : fa)[left]) * /** @type {number} */ ((isInt ? b : fb)[right]);
        }
      if (made[row * 4 * vectors + column] !== sum)
        throw new Error(`row ${row}, column ${column}: ${made[row * 4 * vectors + column]} is not ${sum}`);
    }
}
check(madd, false);
check(dotAdd, true);
check(dot, true);
checkRounding();

const isWide = features.wide ? "pairs of vectors joined" : "128-bit vectors";
console.log(
  `Node ${process.versions.node}, V8 ${process.versions.v8}, ${isWide}; C ${M} x ${N}, GFLOP/s (2 per product), best of alternating rounds`,
);
for (const depth of depths) {
  const flops = 2 * M * N * depth;
  const rungs = [
    { title: "float32 relaxed_madd 6x16", run: gemm(6, 4, depth, madd), flops },
    { title: "float32 relaxed_madd 6x8", run: gemm(6, 2, depth, madd), flops },
    { title: "int8 i32x4 dot_add 6x16", run: gemm(6, 4, depth / 4, dotAdd), flops },
    { title: "int8 i32x4 dot_add 6x8", run: gemm(6, 2, depth / 4, dotAdd), flops },
    { title: "int8 i32x4 dot_add 4x8", run: gemm(4, 2, depth / 4, dotAdd), flops },
    { title: "int8 i16x8 dot 6x8", run: gemm(6, 2, depth / 4, dot), flops },
    { title: "rounding A to int8", run: rounding(depth), flops: 0 },
  ].map((rung) => ({ ...rung, best: Number.POSITIVE_INFINITY }));
  new Float32Array(memory.buffer).fill(0);
  for (const { run } of rungs) for (let i = 0; i < 300; i++) run();
  const end = performance.now() + budget;
  while (performance.now() < end)
    for (const rung of rungs) {
      const begin = performance.now();
      for (let i = 0; i < 10; i++) rung.run();
      rung.best = Math.min(rung.best, (performance.now() - begin) / 10);
    }
  const float = Math.min(...rungs.slice(0, 2).map(({ best }) => best));
  const rounded = rungs.at(-1)?.best ?? 0;
  for (const { title, best, flops: count } of rungs) {
    const rate = count === 0 ? "" : ` ${(count / best / 1e6).toFixed(0).padStart(5)} GFLOP/s`;
    const ratio =
      count === 0
        ? ""
        : `  ${(float / best).toFixed(2)} x float32, ${(float / (best + rounded)).toFixed(2)} x with rounding`;
    console.log(
      `k ${String(depth).padStart(4)}  ${title.padEnd(28)} ${(1000 * best).toFixed(1).padStart(7)} us${rate}${title.startsWith("int8") ? ratio : ""}`,
    );
  }
}
