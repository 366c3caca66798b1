/**
 * Merges elementwise nodes of one shape into single calls with several outputs, so that a chain reads and writes memory once:
 * bias + ReLU, the mask in a backward pass, the whole Adam update.
 */
import { InternalError } from "../base/errors.ts";
import { type Shape, sameShape } from "../base/shape.ts";
import { type Expr, e, substitute } from "../ir/expr.ts";
import { type Graph, type Node, rewriteGraph, type Sym } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";
import { evaluateElementwise } from "../ops/map.ts";

/** The most inputs and outputs that one fused call has: each takes a pointer. */
const MAX_OPERANDS = 24;

interface FusedAttrs {
  readonly exprs: readonly Expr[];
  readonly shape: Shape;
  readonly batched: boolean;
}

/** An elementwise call whose output shape is stated, since its inputs alone may not show it (broadcastTo). */
const fusedOp: Op<FusedAttrs> = {
  name: "fused",
  infer: (_inputs, { exprs, shape, batched }) => exprs.map(() => ({ shape, batched, dtype: "float32" })),
  elementwise: (inputs, { exprs }) => {
    const seen = new Map<Expr, Expr>();
    return exprs.map((expr) => substitute(expr, inputs, seen));
  },
  reference: (inputs, outputs, call) => evaluateElementwise(call.attrs.exprs, inputs, outputs, call),
  gradient: null,
};

/** Nodes that become one call. `expr` of a member is over the group's inputs. */
interface Group {
  readonly shape: Shape;
  readonly batched: boolean;
  readonly members: Node[];
  readonly inputs: Sym[];
  readonly exprs: Map<Sym, Expr>;
}

type Unit = Node | Group;

/** Every elementwise node ends up in a fused call, alone or with others. */
export function fuse(graph: Graph): Graph {
  const groups = collectGroups(graph);
  const groupOf = new Map<Node, Group>();
  for (const group of groups) for (const member of group.members) groupOf.set(member, group);
  return emitGroups(graph, groups, groupOf);
}

/**
 * Walks the nodes in order and lets each elementwise node join the latest group of its shape that it has a value in common
 * with, unless something that the node needs needs that group in turn through a node outside it: that would be a cycle.
 */
function collectGroups(graph: Graph): Group[] {
  const groups: Group[] = [];
  const maker = new Map<Sym, Unit>();
  for (const node of graph.nodes) {
    let unit: Unit = node;
    if (node.op.elementwise !== undefined) {
      const { shape, batched } = node.outputs[0]!.spec;
      const joins = (group: Group) =>
        group.batched === batched &&
        sameShape(group.shape, shape) &&
        node.inputs.some((input) => group.exprs.has(input) || group.inputs.includes(input)) &&
        new Set([...group.inputs, ...node.inputs]).size + group.members.length + 1 <= MAX_OPERANDS &&
        !node.inputs.some((input) => !group.exprs.has(input) && needs(input, group, maker));
      let group = groups.findLast(joins);
      if (group === undefined) {
        group = { shape, batched, members: [], inputs: [], exprs: new Map() };
        groups.push(group);
      }
      join(group, node);
      unit = group;
    }
    for (const output of node.outputs) maker.set(output, unit);
  }
  return groups;
}

/** Whether making `sym` needs `group`. */
function needs(sym: Sym, group: Group, maker: ReadonlyMap<Sym, Unit>): boolean {
  const seen = new Set<Unit>();
  const pending = [sym];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const unit = maker.get(next);
    if (unit === group) return true;
    if (unit === undefined || seen.has(unit)) continue;
    seen.add(unit);
    pending.push(...unit.inputs);
  }
  return false;
}

function join(group: Group, node: Node): void {
  const leaves = node.inputs.map((input) => {
    const inside = group.exprs.get(input);
    if (inside !== undefined) return inside;
    const at = group.inputs.includes(input) ? group.inputs.indexOf(input) : group.inputs.push(input) - 1;
    return e.input(at);
  });
  const exprs = node.op.elementwise!(leaves, node.attrs);
  node.outputs.forEach((output, i) => {
    group.exprs.set(output, exprs[i]!);
  });
  group.members.push(node);
}

/** Writes the graph anew: a group is emitted once all its inputs are there, which is at the latest before its first reader. */
function emitGroups(graph: Graph, groups: readonly Group[], groupOf: ReadonlyMap<Node, Group>): Graph {
  const read = new Set<Sym>([...graph.outputs.values(), ...graph.variables.flatMap(({ update }) => update ?? [])]);
  for (const node of graph.nodes)
    for (const input of node.inputs) if (!groupOf.get(node)?.exprs.has(input)) read.add(input);
  const order = orderUnits(graph, groups, groupOf);
  return rewriteGraph({ ...graph, nodes: order.map((unit) => asNode(unit, read)) }, (node, inputs, builder) =>
    builder.emit(node.op, inputs, node.attrs),
  );
}

const isGroup = (unit: Unit): unit is Group => "members" in unit;

function asNode(unit: Unit, read: ReadonlySet<Sym>): Node {
  if (!isGroup(unit)) return unit;
  const outputs = [...unit.exprs.keys()].filter((output) => read.has(output));
  const attrs: FusedAttrs = {
    exprs: outputs.map((output) => unit.exprs.get(output)!),
    shape: unit.shape,
    batched: unit.batched,
  };
  return { op: fusedOp as Op, attrs, inputs: unit.inputs, outputs };
}

/** Topological order of groups and single nodes that keeps the graph's own order where it can (depth first by need). */
function orderUnits(graph: Graph, groups: readonly Group[], groupOf: ReadonlyMap<Node, Group>): Unit[] {
  const maker = new Map<Sym, Unit>();
  for (const node of graph.nodes) for (const output of node.outputs) maker.set(output, groupOf.get(node) ?? node);
  const done = new Set<Unit>();
  const open = new Set<Unit>();
  const order: Unit[] = [];
  const place = (unit: Unit): void => {
    if (done.has(unit)) return;
    if (open.has(unit)) throw new InternalError("Fusion made a cycle.");
    open.add(unit);
    for (const input of unit.inputs) {
      const from = maker.get(input);
      if (from !== undefined && from !== unit) place(from);
    }
    open.delete(unit);
    done.add(unit);
    order.push(unit);
  };
  for (const node of graph.nodes) place(groupOf.get(node) ?? node);
  for (const group of groups) place(group);
  return order;
}
