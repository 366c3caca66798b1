/** The last pass: phases and buffers. Turns a graph of kernels into a program for a device. */

import { Arena } from "../base/arena.ts";
import { InternalError } from "../base/errors.ts";
import { sameShape } from "../base/shape.ts";
import { changesVariables, type Graph, GraphBuilder, type Node, type Spec, type Sym } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";
import type { BufferKind, Call, Program, Traits } from "../ir/program.ts";
import { endSumOp } from "../ops/all-sum.ts";
import { elementwiseOps } from "../ops/elementwise.ts";
import { type LiteralAttrs, literalOp } from "../ops/literal.ts";
import { type Cut, cutRows } from "./cut.ts";
import { Block, type Draft, type DraftCall, type DraftOperand, makeDraft } from "./drafts.ts";
import { freeze, groupPhases, mayBeEarly, oneByOne } from "./phases.ts";
import { countReads } from "./reads.ts";
import { Renewal } from "./renewal.ts";
import { afterAll, isBefore, isOfRows, type Moment, type ScheduledNode, Scheduler } from "./schedule.ts";
import { orderCalls, placeSlices } from "./slices.ts";

/** Sums the partials; devices recognize it by the call's mode. With one partial it is a copy. */
const combineOp: Op = {
  name: "combine",
  infer: ([partial]) => [partial!],
  reference: ([partial], [sum]) => sum!.set(partial!),
};

export function plan(graph: Graph, traits: Traits): Program {
  const capacity = capacityOf(graph);
  let sliceRows = Math.min(traits.sliceRows, capacity);
  for (;;) {
    const program = new Planner(graph, traits, capacity, sliceRows).finish();
    if (sliceRows === 1 || program.regions.slice <= (traits.sliceBytes ?? Number.POSITIVE_INFINITY)) return program;
    sliceRows = Math.ceil(sliceRows / 2);
  }
}

/** The batch size that the graph was written for; 1 when nothing in it is batched. */
function capacityOf(graph: Graph): number {
  const values = [...graph.inputs.values(), ...graph.nodes.flatMap((node) => node.outputs)];
  const sizes = new Set(values.flatMap(({ spec }) => (spec.batched ? [spec.shape[0]!] : [])));
  if (sizes.size > 1) throw new InternalError(`One step mixes batch sizes ${[...sizes].join(", ")}.`);
  return [...sizes][0] ?? 1;
}

class Planner {
  readonly #graph: Graph;
  readonly #traits: Traits;
  readonly #capacity: number;
  readonly #sliceRows: number;
  readonly #scheduler: Scheduler;
  #cut: Cut | undefined;
  /** For each view, the value whose bytes it shows. */
  readonly #roots = new Map<Sym, Sym>();
  readonly #drafts = new Map<Sym, Draft>();
  readonly #readers = new Map<Sym, ScheduledNode[]>();
  /** New values of variables that are copied to the variable at the end of the step. */
  readonly #lasting = new Set<Sym>();
  #reads: ReadonlyMap<Sym, number> | undefined;
  /** Values that are exchanged together. */
  readonly #blocks = new Map<Sym, Block>();
  readonly #renewal = new Renewal((node, notBefore) => this.#add(node, notBefore));

  constructor(graph: Graph, traits: Traits, capacity: number, sliceRows: number) {
    this.#graph = graph;
    this.#traits = traits;
    this.#capacity = capacity;
    this.#sliceRows = sliceRows;
    this.#scheduler = new Scheduler(sliceRows, traits.wholeBatch ?? false);
  }

