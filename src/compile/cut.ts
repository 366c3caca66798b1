/**
 * Where a prediction changes the rows of its slices. The first layers of a network have large images and few weights: rows go
 * through them one by one, in the cache. The last ones have small images and many weights, which every slice reads anew: they take
 * more rows at a time. Between both, rows pass through memory.
 */
import { bytesPerElement } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import { changesVariables, type Graph, rowShape, type Spec, type Sym } from "../ir/graph.ts";
import type { Traits } from "../ir/program.ts";
import type { Moment, ScheduledNode } from "./schedule.ts";

/** The stage of the rows behind the cut, and the rows of its slices. */
export interface Cut {
  readonly stage: number;
  readonly sliceRows: number;
}

/** What a cut must save at least: bytes of traffic between memory and caches for each row. */
const LEAST_GAIN = 2 ** 20;

/** Bytes that a node moves: weights for each slice, values for each row. */
interface Traffic {
  readonly weights: number;
  readonly values: number;
}

/**
 * Moves the nodes behind the best cut of the rows stage to the next one, if there is a cut that pays; in steps that change no
 * variables, where all rows are of one stage.
 *
 * @param roots the value whose bytes a view shows
 * @param sliceRows of the stage before the cut
 */
export function cutRows(
  graph: Graph,
  nodes: readonly ScheduledNode[],
  roots: ReadonlyMap<Sym, Sym>,
  sliceRows: number,
  { cachedBytes, sliceBytes, sliceRows: most, wholeBatch }: Traits,
): Cut | undefined {
  if (cachedBytes === undefined || wholeBatch === true || changesVariables(graph)) return undefined;
  const rows = nodes.filter(({ mode }) => mode === "map");
  const stages = new Set(rows.map(({ moment }) => moment.stage));
  const [stage] = stages;
  if (
    stage === undefined ||
    stages.size > 1 ||
    nodes.some(({ mode, moment }) => mode !== "map" && moment.stage > stage)
  )
    return undefined;
  const traffic = rows.map(({ node }) => trafficOf(node.inputs, node.outputs));
  const crossing = crossingBytes(rows, roots);
  const capacity = rows[0]!.node.outputs[0]!.spec.shape[0]!;
  const choices = [2, 4, 8, 16].filter((count) => count > sliceRows && count <= Math.min(most, capacity));
  let best: { at: number; gain: number; sliceRows: number } | undefined;
  const late = { weights: 0, values: 0, largest: 0 };
  for (let at = rows.length - 1; at > 0; at--) {
    late.weights += traffic[at]!.weights;
    late.values += traffic[at]!.values;
    late.largest = Math.max(late.largest, traffic[at]!.values);
    for (const count of choices) {
      if (count * late.largest > (sliceBytes ?? Number.POSITIVE_INFINITY)) continue;
      const spilled = count * late.largest > cachedBytes ? late.values : 0;
      const gain = late.weights * (1 / sliceRows - 1 / count) - spilled - 2 * crossing[at]!;
      if (gain > (best?.gain ?? LEAST_GAIN)) best = { at, gain, sliceRows: count };
    }
  }
  if (best === undefined) return undefined;
  // Nothing is computed between two rows stages.
  const moment: Moment = { stage: stage + 2, level: 0 };
  for (const scheduled of rows.slice(best.at)) scheduled.moment = moment;
  return { stage: moment.stage, sliceRows: best.sliceRows };
}

const bytesOf = ({ dtype }: Spec, shape: readonly number[]) => bytesPerElement[dtype] * sizeOf(shape);

function trafficOf(inputs: readonly Sym[], outputs: readonly Sym[]): Traffic {
  let [weights, values] = [0, 0];
  for (const { spec } of [...inputs, ...outputs])
    if (spec.batched) values += bytesOf(spec, rowShape(spec));
    else weights += bytesOf(spec, spec.shape);
  return { weights, values };
}

/** For each node, the bytes of a row's values that are made before it and read by it or behind it. */
function crossingBytes(rows: readonly ScheduledNode[], roots: ReadonlyMap<Sym, Sym>): readonly number[] {
  const made = new Map<Sym, number>();
  const lastRead = new Map<Sym, number>();
  rows.forEach(({ node }, at) => {
    for (const output of node.outputs) made.set(output, at);
    for (const input of node.inputs) lastRead.set(roots.get(input) ?? input, at);
  });
  const changes = new Array<number>(rows.length + 1).fill(0);
  for (const [sym, at] of made) {
    const end = lastRead.get(sym) ?? at;
    const bytes = bytesOf(sym.spec, rowShape(sym.spec));
    changes[at + 1]! += bytes;
    changes[end + 1]! -= bytes;
  }
  let total = 0;
  return changes.map((change) => {
    total += change;
    return total;
  });
}
