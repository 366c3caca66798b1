/**
 * Scalar expressions: the complete meaning of an elementwise op, as data. JavaScript evaluates them here (float64); devices print
 * them as WebAssembly or WGSL without knowing any op by name. Expressions may share subexpressions; `linearize` emits each of
 * these once.
 */
import { InternalError } from "../base/errors.ts";

/** `round` takes halves to the even neighbour; `log1p` is ln(1 + x) and `expm1` eˣ − 1, both precise near 0. */
export type UnaryName =
  | "neg"
  | "abs"
  | "exp"
  | "log"
  | "sqrt"
  | "tanh"
  | "floor"
  | "round"
  | "sin"
  | "cos"
  | "atan"
  | "erf"
  | "log1p"
  | "expm1";
/** `max` and `min` keep their FIRST operand unless the second is strictly better: max(NaN, 0) is NaN. */
export type BinaryName = "add" | "sub" | "mul" | "div" | "max" | "min" | "pow";
export type CompareName = "lt" | "le" | "eq";

export type Expr =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "unary"; readonly op: UnaryName; readonly a: Expr }
  | { readonly kind: "binary"; readonly op: BinaryName; readonly a: Expr; readonly b: Expr }
  /** a ∘ b ? yes : no; a comparison with NaN is false. */
  | {
      readonly kind: "select";
      readonly op: CompareName;
      readonly a: Expr;
      readonly b: Expr;
      readonly yes: Expr;
      readonly no: Expr;
    };

export type Scalar = Expr | number;

const lift = (x: Scalar): Expr => (typeof x === "number" ? { kind: "constant", value: x } : x);
const unary =
  (op: UnaryName) =>
  (a: Scalar): Expr => ({ kind: "unary", op, a: lift(a) });
const binary =
  (op: BinaryName) =>
  (a: Scalar, b: Scalar): Expr => ({ kind: "binary", op, a: lift(a), b: lift(b) });

/** Builders of expressions; numbers are lifted to constants. */
export const e = {
  input: (index: number): Expr => ({ kind: "input", index }),
  /** A number as an expression; an expression as it is. */
  lift,
  neg: unary("neg"),
  abs: unary("abs"),
  exp: unary("exp"),
  log: unary("log"),
  sqrt: unary("sqrt"),
  tanh: unary("tanh"),
  floor: unary("floor"),
  round: unary("round"),
  sin: unary("sin"),
  cos: unary("cos"),
  atan: unary("atan"),
  erf: unary("erf"),
  log1p: unary("log1p"),
  expm1: unary("expm1"),
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  max: binary("max"),
  min: binary("min"),
  pow: binary("pow"),
  select: (op: CompareName, a: Scalar, b: Scalar, yes: Scalar, no: Scalar): Expr => ({
    kind: "select",
    op,
    a: lift(a),
    b: lift(b),
    yes: lift(yes),
    no: lift(no),
  }),
} as const;

/** One instruction of a tape: operands are indices of earlier instructions. */
export type Instruction<U = UnaryName, B = BinaryName> =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "unary"; readonly op: U; readonly a: number }
  | { readonly kind: "binary"; readonly op: B; readonly a: number; readonly b: number }
  | {
      readonly kind: "select";
      readonly op: CompareName;
      readonly a: number;
      readonly b: number;
      readonly yes: number;
      readonly no: number;
    };

/** Several expressions as straight-line code in which every common part stands once. */
export interface Tape<U = UnaryName, B = BinaryName> {
  readonly code: readonly Instruction<U, B>[];
  /** For each expression the instruction that holds its value. */
  readonly results: readonly number[];
}

/** Turns expressions into a tape, merging equal subexpressions. */
export function linearize(exprs: readonly Expr[]): Tape {
  const code: Instruction[] = [];
  const known = new Map<string, number>();
  const seen = new Map<Expr, number>();
  const visit = (expr: Expr): number => {
    const cached = seen.get(expr);
    if (cached !== undefined) return cached;
    const instruction = lower(expr, visit);
    const key = Object.values(instruction).map(exactText).join(" ");
    let at = known.get(key);
    if (at === undefined) {
      at = code.push(instruction) - 1;
      known.set(key, at);
    }
    seen.set(expr, at);
    return at;
  };
  return { results: exprs.map(visit), code };
}

function lower(expr: Expr, visit: (part: Expr) => number): Instruction {
  switch (expr.kind) {
    case "input":
    case "constant":
      return expr;
    case "unary":
      return { kind: "unary", op: expr.op, a: visit(expr.a) };
    case "binary":
      return { kind: "binary", op: expr.op, a: visit(expr.a), b: visit(expr.b) };
    case "select": {
      const { op, a, b, yes, no } = expr;
      return { kind: "select", op, a: visit(a), b: visit(b), yes: visit(yes), no: visit(no) };
    }
  }
}

