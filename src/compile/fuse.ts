/**
 * Merges elementwise nodes of one shape into single calls with several outputs, so that a chain reads and writes memory once:
 * bias + ReLU, the mask in a backward pass, the whole Adam update.
 */
import { InternalError } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import { type Expr, e, substitute } from "../ir/expr.ts";
import { type Graph, lastingValues, type Node, rewriteGraph, type Sym } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";
import type { Precision } from "../ir/precision.ts";
import { evaluateElementwise } from "../ops/broadcast.ts";
import { findReaders } from "./reads.ts";

interface FusedAttrs {
  readonly exprs: readonly Expr[];
  readonly shape: Shape;
  readonly batched: boolean;
  /** Of the outputs, in a graph with values of float16. */
  readonly precisions?: readonly (Precision | undefined)[];
}

/** An elementwise call with an explicit output shape, which may differ from the inputs' shapes (broadcastTo). */
const fusedOp: Op<FusedAttrs> = {
  name: "fused",
  infer: (_inputs, { exprs, shape, batched }) => exprs.map(() => ({ shape, batched, dtype: "float32" })),
  precision: (_inputs, { exprs, precisions = exprs.map(() => "float32") }) => precisions,
  elementwise: (inputs, { exprs }) => {
    const seen = new Map<Expr, Expr>();
    return exprs.map((expr) => substitute(expr, inputs, seen));
  },
  reference: (inputs, outputs, call) => evaluateElementwise(call.attrs.exprs, inputs, outputs, call),
};

/** Nodes that become one call, in graph order. `exprs` holds their values as expressions of the group's inputs. */
interface Group {
  readonly members: readonly Node[];
  readonly inputs: readonly Sym[];
  readonly exprs: ReadonlyMap<Sym, Expr>;
}

type Unit = Node | Group;

/**
 * Every elementwise node becomes part of a fused call, alone or with others.
 *
 * @param mostOperands maximum inputs and outputs of a call that merges several nodes
 */
export function fuse(graph: Graph, mostOperands: number): Graph {
  const groups = new Grouping(graph, mostOperands).collect();
  const groupOf = new Map<Node, Group>();
  for (const group of groups) for (const member of group.members) groupOf.set(member, group);
  return emitGroups(graph, groups, groupOf);
}

/**
 * Visits the nodes in order. Each elementwise node joins the latest group of its shape with which it shares a value, and merges
 * the groups that compute its other operands. Groups are not merged if that would create a cycle or delay a rows phase: see
 * `#canWait`.
 */
class Grouping {
  readonly #graph: Graph;
  readonly #mostOperands: number;
  readonly #position = new Map<Node, number>();
  readonly #readers: ReadonlyMap<Sym, readonly Node[]>;
  readonly #kept: ReadonlySet<Sym>;
  /** Number of sums over all rows on which the node depends in sequence (its wave). */
  readonly #waves = new Map<Node, number>();
  readonly #makers = new Map<Sym, Unit>();
  /** The last position among the nodes of a unit and of all that it needs. */
  readonly #newest = new Map<Unit, number>();
  /** In the order in which they were made. */
  readonly #groups = new Set<Group>();
  /** The groups of each form: a node joins one of its own form. */
  readonly #alike = new Map<string, Set<Group>>();

  constructor(graph: Graph, mostOperands: number) {
    this.#graph = graph;
    this.#mostOperands = mostOperands;
    this.#kept = lastingValues(graph);
    this.#readers = findReaders(graph);
    const ready = new Map<Sym, number>();
    graph.nodes.forEach((node, at) => {
      this.#position.set(node, at);
      const wave = Math.max(0, ...node.inputs.map((input) => ready.get(input) ?? 0));
      this.#waves.set(node, wave);
      const sumsRows = node.inputs.some(({ spec }) => spec.batched);
      for (const output of node.outputs) ready.set(output, sumsRows && !output.spec.batched ? wave + 1 : wave);
    });
  }

  collect(): readonly Group[] {
    for (const node of this.#graph.nodes) {
      if (node.op.elementwise === undefined) {
        for (const output of node.outputs) this.#makers.set(output, node);
        this.#newest.set(node, this.#position.get(node)!);
      } else this.#place(node);
    }
    return [...this.#groups];
  }

  #place(node: Node): void {
    let parts: Group[] = [];
    let merged = makeGroup([node]);
    const extend = (group: Group): boolean => {
      const larger = this.#merge([...parts, group], node);
      if (larger === undefined) return false;
      parts = [...parts, group];
      merged = larger;
      return true;
    };
    const ofForm = this.#ofForm(node);
    const alike = [...ofForm];
    alike.findLast(
      (group) => node.inputs.some((sym) => group.exprs.has(sym) || group.inputs.includes(sym)) && extend(group),
    );
    for (const group of alike)
      if (!parts.includes(group) && node.inputs.some((input) => group.exprs.has(input))) extend(group);
    for (const groups of [this.#groups, ofForm]) {
      for (const part of parts) groups.delete(part);
      groups.add(merged);
    }
    const wave = this.#waveOf(merged);
    for (const member of merged.members) {
      this.#waves.set(member, wave);
      for (const output of member.outputs) this.#makers.set(output, merged);
    }
    this.#renew(merged, this.#position.get(node)!);
  }

  #ofForm({ outputs: [output] }: Node): Set<Group> {
    const { shape, batched } = output!.spec;
    const form = `${batched} ${shape.join()}`;
    const known = this.#alike.get(form) ?? new Set();
    this.#alike.set(form, known);
    return known;
  }