  finish(): Program {
    this.#scheduleNodes();
    this.#cut = cutRows(this.#graph, this.#scheduler.nodes, this.#roots, this.#sliceRows, this.#traits);
    const outputs = this.#claimOutputs();
    const copies = this.#claimUpdates();
    for (const [name, sym] of outputs) this.#draft(sym, "output", { name });
    const calls = this.#draftCalls(copies);
    let phases = groupPhases(calls, this.#traits.wholeBatch ?? false).map((phase) =>
      isOfRows(phase[0]!.moment) ? orderCalls(phase) : phase,
    );
    let prepared = this.#countPrepared(phases);
    if (prepared > 0 && this.#graph.variables.some(({ sym }) => sym.spec.dtype === "uint8")) {
      const singles = oneByOne(phases.slice(0, prepared));
      phases = [...singles, ...phases.slice(prepared)];
      prepared = singles.length;
    }
    const regions = this.#place(phases, prepared);
    const drafts = [...this.#allDrafts(phases)];
    return { ...freeze(phases, drafts, this.#capacity, (moment) => this.#sliceRowsAt(moment)), prepared, regions };
  }

  #sliceRowsAt({ stage }: Moment): number {
    return stage === this.#cut?.stage ? this.#cut.sliceRows : this.#sliceRows;
  }

  /** The number of first phases that read only variables, constants and each other, in a program that changes no variable. */
  #countPrepared(phases: readonly (readonly DraftCall[])[]): number {
    if (changesVariables(this.#graph)) return 0;
    const made = new Set<Draft>();
    const isKnown = ({ draft }: DraftOperand) =>
      draft.kind === "variable" || draft.kind === "constant" || made.has(draft);
    const depends = (phase: readonly DraftCall[]) => {
      const known = phase.every(({ inputs, outputs }) => {
        return inputs.every(isKnown) && outputs.every(({ draft }) => draft.kind === "shared");
      });
      if (known) for (const { draft } of phase.flatMap(({ outputs }) => outputs)) made.add(draft);
      return !known;
    };
    const first = phases.findIndex(depends);
    return first < 0 ? phases.length : first;
  }

  #root(sym: Sym): Sym {
    return this.#roots.get(sym) ?? sym;
  }

  /** @param rows of a batched value that it has room for */
  #draft(sym: Sym, kind: BufferKind, rest: Pick<Draft, "name" | "data"> = {}, rows = this.#capacity): Draft {
    const draft = makeDraft(kind, sym, rows, rest);
    const block = this.#blocks.get(sym);
    if (block !== undefined) {
      draft.block = block;
      block.members.push(draft);
    }
    this.#drafts.set(sym, draft);
    return draft;
  }

  #add(node: Node, notBefore?: Moment): ScheduledNode {
    const scheduled = this.#scheduler.add(node, notBefore);
    for (const input of new Set(node.inputs.map((sym) => this.#root(sym)))) {
      const readers = this.#readers.get(input);
      if (readers === undefined) this.#readers.set(input, [scheduled]);
      else readers.push(scheduled);
    }
    return scheduled;
  }

  #scheduleNodes(): void {
    for (const [name, sym] of this.#graph.inputs) {
      this.#scheduler.give(sym);
      this.#draft(sym, "input", { name });
    }
    for (const { name, sym } of this.#graph.variables) {
      this.#scheduler.give(sym);
      this.#draft(sym, "variable", { name });
    }
    for (const node of this.#graph.nodes) {
      const [output] = node.outputs;
      if (node.op.name === literalOp.name) {
        this.#scheduler.give(output!);
        this.#draft(output!, "constant", { data: Float32Array.from((node.attrs as LiteralAttrs).values) });
      } else if (node.op.view) {
        this.#roots.set(output!, this.#root(node.inputs[0]!));
        this.#scheduler.alias(output!, node.inputs[0]!);
      } else if (node.op.collective) this.#exchange(node);
      else {
        const { stage } = this.#scheduler.momentOf(node);
        this.#renewal.offer(this.#add(this.#renewal.renew(node, stage)));
      }
    }
  }

  /**
   * An exchange is in place: its outputs are its inputs, which lie side by side. A value that has another reader, or is not made by
   * a call of the step, is copied for it. What was begun stays where it is until it is summed.
   */
  #exchange(node: Node): void {
    this.#reads ??= countReads(this.#graph);
    const block = new Block(this.#traits.alignment);
    const values = node.inputs.map((input) => {
      const root = this.#root(input);
      if (node.op === endSumOp) return root;
      const isFree = this.#reads!.get(root) === 1 && !this.#drafts.has(root) && !this.#blocks.has(root);
      const value = isFree ? root : this.#copy(input);
      this.#blocks.set(value, block);
      return value;
    });
    this.#add({ ...node, inputs: values });
    node.outputs.forEach((output, i) => {
      this.#roots.set(output, values[i]!);
    });
  }

  /** Adds a node that copies a value which cannot be placed where it is needed. */
  #copy(sym: Sym, notBefore?: Moment): Sym {
    // The copy is an elementwise op, whose result is float32 for any input dtype.
    const spec: Spec = { ...sym.spec, dtype: "float32" };
    const target: Sym = { ...new GraphBuilder().input("copy", spec), builder: sym.builder };
    this.#add(
      { op: elementwiseOps.cast as Op, attrs: { operands: [null] }, inputs: [sym], outputs: [target] },
      notBefore,
    );
    return target;
  }

  /** Chooses the value that is written directly into each output; a copy if the value is needed elsewhere under its own name. */
  #claimOutputs(): Map<string, Sym> {
    const claimed = new Map<string, Sym>();
    const taken = new Set(
      this.#graph.variables.flatMap(({ update }) => (update === undefined ? [] : [this.#root(update)])),
    );
    for (const [name, sym] of this.#graph.outputs) {
      const free = this.#root(sym) === sym && !this.#drafts.has(sym) && !taken.has(sym);
      const target = free ? sym : this.#copy(sym);
      taken.add(target);
      claimed.set(name, target);
    }
    return claimed;
  }

  /** Computes new values of variables in place if the old value has no later reader; returns the remaining copies. */
  #claimUpdates(): { from: Sym; variable: Sym }[] {
    const claimed = new Set<Sym>();
    // All values are resolved first: copying one variable's old value into another is a read, which prevents its replacement.
    const values = this.#graph.variables.flatMap(({ sym: variable, update }) => {
      if (update === undefined || update === variable) return [];
      const given = this.#root(update) !== update || this.#drafts.has(update) || claimed.has(update);
      const value = given ? this.#copy(update) : update;
      claimed.add(value);
      return [{ variable, value }];
    });
    const copies: { from: Sym; variable: Sym }[] = [];
    for (const { variable, value } of values) {
      const maker = this.#scheduler.nodes.find(({ node }) => node.outputs.includes(value))!;
      if (this.#canReplace(variable, maker)) this.#drafts.set(value, this.#drafts.get(variable)!);
      else {
        this.#lasting.add(value);
        copies.push({ from: value, variable });
      }
    }
    return copies;
  }

  #canReplace(variable: Sym, maker: ScheduledNode): boolean {
    const writes = maker.mode === "accumulate" ? { stage: maker.moment.stage + 1, level: 0 } : maker.moment;
    return (this.#readers.get(variable) ?? []).every((reader) => {
      const inPlace = reader === maker && maker.node.op.elementwise !== undefined;
      const aligned = reader.node.inputs.every(
        (input) => this.#root(input) !== variable || sameShape(input.spec.shape, maker.node.outputs[0]!.spec.shape),
      );
      return (inPlace && aligned) || isBefore(reader.moment, writes);
    });
  }

  #draftCalls(copies: readonly { from: Sym; variable: Sym }[]): DraftCall[] {
    const end = afterAll(this.#scheduler.nodes);
    const calls = this.#scheduler.nodes.flatMap((scheduled) => this.#callsOf(scheduled));
    for (const { from, variable } of copies)
      calls.push({
        op: elementwiseOps.cast as Op,
        attrs: { operands: [null] },
        mode: "whole",
        moment: end,
        inputs: [this.#operand(from)],
        outputs: [this.#operand(variable)],
      });
    return calls;
  }

  #operand(sym: Sym): DraftOperand {
    const draft = this.#drafts.get(this.#root(sym));
    if (draft === undefined) throw new InternalError(`Value %${sym.id} has no buffer.`);
    return { draft, spec: sym.spec };
  }

  #callsOf({ node, mode, moment }: ScheduledNode): DraftCall[] {
    const { op, attrs, origin } = node;
    const inputs = node.inputs.map((input) => this.#operand(input));
    if (mode === "exchange") {
      const operands = inputs.slice(0, node.outputs.length);
      return [{ op, attrs, mode, moment, inputs: operands, outputs: operands, origin }];
    }
    for (const output of node.outputs) {
      if (this.#drafts.has(output)) continue;
      const kind = this.#kindOf(output, mode, moment);
      this.#draft(output, kind, {}, kind === "slice" ? this.#sliceRowsAt(moment) : this.#capacity);
    }
    const outputs = node.outputs.map((output) => this.#operand(output));
    if (mode !== "accumulate") return [{ op, attrs, mode, moment, inputs, outputs, origin }];
    const partials = node.outputs.map(({ spec }) => ({ draft: makeDraft("partial", { spec }, this.#capacity), spec }));
    const combined = { stage: moment.stage + 1, level: 0 };
    return [
      { op, attrs, mode, moment, inputs, outputs: partials, origin },
      ...outputs.map(
        (output, i): DraftCall => ({
          op: combineOp,
          attrs: {},
          mode: "combine",
          moment: combined,
          inputs: [partials[i]!],
          outputs: [output],
          origin,
        }),
      ),
    ];
  }

  /** Values used only within their phase are in the worker's slice: rows, and with one worker whole values too. */
  #kindOf(output: Sym, mode: Call["mode"], moment: Moment): BufferKind {
    if (this.#lasting.has(output)) return "shared";
    const readers = this.#readers.get(output) ?? [];
    const own = mode === "map" || (this.#traits.wholeBatch ?? false);
    return own && readers.every((reader) => reader.moment.stage === moment.stage) ? "slice" : "shared";
  }

  *#allDrafts(phases: readonly (readonly DraftCall[])[]): Iterable<Draft> {
    const seen = new Set<Draft>(this.#drafts.values());
    for (const call of phases.flat()) for (const { draft } of [...call.inputs, ...call.outputs]) seen.add(draft);
    yield* seen;
  }

  #place(phases: readonly (readonly DraftCall[])[], prepared: number): Program["regions"] {
    const { alignment, slack, page } = this.#traits;
    const arena = () => new Arena(alignment, slack, page);
    const [slot, constant, shared, partial] = [arena(), arena(), arena(), arena()];
    for (const draft of this.#drafts.values()) {
      if (draft.kind === "input" || draft.kind === "output") draft.offset = slot.allocate(draft.bytes);
      if (draft.kind === "constant") draft.offset = constant.allocate(draft.bytes);
    }
    const operands = (phase: readonly DraftCall[]) => phase.flatMap((call) => [...call.outputs, ...call.inputs]);
    const lifetimes = phases.map((phase, at) => {
      const early = (phases[at + 1] ?? []).filter((call) => mayBeEarly(call, phase)).flatMap(({ outputs }) => outputs);
      return new Set([...operands(phase), ...early].map(({ draft }) => draft.block ?? draft));
    });
    const lastPhase = new Map<Draft | Block, number>();
    lifetimes.forEach((drafts, at) => {
      for (const draft of drafts) lastPhase.set(draft, at);
    });
    const kept = new Set<Draft | Block>(
      phases
        .slice(0, prepared)
        .flatMap((phase) => phase.flatMap(({ outputs }) => outputs.map(({ draft }) => draft.block ?? draft))),
    );
    let slice = 0;
    const placed = new Set<Draft | Block>();
    phases.forEach((phase, at) => {
      for (const draft of lifetimes[at]!) {
        if (placed.has(draft) || (draft.kind !== "shared" && draft.kind !== "partial")) continue;
        placed.add(draft);
        draft.offset = (draft.kind === "shared" ? shared : partial).allocate(draft.bytes);
      }
      slice = Math.max(slice, placeSlices(phase, arena()));
      // Workers are at different calls of a phase at the same time, so memory is freed only at the end of the phase.
      for (const draft of lifetimes[at]!) {
        if (lastPhase.get(draft) !== at || (at >= prepared && kept.has(draft))) continue;
        if (draft.kind === "shared") shared.free(draft.offset, draft.bytes);
        if (draft.kind === "partial") partial.free(draft.offset, draft.bytes);
      }
    });
    return { slot: slot.bytes, constant: constant.bytes, shared: shared.bytes, slice, partial: partial.bytes };
  }
}
