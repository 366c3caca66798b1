/**
 * Makes the step of one process a step of several, each of which has a share of the batch's rows.
 *
 * The graph has all that is needed for it: a batched value is a share of rows, an unbatched one is the same in all processes, and a
 * node with batched inputs and an unbatched output is a sum over rows. So exactly these sums are added up over the processes, and
 * nothing else: gradients, losses, metrics, the statistics of BatchNormalization. Regularizers, optimizers and everything that
 * reads weights alone is computed by each process for itself, from the same numbers to the same bits.
 *
 * Sums that wait for the same number of exchanges are exchanged together. All processes compile the same graph, so they exchange in
 * the same order. A sum that no other one waits for (a gradient: the optimizer alone reads it) is exchanged while the step
 * goes on, if there are others to come, or with the last ones.
 */
import { InternalError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import {
  firstRowInput,
  type Graph,
  GraphBuilder,
  meanOverInput,
  type Node,
  rowsInput,
  type Sym,
  scalarSpec,
} from "../ir/graph.ts";
import { allSum, allSumOp, beginSum, endSum } from "../ops/all-sum.ts";
import { add, mul } from "../ops/elementwise.ts";
import { type RandomUniformAttrs, randomUniformOp } from "../ops/random-uniform.ts";
import { reduceSum } from "../ops/reduce.ts";
import { rowNumberOp } from "../ops/row-number.ts";

/** How processes share a step. */
export interface Sharing {
  readonly processes: number;
  /**
   * Whether each process knows its own rows alone, so that the step adds them up first: it is fed `rowsByRankInput` and
   * `ranksBeforeInput`. Else the device is told where its rows are in the batch.
   */
  readonly countsRows: boolean;
  /** Whether gradients are exchanged while those of earlier layers are computed. */
  readonly overlaps: boolean;
}

/** [processes]: the rows of this process at its place, else 0. */
export const rowsByRankInput = "rowsByRank";

/** [processes]: 1 for each process before this one, else 0. */
export const ranksBeforeInput = "ranksBefore";

/** The graph of one of several processes. */
export function distribute(graph: Graph, sharing: Sharing): Graph {
  const order = orderOf(graph);
  const builder = new GraphBuilder();
  const place = placeOfRows(builder, sharing);
  const made = new Map<Sym, Sym>();
  const find = (sym: Sym): Sym => {
    const found = made.get(sym);
    if (found === undefined) throw new InternalError(`Value %${sym.id} is read before it is made.`);
    return found;
  };
  // Rows are counted over all processes, as everything that is divided by them is summed over all.
  for (const [name, sym] of graph.inputs)
    made.set(sym, name === rowsInput || name === meanOverInput ? place.batchRows() : builder.input(name, sym.spec));
  for (const { name, sym } of graph.variables) made.set(sym, builder.variable(name, sym.spec.shape, sym.spec.dtype));
  const resolve = (sums: readonly Sym[], totals: readonly Sym[]) => {
    sums.forEach((sum, i) => {
      made.set(sum, totals[i]!);
    });
  };
  const within = <T>(write: () => T) => builder.within(exchangeOrigin, write);
  const exchange = (sums: readonly Sym[]) =>
    resolve(
      sums,
      within(() => allSum(sums.map(find))),
    );
  /** Sums that wait for the last exchange, and those that are under way, as they were begun. */
  const late: Sym[] = [];
  const ahead = new Map<Sym, Sym>();
  for (let depth = 0; depth <= order.last; depth++) {
    const [urgent, patient]: [Sym[], Sym[]] = [[], []];
    for (const node of graph.nodes) {
      if (order.depthOf(node) !== depth) continue;
      const inputs = node.inputs.map(find);
      const outputs =
        node.op === allSumOp
          ? inputs
          : builder.within(node.origin, () => emitShare(node, inputs, place.firstRow, builder));
      resolve(node.outputs, outputs);
      if (isExchanged(node)) (order.isPatient(node) ? patient : urgent).push(...node.outputs);
    }
    if (depth === order.lastSums) {
      const last = [...late, ...urgent, ...patient];
      exchange(last);
      if (last.length > 0)
        resolve(
          [...ahead.keys()],
          within(() => endSum([...ahead.values()], find(last[0]!))),
        );
      continue;
    }
    exchange(urgent);
    if (!sharing.overlaps || floatsOf(patient) < FEWEST_AHEAD) late.push(...patient);
    else
      within(() => beginSum(patient.map(find))).forEach((begun, i) => {
        ahead.set(patient[i]!, begun);
      });
  }
  for (const { name, update } of graph.variables) if (update !== undefined) builder.update(name, find(update));
  for (const [name, sym] of graph.outputs) builder.output(name, find(sym));
  return builder.finish();
}

/** Fewest floats that are worth an exchange of their own: 32 KiB. Fewer go with the last one. */
const FEWEST_AHEAD = 2 ** 13;

const exchangeOrigin = { owner: "exchange", backward: false };

/** A sum over the rows of the batch, by the rule of `Spec.batched`. */
const sumsRows = ({ inputs, outputs }: Node): boolean =>
  !outputs[0]!.spec.batched && inputs.some(({ spec }) => spec.batched);

/** Whether what the node gives is summed over the processes. */
const isExchanged = (node: Node): boolean => sumsRows(node) || node.op === allSumOp;

/** Floats of values in all. */
const floatsOf = (values: readonly Sym[]) => values.reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);

