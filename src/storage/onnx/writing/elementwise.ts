/** Ops that take each entry by itself: known ones as ONNX's operators, all others as their expressions. */
import type { BinaryName, CompareName, Expr, UnaryName } from "../../../ir/expr.ts";
import { e } from "../../../ir/expr.ts";
import type { Node, Sym } from "../../../ir/graph.ts";
import type { ElementwiseAttrs } from "../../../ops/elementwise.ts";
import { ops } from "../../../ops/index.ts";
import { channelsFirst, type Order, plainOrder, sameOrder } from "../order.ts";
import type { GraphWriter, Stored } from "./graph-writer.ts";
import { writeMean } from "./reductions.ts";
import type { Writer } from "./writer.ts";

const unaries: Readonly<Record<Exclude<UnaryName, "log1p" | "expm1">, string>> = {
  neg: "Neg",
  abs: "Abs",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  tanh: "Tanh",
  floor: "Floor",
  round: "Round",
  sin: "Sin",
  cos: "Cos",
  atan: "Atan",
  erf: "Erf",
};
const binaries: Readonly<Record<BinaryName, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  max: "Max",
  min: "Min",
  pow: "Pow",
};
const comparisons: Readonly<Record<CompareName, string>> = { lt: "Less", le: "LessOrEqual", eq: "Equal" };

/** Inputs in one order, and what the result is stored as. */
interface Aligned extends Omit<Stored, "name"> {
  readonly names: readonly string[];
}

function align(writer: GraphWriter, { inputs, outputs }: Node): Aligned {
  const rank = outputs[0]!.spec.shape.length;
  const flows = inputs.filter((input) => !writer.isConstant(input) && input.spec.shape.length === rank);
  const stored = flows.map((flow) => writer.stored(flow));
  const [first] = stored;
  const isScalar = (input: Sym) => writer.isConstant(input) && writer.numbers(input).length === 1;
  const scramble = first?.scramble;
  if (
    scramble !== undefined &&
    stored.every((each) => each.scramble === scramble) &&
    inputs.every((input) => flows.includes(input) || isScalar(input))
  ) {
    const names = inputs.map((input) =>
      writer.isConstant(input) ? writer.constantIn(input, plainOrder(rank)) : writer.stored(input).name,
    );
    return { names, order: plainOrder(rank), scramble };
  }
  const order = commonOrder(stored, rank);
  const names = inputs.map((input) => {
    // What has fewer axes is the same for all: a number of rows.
    if (!writer.isConstant(input) && input.spec.shape.length < rank) return writer.stored(input).name;
    return writer.real(input, writer.inOrder(input, order));
  });
  return { names, order };
}

/** Channels first, where one value has them there. */
function commonOrder(stored: readonly Stored[], rank: number): Order {
  const first = channelsFirst(rank);
  if (stored.some(({ order }) => sameOrder(order, first))) return first;
  return stored[0]?.order ?? plainOrder(rank);
}

/** Writes expressions over named values. */
function printer(writer: GraphWriter, leaves: readonly Expr[], names: readonly string[]) {
  const known = new Map<Expr, string>(leaves.map((leaf, i) => [leaf, names[i]!]));
  const print = (expr: Expr): string => {
    const found = known.get(expr);
    if (found !== undefined) return found;
    const made = write(expr);
    known.set(expr, made);
    return made;
  };
  const write = (expr: Expr): string => {
    switch (expr.kind) {
      case "input":
        return names[expr.index]!;
      case "constant":
        return writer.scalar(expr.value);
      case "unary": {
        const a = print(expr.a);
        if (expr.op === "log1p") return writer.emit("Log", [writer.emit("Add", [a, writer.scalar(1)])]);
        if (expr.op === "expm1") return writer.emit("Sub", [writer.emit("Exp", [a]), writer.scalar(1)]);
        return writer.emit(unaries[expr.op], [a]);
      }
      case "binary":
        return writer.emit(binaries[expr.op], [print(expr.a), print(expr.b)]);
      default: {
        const slope = leakySlope(expr);
        if (slope !== undefined) return writer.emit("LeakyRelu", [print(expr.yes)], {}, { alpha: slope });
        const limits = clampLimits(expr);
        if (limits !== undefined)
          return writer.emit("Clip", [print(limits.x), writer.scalar(limits.low), writer.scalar(limits.high)]);
        const condition = writer.emit(comparisons[expr.op], [print(expr.a), print(expr.b)]);
        return writer.emit("Where", [condition, print(expr.yes), print(expr.no)]);
      }
    }
  };
  return print;
}

type Select = Extract<Expr, { kind: "select" }>;

/** The slope of 0 < x ? x : slope · x. */
function leakySlope({ op, a, b, yes, no }: Select): number | undefined {
  if (op !== "lt" || a.kind !== "constant" || a.value !== 0 || b !== yes) return undefined;
  if (no.kind !== "binary" || no.op !== "mul") return undefined;
  if (no.a.kind === "constant" && no.b === yes) return no.a.value;
  return undefined;
}

/** The limits of x ≤ low ? low : high ≤ x ? high : x. */
function clampLimits({ op, a: x, b, yes, no }: Select) {
  if (op !== "le" || b.kind !== "constant" || yes.kind !== "constant" || yes.value !== b.value) return undefined;
  if (no.kind !== "select" || no.op !== "le" || no.b !== x || no.no !== x) return undefined;
  const [low, high] = [no.a, no.yes];
  if (low.kind !== "constant" || high.kind !== "constant" || low.value !== high.value) return undefined;
  return { x, low: b.value, high: high.value };
}

/** Any op that states its expressions. */
export const elementwise: Writer = (writer, node) => {
  if (writeMean(writer, node)) return;
  const { names, ...placed } = align(writer, node);
  const leaves = node.inputs.map((_, i) => e.input(i));
  const exprs = node.op.elementwise!(leaves, node.attrs);
  const print = printer(writer, leaves, names);
  exprs.forEach((expr, i) => {
    writer.define(node.outputs[i]!, { ...placed, name: print(expr) });
  });
};

/** An operator of ONNX of the same meaning, of one input. */
const named =
  (opType: string): Writer =>
  (writer, node) => {
    const { names, ...placed } = align(writer, node);
    writer.define(node.outputs[0]!, { ...placed, name: writer.emit(opType, names) });
  };

const relu = named("Relu");
const sigmoid = named("Sigmoid");

/** Between two numbers. */
const clip: Writer = (writer, node) => {
  const [, low, high] = (node.attrs as ElementwiseAttrs).operands;
  if (typeof low !== "number" || typeof high !== "number") {
    elementwise(writer, node);
    return;
  }
  const { names, ...placed } = align(writer, node);
  const made = writer.emit("Clip", [names[0]!, writer.scalar(low), writer.scalar(high)]);
  writer.define(node.outputs[0]!, { ...placed, name: made });
};

/** The same value under another name. */
const same: Writer = (writer, { inputs: [x], outputs: [y] }) => {
  const stored = writer.stored(x!);
  writer.define(y!, { ...stored, name: writer.real(x!, stored.name) });
};

/** The elementwise ops that have a form of their own in a file. */
export const ownForms: ReadonlyMap<string, Writer> = new Map([
  [ops.relu.name, relu],
  [ops.sigmoid.name, sigmoid],
  [ops.clip.name, clip],
  [ops.cast.name, same],
  [ops.stopGradient.name, same],
]);
