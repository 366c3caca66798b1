/**
 * Folds what is computed for each column of a product from variables alone (a bias, BatchNormalization in prediction) into one
 * factor and one summand: ((x · W + b) − m) · s + β = (x · W) · s + ((b − m) · s + β). Both follow from variables, so that a
 * prediction prepares them once. Weights of windows take the factor themselves, x · (W · s): they are few beside the products.
 */
import { sizeOf } from "../base/shape.ts";
import { derivative } from "../ir/derivative.ts";
import { type Expr, e, evaluateTape, linearize, substitute } from "../ir/expr.ts";
import {
  type Graph,
  lastingValues,
  type Node,
  rewriteGraph,
  type Spec,
  type Sym,
  valuesOfVariables,
} from "../ir/graph.ts";
import { type Columns, emitOne } from "../ir/op.ts";
import { add, mul, type Operand } from "../ops/elementwise.ts";
import { map } from "../ops/map.ts";
import { reshape } from "../ops/reshape.ts";
import { findReaders } from "./reads.ts";

/** A product and the nodes that follow it: each is the only reader of the one before, and affine in it. */
interface Chain {
  readonly product: Node;
  readonly columns: Columns;
  readonly last: Node;
}

/** What a chain has made of its product y so far: y · scale + shift, each a number or a value for each column. */
interface Affine {
  /** The product's inputs in the new graph. */
  readonly inputs: readonly Sym[];
  readonly scale: Operand;
  readonly shift: Operand;
}

/** The graph with chains folded; their nodes stay, without readers. */
export function fold(graph: Graph): Graph {
  const chainOf = findChains(graph);
  if (chainOf.size === 0) return graph;
  const states = new Map<Sym, Affine>();
  return rewriteGraph(graph, (node, inputs, builder) => {
    const made = builder.emit(node.op, inputs, node.attrs);
    const chain = chainOf.get(node);
    if (chain === undefined) return made;
    const state = node === chain.product ? { inputs, scale: 1, shift: 0 } : follow(node, inputs, states);
    states.set(node.outputs[0]!, state);
    return node === chain.last
      ? [builder.within(chain.product.origin, () => write(chain, state, made[0]!.spec))]
      : made;
  });
}

/** For each node of a chain that scales, the chain. */
function findChains(graph: Graph): ReadonlyMap<Node, Chain> {
  const known = valuesOfVariables(graph);
  const readers = findReaders(graph);
  const kept = lastingValues(graph);
  const chainOf = new Map<Node, Chain>();
  for (const product of graph.nodes) {
    const specs = product.inputs.map(({ spec }) => spec);
    const columns = product.op.columns?.(specs, product.attrs);
    if (columns === undefined || !specs[0]!.batched || !known.has(product.inputs[columns.input]!)) continue;
    const nodes = [product];
    for (;;) {
      const value = nodes.at(-1)!.outputs[0]!;
      const [next, ...others] = readers.get(value) ?? [];
      if (next === undefined || others.length > 0 || kept.has(value) || !continues(next, value, known)) break;
      nodes.push(next);
    }
    const scales = nodes.slice(1).some((node, i) => slopeOf(node, nodes[i]!.outputs[0]!) !== 1);
    if (scales) for (const node of nodes) chainOf.set(node, { product, columns, last: nodes.at(-1)! });
  }
  return chainOf;
}

/** Whether a node is affine in `value`, with a slope and a summand for each column that follow from variables. */
function continues(node: Node, value: Sym, known: ReadonlySet<Sym>): boolean {
  const columns = value.spec.shape.at(-1)!;
  const made = node.outputs[0]!.spec;
  if (made.shape.at(-1) !== columns || sizeOf(made.shape) !== sizeOf(value.spec.shape)) return false;
  if (node.op.view) return true;
  const others = node.inputs.filter((input) => input !== value);
  return (
    node.op.elementwise !== undefined &&
    node.outputs.length === 1 &&
    node.inputs.length === others.length + 1 &&
    others.every((input) => known.has(input) && isColumn(input.spec, columns)) &&
    isAffine(exprOf(node), node.inputs.indexOf(value))
  );
}

