/**
 * Prints elementwise expressions as WGSL, for one element or four at a time. WGSL lets a driver assume that no value is NaN or
 * infinite (section "Floating point evaluation"), so everything that must be right for such values is decided by their bits.
 */
import type { PrintedBinary, PrintedInstruction, PrintedTape } from "../../approximations.ts";
import { expTerms, LN2_HIGH, LN2_LOW, logTerms, SQRT_HALF_BITS, tanhTerms } from "../../cephes.ts";

export type Lanes = 1 | 4;

const infinityBits = "0x7f800000u";

/**
 * Replacements of WGSL's own functions, whose errors may be 3 + 2·|x| units in the last place (exp; that makes 3e-5 of Adam's 1 −
 * 0.999ᵗ), 2⁻²¹ absolute near a logarithm of 0, or 10⁻⁵ (tanh), and which leave NaN and infinities undefined.
 */
const unaryNames = { exp: "exp_exact", log: "log_exact", tanh: "tanh_exact" } as const;

/** Horner's rule, highest power first. */
const polynomial = (terms: readonly number[], x: string) =>
  terms.slice(1).reduce((sum, term) => `(${sum} * ${x} + ${term}f)`, `${terms[0]}f`);

/** Functions for shaders of any kind; `T` is f32 or vec4f. */
export function mathFunctions(lanes: Lanes): string {
  const [float, int, uint, bool] =
    lanes === 4 ? ["vec4f", "vec4i", "vec4u", "vec4<bool>"] : ["f32", "i32", "u32", "bool"];
  const [and, or] = lanes === 4 ? ["&", "|"] : ["&&", "||"];
  return `
fn float_of(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn is_nan(x: ${float}) -> ${bool} { return (bitcast<${uint}>(x) & ${uint}(0x7fffffffu)) > ${uint}(${infinityBits}); }
fn not_nan(x: ${float}) -> ${bool} { return (bitcast<${uint}>(x) & ${uint}(0x7fffffffu)) <= ${uint}(${infinityBits}); }
fn below_infinity(x: ${float}) -> ${bool} { return (bitcast<${uint}>(x) != ${uint}(${infinityBits})) ${and} not_nan(x); }
fn max_first(a: ${float}, b: ${float}) -> ${float} { return select(select(a, b, a < b), a, is_nan(a)); }
fn min_first(a: ${float}, b: ${float}) -> ${float} { return select(select(a, b, b < a), a, is_nan(a)); }
fn power_of_two(n: ${int}) -> ${float} { return bitcast<${float}>((n + ${int}(127)) << ${uint}(23u)); }
fn exp_exact(x: ${float}) -> ${float} {
  let inside = clamp(x, ${float}(-104.0), ${float}(89.0));
  let n = round(inside * ${Math.LOG2E}f);
  let r = (inside - n * ${LN2_HIGH}f) - n * ${LN2_LOW}f;
  let whole = ${int}(n);
  let half = whole >> ${uint}(1u);
  let grown = 1.0 + (r + r * r * (${polynomial(expTerms, "r")}));
  let y = grown * power_of_two(half) * power_of_two(whole - half);
  return select(select(y, ${float}(float_of(${infinityBits})), x > ${float}(88.8)), x, is_nan(x));
}
fn log_exact(x: ${float}) -> ${float} {
  let tiny = x < ${float}(${2 ** -126}f);
  let scaled = bitcast<${int}>(select(x, x * ${2 ** 25}f, tiny));
  let e = (scaled - ${int}(${SQRT_HALF_BITS})) >> ${uint}(23u);
  let t = bitcast<${float}>(scaled - (e << ${uint}(23u))) - 1.0;
  let exponent = ${float}(e) - select(${float}(), ${float}(25.0), tiny);
  let square = t * t;
  let y = ${polynomial(logTerms, "t")} * t * square + exponent * ${LN2_LOW}f - 0.5 * square + t + exponent * ${LN2_HIGH}f;
  let bits = bitcast<${uint}>(x);
  let positive = bits <= ${uint}(0x7f7fffffu);
  let zero = (bits << ${uint}(1u)) == ${uint}(0u);
  let same = is_nan(x) ${or} (bits == ${uint}(${infinityBits}));
  let special = select(${float}(float_of(0x7fc00000u)), ${float}(float_of(0xff800000u)), zero);
  return select(select(special, y, positive ${and} !zero), x, same);
}
fn tanh_exact(x: ${float}) -> ${float} {
  let magnitude = abs(x);
  let far = 1.0 - 2.0 / (exp_exact(magnitude + magnitude) + 1.0);
  let square = magnitude * magnitude;
  let near = ${polynomial(tanhTerms, "square")} * square * magnitude + magnitude;
  let y = select(far, near, magnitude < ${float}(0.625));
  return select(select(y, -y, x < ${float}()), x, is_nan(x));
}
`;
}

/** A float32 constant as WGSL. NaN and infinities have no literals; a call hides them from the constant folder. */
export function floatLiteral(value: number): string {
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return "float_of(0x7fc00000u)";
  if (!Number.isFinite(rounded)) return `float_of(${rounded > 0 ? infinityBits : "0xff800000u"})`;
  return Object.is(rounded, -0) ? "-0f" : `${rounded}f`;
}

const infix: Readonly<Partial<Record<PrintedBinary, string>>> = { add: "+", sub: "-", mul: "*", div: "/" };
const compare = { lt: "<", le: "<=", eq: "==" } as const;

/** The tape as `let` lines; instruction i is `vI`. `load` gives an input's value. */
export function printTape(tape: PrintedTape, lanes: Lanes, load: (input: number) => string): string {
  const float = lanes === 4 ? "vec4f" : "f32";
  return tape.code.map((step, at) => `  let v${at}: ${float} = ${printStep(step, tape, lanes, load)};`).join("\n");
}

function printStep(step: PrintedInstruction, tape: PrintedTape, lanes: Lanes, load: (input: number) => string): string {
  switch (step.kind) {
    case "input":
      return load(step.index);
    case "constant":
      return lanes === 4 ? `vec4f(${floatLiteral(step.value)})` : floatLiteral(step.value);
    case "unary":
      if (step.op === "neg") return `-v${step.a}`;
      return `${step.op in unaryNames ? unaryNames[step.op as keyof typeof unaryNames] : step.op}(v${step.a})`;
    case "binary": {
      const sign = infix[step.op];
      if (sign !== undefined) return `v${step.a} ${sign} v${step.b}`;
      return `${step.op}_first(v${step.a}, v${step.b})`;
    }
    case "select":
      return `select(v${step.no}, v${step.yes}, ${printCondition(step, tape, lanes)})`;
  }
}

function printCondition(step: PrintedInstruction & { kind: "select" }, tape: PrintedTape, lanes: Lanes): string {
  const constant = (at: number) => {
    const made = tape.code[at]!;
    return made.kind === "constant" ? made.value : undefined;
  };
  if (step.op === "lt" && constant(step.b) === Number.POSITIVE_INFINITY) return `below_infinity(v${step.a})`;
  const uncertain = [step.a, step.b].filter((at) => Number.isNaN(constant(at) ?? Number.NaN));
  const and = lanes === 4 ? "&" : "&&";
  return [`(v${step.a} ${compare[step.op]} v${step.b})`, ...uncertain.map((at) => `not_nan(v${at})`)].join(` ${and} `);
}
