/** Values that each phase recomputes when it reads them, because keeping them for the whole batch would cost more. */
import type { Node, Sym } from "../ir/graph.ts";
import type { Moment, ScheduledNode } from "./schedule.ts";

export class Renewal {
  readonly #add: (node: Node, notBefore: Moment) => ScheduledNode;
  /** Values that can be recomputed, with the call that computes them first. */
  readonly #first = new Map<Sym, ScheduledNode>();
  /** The recomputing calls, by stage. */
  readonly #later = new Map<Node, Map<number, Node>>();

  /** @param add schedules a node at the given moment or later */
  constructor(add: (node: Node, notBefore: Moment) => ScheduledNode) {
    this.#add = add;
  }

  /** Registers a call whose op has `recompute`. */
  offer(scheduled: ScheduledNode): void {
    if (scheduled.node.op.recompute && scheduled.mode === "map")
      for (const made of scheduled.node.outputs) this.#first.set(made, scheduled);
  }

  /** The node as it runs in `stage`: inputs from other stages that `recompute` allows are read from a new call in this stage. */
  renew(node: Node, stage: number): Node {
    const inputs = node.inputs.map((input) => {
      const first = this.#first.get(input);
      if (first === undefined || first.moment.stage === stage) return input;
      return this.#repeat(first.node, stage).outputs[first.node.outputs.indexOf(input)]!;
    });
    return { ...node, inputs };
  }

  #repeat(node: Node, stage: number): Node {
    const byStage = this.#later.get(node) ?? new Map<number, Node>();
    this.#later.set(node, byStage);
    const known = byStage.get(stage);
    if (known !== undefined) return known;
    const copy = { ...node, outputs: node.outputs.map((output): Sym => ({ ...output })) };
    byStage.set(stage, copy);
    this.#add(copy, { stage, level: 0 });
    return copy;
  }
}
