/**
 * Makes the step of one process a step of several, each of which has a share of the batch's rows.
 *
 * The graph has all that is needed for it: a batched value is a share of rows, an unbatched one is the same in all processes, and a
 * node with batched inputs and an unbatched output is a sum over rows. So exactly these sums are added up over the processes, and
 * nothing else: gradients, losses, metrics, the statistics of BatchNormalization. Regularizers, optimizers and everything that
 * reads weights alone is computed by each process for itself, from the same numbers to the same bits.
 *
 * Sums that wait for the same number of exchanges are exchanged together. All processes compile the same graph, so they exchange in
 * the same order.
 */
import { InternalError } from "../base/errors.ts";
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
import { allSum, allSumOp } from "../ops/all-sum.ts";
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
}

/** [processes]: the rows of this process at its place, else 0. */
export const rowsByRankInput = "rowsByRank";

/** [processes]: 1 for each process before this one, else 0. */
export const ranksBeforeInput = "ranksBefore";

/** The graph of one of several processes. */
export function distribute(graph: Graph, sharing: Sharing): Graph {
  const depths = depthsOf(graph);
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
  for (const { name, sym } of graph.variables) made.set(sym, builder.variable(name, sym.spec.shape));
  const most = Math.max(0, ...depths.values());
  for (let depth = 0; depth <= most; depth++) {
    const sums: Sym[] = [];
    for (const node of graph.nodes) {
      if (depths.get(node) !== depth) continue;
      const inputs = node.inputs.map(find);
      if (node.op === allSumOp) {
        sums.push(...node.outputs);
        node.outputs.forEach((output, i) => {
          made.set(output, inputs[i]!);
        });
        continue;
      }
      const outputs = builder.within(node.origin, () => emitShare(node, inputs, place.firstRow, builder));
      node.outputs.forEach((output, i) => {
        made.set(output, outputs[i]!);
      });
      if (sumsRows(node)) sums.push(...node.outputs);
    }
    const totals = builder.within(exchangeOrigin, () => allSum(sums.map(find)));
    sums.forEach((sum, i) => {
      made.set(sum, totals[i]!);
    });
  }
  for (const { name, update } of graph.variables) if (update !== undefined) builder.update(name, find(update));
  for (const [name, sym] of graph.outputs) builder.output(name, find(sym));
  return builder.finish();
}

const exchangeOrigin = { owner: "exchange", backward: false };

/** A sum over the rows of the batch, by the rule of `Spec.batched`. */
const sumsRows = ({ inputs, outputs }: Node): boolean =>
  !outputs[0]!.spec.batched && inputs.some(({ spec }) => spec.batched);

/** For each node, how many exchanges come before it. */
function depthsOf({ nodes }: Graph): ReadonlyMap<Node, number> {
  const ready = new Map<Sym, number>();
  const depths = new Map<Node, number>();
  for (const node of nodes) {
    const depth = Math.max(0, ...node.inputs.map((input) => ready.get(input) ?? 0));
    depths.set(node, depth);
    const isExchanged = sumsRows(node) || node.op === allSumOp;
    for (const output of node.outputs) ready.set(output, isExchanged ? depth + 1 : depth);
  }
  return depths;
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