/** Text that distinguishes -0 from 0, unlike String(). */
function exactText(value: string | number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Replaces the inputs of an expression; used to inline one expression into another. */
export function substitute(expr: Expr, inputs: readonly Expr[], seen = new Map<Expr, Expr>()): Expr {
  const cached = seen.get(expr);
  if (cached !== undefined) return cached;
  const visit = (part: Expr) => substitute(part, inputs, seen);
  const made = ((): Expr => {
    switch (expr.kind) {
      case "constant":
        return expr;
      case "input": {
        const replacement = inputs[expr.index];
        if (replacement === undefined)
          throw new InternalError(`Expression reads input ${expr.index}, which is missing.`);
        return replacement;
      }
      case "unary":
        return { ...expr, a: visit(expr.a) };
      case "binary":
        return { ...expr, a: visit(expr.a), b: visit(expr.b) };
      case "select":
        return { ...expr, a: visit(expr.a), b: visit(expr.b), yes: visit(expr.yes), no: visit(expr.no) };
    }
  })();
  seen.set(expr, made);
  return made;
}

/** The nearest whole number; of two equally near ones the even one. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest === 0.5 ? 2 * Math.round(x / 2) : rest < 0.5 ? below : rest > 0.5 ? below + 1 : x;
}

/**
 * erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), a series of positive terms that therefore loses no digits.
 * Abramowitz and Stegun 7.1.6. Beyond 6 it is 1 in float64.
 */
export function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

type Block = Float64Array;

const unaryMeaning: Readonly<Record<UnaryName, (a: number) => number>> = {
  neg: (a) => -a,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  floor: Math.floor,
  round: roundToEven,
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  erf: errorFunction,
  log1p: Math.log1p,
  expm1: Math.expm1,
};

/** A separate loop per operation, so that V8 inlines the arithmetic instead of calling a function. */
const binaryMeaning: Readonly<Record<BinaryName, (a: Block, b: Block, y: Block, count: number) => void>> = {
  add: (a, b, y, count) => {
    for (let i = 0; i < count; i++) y[i] = a[i]! + b[i]!;
  },
  sub: (a, b, y, count) => {
    for (let i = 0; i < count; i++) y[i] = a[i]! - b[i]!;
  },
  mul: (a, b, y, count) => {
    for (let i = 0; i < count; i++) y[i] = a[i]! * b[i]!;
  },
  div: (a, b, y, count) => {
    for (let i = 0; i < count; i++) y[i] = a[i]! / b[i]!;
  },
  max: (a, b, y, count) => {
    // biome-ignore lint/complexity/useMathMinMax: Math.max gives NaN when either is; this keeps the first operand.
    for (let i = 0; i < count; i++) y[i] = a[i]! < b[i]! ? b[i]! : a[i]!;
  },
  min: (a, b, y, count) => {
    // biome-ignore lint/complexity/useMathMinMax: as above.
    for (let i = 0; i < count; i++) y[i] = b[i]! < a[i]! ? b[i]! : a[i]!;
  },
  pow: (a, b, y, count) => {
    for (let i = 0; i < count; i++) y[i] = a[i]! ** b[i]!;
  },
};

const compareMeaning: Readonly<Record<CompareName, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  eq: (a, b) => a === b,
};

/**
 * Evaluates a tape in float64 for `count` elements. `inputs` holds a block per input of the expressions, `values` a scratch block
 * per instruction; the results are the blocks at `tape.results`.
 */
export function evaluateTape(tape: Tape, inputs: readonly Block[], values: readonly Block[], count: number): void {
  tape.code.forEach((step, at) => {
    const y = values[at]!;
    switch (step.kind) {
      case "input":
        y.set(inputs[step.index]!.subarray(0, count));
        break;
      case "constant":
        y.fill(step.value, 0, count);
        break;
      case "unary": {
        const [meaning, a] = [unaryMeaning[step.op], values[step.a]!];
        for (let i = 0; i < count; i++) y[i] = meaning(a[i]!);
        break;
      }
      case "binary":
        binaryMeaning[step.op](values[step.a]!, values[step.b]!, y, count);
        break;
      case "select": {
        const holds = compareMeaning[step.op];
        const [a, b, yes, no] = [step.a, step.b, step.yes, step.no].map((part) => values[part]!) as [
          Block,
          Block,
          Block,
          Block,
        ];
        for (let i = 0; i < count; i++) y[i] = holds(a[i]!, b[i]!) ? yes[i]! : no[i]!;
        break;
      }
    }
  });
}

const infix: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/", lt: "<", le: "<=", eq: "==" };

/** Readable text with inputs x0, x1, …; for printed graphs. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "input":
      return `x${expr.index}`;
    case "constant":
      return String(expr.value);
    case "unary":
      return `${expr.op}(${printExpr(expr.a)})`;
    case "binary": {
      const sign = infix[expr.op];
      const [a, b] = [printExpr(expr.a), printExpr(expr.b)];
      return sign === undefined ? `${expr.op}(${a}, ${b})` : `(${a} ${sign} ${b})`;
    }
    case "select":
      return `(${printExpr(expr.a)} ${infix[expr.op]} ${printExpr(expr.b)} ? ${printExpr(expr.yes)} : ${printExpr(expr.no)})`;
  }
}