/** When nodes are computed, and which sums no other one waits for. */
interface Order {
  /** How many exchanges come before the node. */
  depthOf(node: Node): number;
  /** Whether no other sum depends on those of this node: gradients, losses, metrics. */
  isPatient(node: Node): boolean;
  /** The greatest depth of sums, and of nodes. */
  readonly lastSums: number;
  readonly last: number;
}

function orderOf({ nodes }: Graph): Order {
  // Values that sums depend on.
  const wanted = new Set<Sym>();
  const isPatient = ({ outputs }: Node) => !outputs.some((output) => wanted.has(output));
  for (const node of nodes.toReversed())
    if (!isPatient(node) || isExchanged(node)) for (const input of node.inputs) wanted.add(input);
  const ready = new Map<Sym, number>();
  const depths = new Map<Node, number>();
  let lastSums = 0;
  for (const node of nodes) {
    const depth = Math.max(0, ...node.inputs.map((input) => ready.get(input) ?? 0));
    depths.set(node, depth);
    const isSum = isExchanged(node);
    if (isSum) lastSums = Math.max(lastSums, depth);
    for (const output of node.outputs)
      ready.set(output, !isSum ? depth : isPatient(node) ? Number.POSITIVE_INFINITY : depth + 1);
  }
  // What depends on patient sums comes after the last exchange.
  const depthOf = (node: Node) => Math.min(depths.get(node)!, lastSums + 1);
  return { depthOf, isPatient, lastSums, last: Math.max(0, ...nodes.map(depthOf)) };
}

/** Where this process's rows are in the batch, each value written once. */
function placeOfRows(builder: GraphBuilder, { processes, countsRows }: Sharing) {
  const spec = { shape: [processes], dtype: "float32", batched: false } as const;
  const counts = once(() => allSum([builder.input(rowsByRankInput, spec)])[0]!);
  const fed = (name: string) => builder.input(name, scalarSpec());
  if (!countsRows) return { batchRows: () => fed(meanOverInput), firstRow: () => fed(firstRowInput) };
  return {
    batchRows: once(() => reduceSum(counts(), [0])),
    firstRow: once(() => reduceSum(mul(counts(), builder.input(ranksBeforeInput, spec)), [0])),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The node for a share of the rows: what counts rows counts them from the share's first one. */
function emitShare(node: Node, inputs: readonly Sym[], firstRow: () => Sym, builder: GraphBuilder): readonly Sym[] {
  const { op, attrs } = node;
  if (node.outputs[0]!.spec.batched && op.name === rowNumberOp.name)
    return [add(builder.emit(op, inputs, attrs)[0]!, firstRow())];
  if (node.outputs[0]!.spec.batched && op.name === randomUniformOp.name) {
    const counted: RandomUniformAttrs = { ...(attrs as RandomUniformAttrs), fromFirstRow: true };
    return builder.emit(op, [...inputs, firstRow()], counted);
  }
  return builder.emit(op, inputs, attrs);
}
