/** Graphs as text: one line per node, `%5 f32[B32,26,26,64] = conv2d(%1, %3) {…}`. */
import type { DType } from "../base/dtype.ts";
import { printExpr } from "./expr.ts";
import type { Graph, Node, Spec, Sym } from "./graph.ts";

const shortDType: Readonly<Record<DType, string>> = { float32: "f32", int32: "i32", uint8: "u8" };

export function printSpec(spec: Spec): string {
  return `${shortDType[spec.dtype]}[${spec.shape.map((axis, i) => (spec.batched && i === 0 ? `B${axis}` : axis)).join(",")}]`;
}

const printSym = (sym: Sym) => `%${sym.id}`;

/** Attributes as compact text; long lists are truncated. */
export function printAttrs(attrs: object): string {
  const parts = Object.entries(attrs).map(([name, value]) => {
    if (name === "exprs") return (value as Parameters<typeof printExpr>[0][]).map(printExpr).join("; ");
    const text = JSON.stringify(value) ?? String(value);
    return `${name}: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
  });
  return parts.length === 0 ? "" : ` {${parts.join(", ")}}`;
}

function printNode(node: Node): string {
  const made = node.outputs.map((output) => `${printSym(output)} ${printSpec(output.spec)}`).join(", ");
  return `${made} = ${node.op.name}(${node.inputs.map(printSym).join(", ")})${printAttrs(node.attrs)}`;
}

export function printGraph(graph: Graph): string {
  return [
    ...[...graph.inputs].map(([name, sym]) => `input ${printSym(sym)} ${printSpec(sym.spec)} "${name}"`),
    ...graph.variables.map(({ name, sym }) => `variable ${printSym(sym)} ${printSpec(sym.spec)} "${name}"`),
    ...graph.nodes.map(printNode),
    ...graph.variables.flatMap(({ name, update }) =>
      update === undefined ? [] : [`update "${name}" = ${printSym(update)}`],
    ),
    ...[...graph.outputs].map(([name, sym]) => `output "${name}" = ${printSym(sym)}`),
  ].join("\n");
}
