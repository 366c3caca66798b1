/**
 * Matrix products with short sums, a [m, k] · b [k, n] with small k: the gradient of the input of a classifier's last layer,
 * which has few units.
 */

import type { FunctionBuilder, FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import type { Shape } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import { type MatMulAttrs, matMulOp } from "../../../ops/mat-mul.ts";
import { EpiloguePrinter, paramTypes, pointerKinds, type VectorEpilogue } from "../epilogue.ts";
import { type Features, vectorsAtOnce } from "../kernel.ts";
import { advanceBy, countDown, setRemaining, storeVectors } from "./kernel-function.ts";

/** Values of a row of `a` that stay in registers, each in all lanes of a vector, together with two sums and their operands. */
const MOST_DEPTH = 10;

/** Columns that all rows process before the next ones: their part of `b` stays in the first-level cache. */
const PASS_COLUMNS = 512;

/** Whether a product with `b` [k, n] uses the function below: a GEMM's tiles spend too little time in their loop over k. */
export function isShortProduct(b: Shape): boolean {
  const [k, n] = b as [number, number];
  return k <= MOST_DEPTH && n % 8 === 0 && n >= 64;
}

export function isShortMatMul({ op, attrs, inputs }: Call): boolean {
  return op.name === matMulOp.name && !(attrs as MatMulAttrs).transposeA && isShortProduct(inputs[1]!.spec.shape);
}

export interface ShortProduct {
  readonly k: number;
  readonly n: number;
  /** Applied to a value before it is stored. */
  readonly epilogue: VectorEpilogue | undefined;
}

/** The function (a, b, c, m, …operands of the epilogue) for consecutive rows of `a` and `c`. */
export function shortProduct(module: ModuleBuilder, product: ShortProduct, features: Features): FunctionRef {
  const { k, n, epilogue } = product;
  const kinds = pointerKinds(epilogue);
  return module.once(["short product", product, features], () =>
    module.addFunction(paramTypes(4, epilogue), [], (f, [a, b, c, m, ...operands]) => {
      const [at, left, columns] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const [from, to] = [f.local("i32"), f.local("i32")];
      const beside = operands.map(() => f.local("i32"));
      const row = productRow(module, product, features);
      f.i32(0).set(at);
      f.forLoop(at, n, PASS_COLUMNS, () => {
        setRemaining(f, columns, at, n, PASS_COLUMNS);
        f.get(a!).set(from);
        f.get(c!).set(to);
        operands.forEach((operand, i) => {
          f.get(operand).set(beside[i]!);
        });
        f.get(m!).set(left);
        countDown(f, left, 1, () => {
          f.get(from).get(b!).get(to).get(columns);
          for (const pointer of beside) f.get(pointer);
          f.call(row);
          advanceBy(f, from, 4 * k);
          advanceBy(f, to, 4 * n);
          beside.forEach((pointer, i) => {
            if (kinds[i] === "full") advanceBy(f, pointer, 4 * n);
          });
        });
        for (const pointer of [b!, c!]) advanceBy(f, pointer, 4 * PASS_COLUMNS);
        operands.forEach((operand, i) => {
          if (kinds[i] !== "single") advanceBy(f, operand, 4 * PASS_COLUMNS);
        });
      });
    }),
  );
}

/** The function (a, b, c, columns, …operands) of one row: c[j] = Σ_k a[k] · b[k, j], eight columns per iteration. */
function productRow(module: ModuleBuilder, product: ShortProduct, features: Features): FunctionRef {
  const { k, n, epilogue } = product;
  const kinds = pointerKinds(epilogue);
  return module.once(["short product row", product, features], () => {
    const ref = module.addFunction(paramTypes(4, epilogue), [], (f, [a, b, c, columns, ...operands]) => {
      const printer = epilogue && new EpiloguePrinter(f, epilogue, operands, features);
      const together = vectorsAtOnce(features, 2);
      const left = Array.from({ length: k }, (_, i) => {
        const value = f.local("v128");
        f.get(a!)
          .mem("v128.load32_splat", 4 * i)
          .set(value);
        return value;
      });
      countDown(f, columns!, 8, () => {
        for (let first = 0; first < 2; first += together) {
          const offsets = Array.from({ length: together }, (_, v) => 16 * (first + v));
          const values = offsets.map((offset) => {
            const right = (i: number) => f.get(b!).mem("v128.load", 4 * n * i + offset);
            const sum = pushDot(f, left, right, features);
            return printer?.apply(sum, offset, offset) ?? sum;
          });
          storeVectors(f, c!, offsets[0]!, values);
        }
        for (const pointer of [b!, c!]) advanceBy(f, pointer, 32);
        operands.forEach((operand, i) => {
          if (kinds[i] !== "single") advanceBy(f, operand, 32);
        });
      });
    });
    // Exported functions are never inlined into their callers' loops.
    module.exportFunction(`short${ref.index}`, ref);
    module.nameFunction(ref, `short product of ${k}`);
    return ref;
  });
}

/**
 * Σ left[i] · right(i), as two sums of even and of odd i: in a single chain each multiply-add would wait for the previous one.
 */
function pushDot(
  f: FunctionBuilder,
  left: readonly Local[],
  right: (i: number) => FunctionBuilder,
  features: Features,
): Local {
  const sums = [0, 1].slice(0, left.length).map((first) => {
    const sum = f.local("v128");
    for (let i = first; i < left.length; i += 2) {
      f.get(left[i]!);
      if (i === first) right(i).op("f32x4.mul");
      else if (features.relaxed) right(i).get(sum).op("f32x4.relaxed_madd");
      else right(i).op("f32x4.mul").get(sum).op("f32x4.add");
      f.set(sum);
    }
    return sum;
  });
  const total = f.local("v128");
  f.get(sums[0]!);
  if (sums[1] !== undefined) f.get(sums[1]).op("f32x4.add");
  f.set(total);
  return total;
}
