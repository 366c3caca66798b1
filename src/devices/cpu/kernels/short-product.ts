/** Matrix products whose sums are short, a [m, k] · b [k, n] with few k: the gradient of a classifier's input, by its few units. */
import type { FunctionRef } from "../assembler/function.ts";
import type { ModuleBuilder } from "../assembler/module.ts";
import type { Features } from "../kernel.ts";
import { advanceBy, countDown } from "./kernel-function.ts";

/** Values of a row of `a` that stay in registers, each in all lanes of one, beside two sums and what is added to them. */
const MOST_DEPTH = 10;

/** Columns that all rows pass before the next ones: their part of `b` stays in the first-level cache. */
const PASS_COLUMNS = 512;

/** Whether the function below takes the product: a GEMM's tiles would be over before they are under way. */
export function isShortProduct(k: number, n: number): boolean {
  return k <= MOST_DEPTH && n % 8 === 0 && n >= 64;
}

/** The function (a, b, c, m) for rows of `a` and `c` that follow each other. */
export function shortProduct(module: ModuleBuilder, k: number, n: number, features: Features): FunctionRef {
  return module.once(`short product ${features.relaxed} ${k} ${n}`, () =>
    module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [a, b, c, m]) => {
      const [at, left, from, to, columns] = [
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
        f.local("i32"),
      ];
      const row = productRow(module, k, n, features);
      f.i32(0).set(at);
      f.forLoop(at, n, PASS_COLUMNS, () => {
        f.i32(n).get(at).op("i32.sub").tee(columns).i32(PASS_COLUMNS);
        f.get(columns).i32(PASS_COLUMNS).op("i32.lt_s").op("select").set(columns);
        f.get(a!).set(from);
        f.get(c!).set(to);
        f.get(m!).set(left);
        countDown(f, left, 1, () => {
          f.get(from).get(b!).get(to).get(columns).call(row);
          advanceBy(f, from, 4 * k);
          advanceBy(f, to, 4 * n);
        });
        advanceBy(f, b!, 4 * PASS_COLUMNS);
        advanceBy(f, c!, 4 * PASS_COLUMNS);
      });
    }),
  );
}

/** The function (a, b, c, columns) of one row: c[j] = Σ_k a[k] · b[k, j], eight columns a turn. */
function productRow(module: ModuleBuilder, k: number, n: number, features: Features): FunctionRef {
  return module.once(`short product row ${features.relaxed} ${k} ${n}`, () => {
    const ref = module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [a, b, c, columns]) => {
      const left = Array.from({ length: k }, (_, i) => {
        const value = f.local("v128");
        f.get(a!)
          .mem("v128.load32_splat", 4 * i)
          .set(value);
        return value;
      });
      countDown(f, columns!, 8, () => {
        for (const offset of [0, 16]) {
          f.get(c!);
          // Two sums, of even and of odd k: in one chain each multiply-add would wait for the one before.
          for (const first of [0, 1]) {
            const sum = f.local("v128");
            for (let i = first; i < k; i += 2) {
              const right = () => f.get(b!).mem("v128.load", 4 * n * i + offset);
              f.get(left[i]!);
              if (i === first) right().op("f32x4.mul");
              else if (features.relaxed) right().get(sum).op("f32x4.relaxed_madd");
              else right().op("f32x4.mul").get(sum).op("f32x4.add");
              f.set(sum);
            }
            f.get(sum);
          }
          f.op("f32x4.add").mem("v128.store", offset);
        }
        advanceBy(f, b!, 32);
        advanceBy(f, c!, 32);
      });
    });
    // Exported functions are never inlined into their callers' loops.
    module.exportFunction(`short${ref.index}`, ref);
    module.nameFunction(ref, `short product of ${k}`);
    return ref;
  });
}