  /** What needs a unit needs the node at `position`, too, since the unit got it. */
  #renew(unit: Unit, position: number): void {
    const pending = [unit];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#newest.get(next) === position) continue;
      this.#newest.set(next, position);
      const outputs = isGroup(next) ? next.members.flatMap((member) => member.outputs) : next.outputs;
      for (const reader of outputs.flatMap((output) => this.#readers.get(output) ?? [])) {
        const later = this.#makers.get(reader.outputs[0]!);
        if (later !== undefined) pending.push(later);
      }
    }
  }

  /** Merges the groups and the node; undefined if that is not possible. */
  #merge(parts: readonly Group[], node: Node): Group | undefined {
    const members = [...parts.flatMap((group) => group.members), node];
    members.sort((a, b) => this.#position.get(a)! - this.#position.get(b)!);
    const merged = makeGroup(members);
    const inside = new Set(members);
    const results = members.flatMap(({ outputs }) => outputs).filter((output) => this.#isReadOutside(output, inside));
    const possible =
      merged.inputs.length + results.length <= this.#mostOperands &&
      this.#canWait(merged, inside) &&
      !merged.inputs.some((input) => this.#needs(input, parts));
    return possible ? merged : undefined;
  }

  #isReadOutside(output: Sym, members: ReadonlySet<Node>): boolean {
    return this.#kept.has(output) || (this.#readers.get(output) ?? []).some((reader) => !members.has(reader));
  }

  #waveOf({ members }: Group): number {
    return Math.max(...members.map((member) => this.#waves.get(member)!));
  }

  /**
   * A group runs when the last of its members can. Rows must not wait for a later wave, because they would leave the cache. A
   * value that rows of an earlier wave read (1 / rows, needed with the loss that is divided by the rows) must not wait either.
   */
  #canWait(group: Group, inside: ReadonlySet<Node>): boolean {
    const wave = this.#waveOf(group);
    return group.members.every(({ outputs: [output] }, i) => {
      if (this.#waves.get(group.members[i]!) === wave) return true;
      const readers = group.members[i]!.outputs.flatMap((made) => this.#readers.get(made) ?? []);
      const late = (reader: Node) => inside.has(reader) || this.#waves.get(reader)! >= wave;
      return !output!.spec.batched && readers.every(late);
    });
  }

  /** Whether making `sym` needs one of the groups; not, where all that it needs is older than they are. */
  #needs(sym: Sym, groups: readonly Group[]): boolean {
    const oldest = Math.min(...groups.map(({ members: [first] }) => this.#position.get(first!)!));
    const seen = new Set<Unit>();
    const pending = [sym];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const unit = this.#makers.get(next);
      if (unit === undefined || seen.has(unit) || this.#newest.get(unit)! < oldest) continue;
      if (isGroup(unit) && groups.includes(unit)) return true;
      seen.add(unit);
      pending.push(...unit.inputs);
    }
    return false;
  }
}

/** A group of nodes given in graph order. */
function makeGroup(members: readonly Node[]): Group {
  const inputs: Sym[] = [];
  const exprs = new Map<Sym, Expr>();
  for (const node of members) {
    const leaves = node.inputs.map((input) => {
      const inside = exprs.get(input);
      if (inside !== undefined) return inside;
      return e.input(inputs.includes(input) ? inputs.indexOf(input) : inputs.push(input) - 1);
    });
    const made = node.op.elementwise!(leaves, node.attrs);
    node.outputs.forEach((output, i) => {
      exprs.set(output, made[i]!);
    });
  }
  return { members, inputs, exprs };
}

/** Writes a new graph: a group is emitted when all its inputs exist, which is before its first reader at the latest. */
function emitGroups(graph: Graph, groups: readonly Group[], groupOf: ReadonlyMap<Node, Group>): Graph {
  const read = lastingValues(graph);
  for (const node of graph.nodes)
    for (const input of node.inputs) if (!groupOf.get(node)?.exprs.has(input)) read.add(input);
  const order = orderUnits(graph, groups, groupOf);
  const halves = graph.nodes.some(({ outputs }) => outputs.some(({ precision }) => precision === "float16"));
  return rewriteGraph({ ...graph, nodes: order.map((unit) => asNode(unit, read, halves)) }, (node, inputs, builder) =>
    builder.emit(node.op, inputs, node.attrs),
  );
}

const isGroup = (unit: Unit): unit is Group => "members" in unit;

function asNode(unit: Unit, read: ReadonlySet<Sym>, halves: boolean): Node {
  if (!isGroup(unit)) return unit;
  const outputs = [...unit.exprs.keys()].filter((output) => read.has(output));
  const { shape, batched } = unit.members[0]!.outputs[0]!.spec;
  const precisions = outputs.map(({ precision }) => precision);
  const attrs: FusedAttrs = {
    exprs: outputs.map((output) => unit.exprs.get(output)!),
    shape,
    batched,
    ...(halves ? { precisions } : {}),
  };
  return { op: fusedOp as Op, attrs, inputs: unit.inputs, outputs, origin: unit.members[0]!.origin };
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
