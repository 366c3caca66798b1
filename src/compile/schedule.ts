/**
 * Decides in which phase each node runs.
 *
 * Stages alternate: even ones are "whole", odd ones "rows". A node that maps rows to rows runs in the earliest rows stage in
 * which its inputs exist, together with everything it can reach. An image is thus carried depth-first through the step while its
 * activations are in the cache. A sum over rows ends in partial sums, which the next whole stage combines first. Within a whole
 * stage, dependent calls are on different levels, separated by barriers.
 *
 * If one worker runs the whole batch (`wholeBatch`), there is a single rows stage, and the levels count its calls.
 */
import { sizeOf } from "../base/shape.ts";
import { type Node, rowShape, type Sym } from "../ir/graph.ts";
import type { CallMode } from "../ir/program.ts";

/** When a call runs: ordered by stage, then by level. */
export interface Moment {
  readonly stage: number;
  readonly level: number;
}

export interface ScheduledNode {
  readonly node: Node;
  readonly mode: CallMode;
  /** Changes only until buffers are drafted: see cut.ts. */
  moment: Moment;
}

export function isBefore(a: Moment, b: Moment): boolean {
  return a.stage < b.stage || (a.stage === b.stage && a.level < b.level);
}

/** Rows and whole stages alternate; the first one is whole. */
export function isOfRows({ stage }: Moment): boolean {
  return stage % 2 === 1;
}

const START: Moment = { stage: -1, level: 0 };

/** The first rows stage. */
const ROWS_STAGE = 1;

/** How a value was computed, as far as its readers need to know. */
type MadeBy = "given" | "rows" | "sum" | "whole";

/** Schedules nodes one by one; each node must come after the nodes that it reads. */
export class Scheduler {
  readonly #sliceRows: number;
  readonly #wholeBatch: boolean;
  readonly #made = new Map<Sym, { origin: MadeBy; moment: Moment }>();
  readonly nodes: ScheduledNode[] = [];

  constructor(sliceRows: number, wholeBatch: boolean) {
    this.#sliceRows = sliceRows;
    this.#wholeBatch = wholeBatch;
  }

  /** Inputs, variables and literals exist before the first stage. */
  give(sym: Sym): void {
    this.#made.set(sym, { origin: "given", moment: START });
  }

  /** A view exists as soon as its source. */
  alias(view: Sym, of: Sym): void {
    this.#made.set(view, this.#made.get(of)!);
  }

  /** Schedules the node at the earliest moment that is not before `notBefore`. */
  add(node: Node, notBefore: Moment = START): ScheduledNode {
    const mode = node.op.collective ? "exchange" : this.#modeOf(node);
    const moment = this.momentOf(node, notBefore);
    const scheduled = { node, mode, moment };
    this.nodes.push(scheduled);
    const origin: MadeBy = mode === "map" ? "rows" : mode === "accumulate" ? "sum" : "whole";
    for (const output of node.outputs) this.#made.set(output, { origin, moment });
    return scheduled;
  }

  /** When the node would run, if it were added now. */
  momentOf(node: Node, notBefore: Moment = START): Moment {
    if (this.#wholeBatch) return { stage: ROWS_STAGE, level: this.nodes.length };
    const rows = this.#modeOf(node) !== "whole";
    const earliest = node.inputs.reduce((moment, input) => later(moment, this.#readyAt(input, rows)), notBefore);
    return roundToKind(earliest, rows);
  }

  #modeOf(node: Node): CallMode {
    const mode = modeOf(node, this.#sliceRows);
    return mode === "accumulate" && this.#wholeBatch ? "whole" : mode;
  }

  /** The earliest moment at which a rows (or whole) call can read the value. */
  #readyAt(sym: Sym, rows: boolean): Moment {
    const { origin, moment } = this.#made.get(sym)!;
    if (origin === "given") return START;
    if (origin === "rows") return rows ? moment : { stage: moment.stage + 1, level: 0 };
    // Partial sums are combined at level 0 of the next whole stage.
    if (origin === "sum") return rows ? { stage: moment.stage + 2, level: 0 } : { stage: moment.stage + 1, level: 1 };
    return rows ? { stage: moment.stage + 1, level: 0 } : { stage: moment.stage, level: moment.level + 1 };
  }
}

function later(a: Moment, b: Moment): Moment {
  return isBefore(a, b) ? b : a;
}

function roundToKind({ stage, level }: Moment, rows: boolean): Moment {
  const from = Math.max(stage, 0);
  return isOfRows({ stage: from, level }) === rows
    ? { stage: from, level: stage < 0 || rows ? 0 : level }
    : { stage: from + 1, level: 0 };
}

/**
 * A sum over rows normally adds to a partial inside the rows phase. If its output is larger than its input per slice (a Dense
 * layer's weight gradient), it runs after the rows phase over the whole batch, and workers split its output: nothing needs
 * clearing or combining. Only ops with `sharesOutput` support the latter well.
 */
function modeOf(node: Node, sliceRows: number): CallMode {
  if (node.outputs[0]!.spec.batched) return "map";
  const batched = node.inputs.filter((input) => input.spec.batched);
  if (batched.length === 0) return "whole";
  const fed = batched.reduce((sum, input) => sum + sizeOf(rowShape(input.spec)) * sliceRows, 0);
  const made = node.outputs.reduce((sum, output) => sum + sizeOf(output.spec.shape), 0);
  return node.op.sharesOutput && made > fed ? "whole" : "accumulate";
}

/** The moment after all scheduled nodes: the next free whole stage. */
export function afterAll(graph: readonly ScheduledNode[]): Moment {
  const last = graph.reduce((stage, { moment }) => Math.max(stage, moment.stage), -1);
  return roundToKind({ stage: last + 1, level: 0 }, false);
}