const isColumn = ({ shape }: Spec, columns: number) =>
  shape.slice(0, -1).every((size) => size === 1) && [undefined, 1, columns].includes(shape.at(-1));

const exprOf = ({ op, inputs, attrs }: Node): Expr =>
  op.elementwise!(
    inputs.map((_, i) => e.input(i)),
    attrs,
  )[0]!;

const reads = (expr: Expr, index?: number) =>
  linearize([expr]).code.some((step) => step.kind === "input" && (index === undefined || step.index === index));

/** Whether an expression is a · x + c in the input `index`, whatever the other inputs are. */
function isAffine(expr: Expr, index: number): boolean {
  if (!reads(expr, index) || expr.kind === "input") return true;
  if (expr.kind === "unary") return expr.op === "neg" && isAffine(expr.a, index);
  if (expr.kind !== "binary" || !isAffine(expr.a, index) || !isAffine(expr.b, index)) return false;
  if (expr.op === "mul") return reads(expr.a, index) !== reads(expr.b, index);
  return expr.op === "add" || expr.op === "sub" || (expr.op === "div" && !reads(expr.b, index));
}

/** The factor by which a node of a chain multiplies `value`; 1 where it only adds. */
function slopeOf(node: Node, value: Sym): Expr | 1 {
  if (node.op.view) return 1;
  const slope = derivative(exprOf(node), node.inputs.indexOf(value));
  return slope.kind === "constant" && slope.value === 1 ? 1 : slope;
}

/** What a chain has made after one more of its nodes. */
function follow(node: Node, inputs: readonly Sym[], states: ReadonlyMap<Sym, Affine>): Affine {
  const at = node.inputs.findIndex((input) => states.has(input));
  const before = states.get(node.inputs[at]!)!;
  if (node.op.view) return before;
  const operands = inputs.map((input, i) => (i === at ? before.shift : reshape(input, input.spec.shape.slice(-1))));
  const slope = slopeOf(node, node.inputs[at]!);
  const factor = slope === 1 ? before.scale : column(operands, slope);
  const scale =
    before.scale === 1 || slope === 1 ? factor : column([before.scale, factor], e.mul(e.input(0), e.input(1)));
  return { ...before, scale, shift: column(operands, exprOf(node)) };
}

/** An expression of numbers and of values for each column. */
function column(operands: readonly Operand[], expr: Expr): Operand {
  const values = operands.flatMap((operand) => (typeof operand === "number" ? [] : [operand]));
  const leaves = operands.map((operand) =>
    typeof operand === "number" ? e.lift(operand) : e.input(values.indexOf(operand)),
  );
  const written = substitute(expr, leaves);
  return reads(written) ? map(values, written) : constantOf(written);
}

/** The number that an expression without inputs is. */
function constantOf(expr: Expr): number {
  const tape = linearize([expr]);
  const values = tape.code.map(() => new Float64Array(1));
  evaluateTape(tape, [], values, 1);
  return values[tape.results[0]!]![0]!;
}

/** The product again, scaled and shifted. */
function write({ product, columns }: Chain, { inputs, scale, shift }: Affine, { shape }: Spec): Sym {
  const weights = inputs[columns.input]!;
  const isWindow = weights.spec.shape.slice(0, -2).some((size) => size > 1);
  const factor =
    typeof scale === "number" || scale.spec.shape[0] !== shape.at(-1) ? scale : reshape(scale, columns.shape);
  const operands = isWindow ? inputs.with(columns.input, mul(weights, factor)) : inputs;
  const made = reshape(emitOne(product.op, operands, product.attrs), shape);
  const scaled = isWindow ? made : mul(made, scale);
  return shift === 0 ? scaled : add(scaled, shift);
}
