/** Finds the compiled step for a batch: one for each kind of rows, with room for the largest batch so far. */
import type { Batch, BatchFeeds } from "../data/batch-source.ts";
import type { Session } from "../engine/session.ts";
import { specsOf } from "./data.ts";
import { capacityFor } from "./feed-source.ts";
import type { Runner } from "./runner.ts";
import { type RowSpec, type StepMode, stepKey } from "./step.ts";
import { type ReadyStep, readyStep } from "./steps.ts";
import type { Trackers } from "./trackers.ts";

interface Known {
  readonly feeds: Readonly<Record<string, RowSpec>>;
  readonly capacity: number;
  readonly step: ReadyStep;
}

/** Gives the step for a batch; a promise where it must be compiled. */
export type StepChooser = (batch: Batch) => ReadyStep | Promise<ReadyStep>;

/**
 * The step for a batch; at once where it was used for the last batch.
 *
 * @param most rows of the largest batch, where that is known
 */
export function stepChooser(
  runner: Runner,
  session: Session,
  mode: StepMode,
  most: number | undefined,
  trackers?: Trackers,
): StepChooser {
  /** Room that the batches of each kind so far need. */
  const capacities = new Map<string, number>();
  let last: Known | undefined;
  const find = async (batch: Batch): Promise<ReadyStep> => {
    const { feeds } = batch;
    const rows = roomFor(batch);
    const specs = specsOf(feeds);
    const kind = stepKey({ mode, capacity: 0, feeds: specs });
    const before = capacities.get(kind) ?? 0;
    const capacity = before >= rows ? before : capacityOf(mode, rows, most);
    capacities.set(kind, capacity);
    last = {
      feeds: specs,
      capacity,
      step: await readyStep(runner, session, { mode, capacity, feeds: specs }, trackers),
    };
    return last.step;
  };
  return (batch) =>
    last !== undefined && !last.step.isReleased && roomFor(batch) <= last.capacity && isOfKind(batch.feeds, last.feeds)
      ? last.step
      : find(batch);
}

/** Resets variables with the first step of a pass, which may have made them. Later steps are given as the chooser gives them. */
export function resetFirst(chooser: StepChooser, reset: () => Promise<void>): StepChooser {
  let isReset = false;
  const begin = async (batch: Batch): Promise<ReadyStep> => {
    const step = await chooser(batch);
    await reset();
    isReset = true;
    return step;
  };
  return (batch) => (isReset ? chooser(batch) : begin(batch));
}

/** Predictions of data whose batches are not known share few programs, whatever rows come. */
function capacityOf(mode: StepMode, rows: number, most: number | undefined): number {
  return Math.max(most ?? 0, most === undefined && mode === "predict" ? capacityFor(rows) : rows);
}

/** Rows that a batch needs room for: in all processes that share it the same, though their shares differ by a row. */
const roomFor = ({ rows, share }: Batch): number => share?.most ?? rows;

/** Whether the rows of a batch have these shapes and element types. */
function isOfKind(feeds: BatchFeeds, kind: Known["feeds"]): boolean {
  let missing = Object.keys(kind).length;
  for (const name in feeds) {
    missing--;
    const { dtype, shape } = feeds[name]!;
    const known = kind[name];
    if (known === undefined || dtype !== known.dtype || shape.length !== known.shape.length + 1) return false;
    for (let axis = 1; axis < shape.length; axis++) if (shape[axis] !== known.shape[axis - 1]) return false;
  }
  return missing === 0;
}
