/**
 * exp, log and tanh of four float32 at once. Range reductions and minimax polynomials are those of Moshier's Cephes library
 * (single/expf.c, logf.c, tanhf.c); errors stay below 1e-7 (exp, log) and 2e-7 (tanh) of the value.
 */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { expTerms, LN2_HIGH, LN2_LOW, logTerms, SQRT_HALF_BITS, tanhTerms } from "../../cephes.ts";
import type { Features } from "../kernel.ts";

/** Emits vector functions into one WebAssembly function; each takes a local and pushes its result. */
export class MathPrinter {
  readonly #f: FunctionBuilder;
  readonly #features: Features;
  readonly #locals: Local[] = [];

  constructor(f: FunctionBuilder, features: Features) {
    this.#f = f;
    this.#features = features;
  }

  #local(index: number): Local {
    while (this.#locals.length <= index) this.#locals.push(this.#f.local("v128"));
    return this.#locals[index]!;
  }

  /** a·b + c; a and b are on the stack, `c` pushes c. */
  #multiplyAdd(c: () => void): void {
    if (this.#features.relaxed) {
      c();
      this.#f.op("f32x4.relaxed_madd");
    } else {
      this.#f.op("f32x4.mul");
      c();
      this.#f.op("f32x4.add");
    }
  }

  /** Horner's rule, highest power first. */
  #polynomial(terms: readonly number[], x: Local): void {
    this.#f.f32x4(terms[0]!);
    for (const term of terms.slice(1)) {
      this.#f.get(x);
      this.#multiplyAdd(() => this.#f.f32x4(term));
    }
  }

  /**
   * eˣ = 2ⁿ·eʳ with n = round(x / ln 2). 2ⁿ is applied as two factors, so that results beyond the exponent's range become ∞,
   * denormal or 0 correctly. The clamp to −104 … 89 changes no result, since these are 0 and ∞ at its ends; it lets NaN through.
   */
  exp(x: Local): void {
    const f = this.#f;
    const [n, r, half] = [this.#local(0), this.#local(1), this.#local(2)];
    f.get(x).f32x4(-104).op("f32x4.pmax").f32x4(89).op("f32x4.pmin").set(r);
    f.get(r).f32x4(Math.LOG2E).op("f32x4.mul").op("f32x4.nearest").set(n);
    f.get(r).get(n).f32x4(LN2_HIGH).op("f32x4.mul").op("f32x4.sub");
    f.get(n).f32x4(LN2_LOW).op("f32x4.mul").op("f32x4.sub").set(r);
    this.#polynomial(expTerms, r);
    f.get(r).get(r).op("f32x4.mul");
    this.#multiplyAdd(() => f.get(r));
    f.f32x4(1).op("f32x4.add");
    f.get(n).op("i32x4.trunc_sat_f32x4_s").tee(n).i32(1).op("i32x4.shr_s").set(half);
    f.get(half).i32x4(127).op("i32x4.add").i32(23).op("i32x4.shl").op("f32x4.mul");
    f.get(n).get(half).op("i32x4.sub").i32x4(127).op("i32x4.add").i32(23).op("i32x4.shl").op("f32x4.mul");
  }

  /** ln x = e·ln 2 + ln m with x = m·2ᵉ and m in √½ … √2; denormal x is scaled up first. */
  log(x: Local): void {
    const f = this.#f;
    const [bits, exponent, t, square] = [this.#local(0), this.#local(1), this.#local(2), this.#local(3)];
    f.get(x)
      .f32x4(2 ** -126)
      .op("f32x4.lt")
      .set(exponent);
    f.get(x)
      .f32x4(2 ** 25)
      .op("f32x4.mul")
      .get(x)
      .get(exponent)
      .op("v128.bitselect")
      .set(bits);
    f.get(exponent).i32x4(-25).op("v128.and");
    f.get(bits).i32x4(SQRT_HALF_BITS).op("i32x4.sub").i32(23).op("i32x4.shr_s").tee(exponent);
    f.op("i32x4.add");
    f.get(bits).get(exponent).i32(23).op("i32x4.shl").op("i32x4.sub").f32x4(1).op("f32x4.sub").set(t);
    f.op("f32x4.convert_i32x4_s").set(exponent);
    f.get(t).get(t).op("f32x4.mul").set(square);
    this.#polynomial(logTerms, t);
    f.get(t).op("f32x4.mul").get(square).op("f32x4.mul");
    f.get(exponent).f32x4(LN2_LOW).op("f32x4.mul").op("f32x4.add");
    f.get(square).f32x4(0.5).op("f32x4.mul").op("f32x4.sub");
    f.get(t).op("f32x4.add");
    f.get(exponent).f32x4(LN2_HIGH).op("f32x4.mul").op("f32x4.add");
    // log ∞ = ∞, log NaN = NaN, log of a negative number = NaN (all bits set), log 0 = −∞.
    f.get(x).get(x).f32x4(Number.POSITIVE_INFINITY).op("f32x4.lt").op("v128.bitselect");
    f.get(x).f32x4(0).op("f32x4.lt").op("v128.or").set(t);
    f.f32x4(Number.NEGATIVE_INFINITY).get(t).get(x).f32x4(0).op("f32x4.eq").op("v128.bitselect");
  }

  /** |x| < 0.625: an odd polynomial; beyond: 1 − 2 / (e²ˣ + 1). The sign is restored at the end. */
  tanh(x: Local): void {
    const f = this.#f;
    const [square, magnitude, far] = [this.#local(0), this.#local(3), this.#local(4)];
    f.get(x).op("f32x4.abs").tee(magnitude).get(magnitude).op("f32x4.add").set(far);
    this.exp(far);
    f.f32x4(1).op("f32x4.add").set(far);
    f.f32x4(1).f32x4(2).get(far).op("f32x4.div").op("f32x4.sub").set(far);
    f.get(magnitude).get(magnitude).op("f32x4.mul").set(square);
    this.#polynomial(tanhTerms, square);
    f.get(square).op("f32x4.mul").get(magnitude);
    this.#multiplyAdd(() => f.get(magnitude));
    f.get(far).get(magnitude).f32x4(0.625).op("f32x4.lt").op("v128.bitselect");
    f.get(x)
      .i32x4(0x80000000 | 0)
      .op("v128.and")
      .op("v128.or");
  }
}
