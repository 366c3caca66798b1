/** Evaluation: forward passes over batches, nothing learnt. */
import type { Batch } from "../data/batch-source.ts";
import type { Session } from "../engine/session.ts";
import type { ProgressLine } from "../view/progress-line.ts";
import { Breath, runBatches } from "./batch-runner.ts";
import type { CallbackList } from "./callback-list.ts";
import type { FeedSource } from "./feed-source.ts";
import { type Logs, logsOf } from "./history.ts";
import type { Runner } from "./runner.ts";
import { resetFirst, stepChooser } from "./step-chooser.ts";

export interface EvaluationOptions {
  readonly callbacks: CallbackList;
  readonly progress?: ProgressLine;
  readonly signal?: AbortSignal | undefined;
}

/** Loss and metrics over all batches, as one mean each. */
export function evaluateSource(
  runner: Runner,
  session: Session,
  source: FeedSource,
  { callbacks, progress, signal }: EvaluationOptions,
): Promise<Logs> {
  return runner.withTestTrackers(async (trackers) => {
    const { group } = session.device;
    const counts = runner.parts?.distribution?.autoShardDataset === false && group !== undefined;
    const { feedCounts } = counts ? await import("./shared-source.ts") : {};
    // Processes that evaluate together end together: the caller finds out what to do then.
    const own = group === undefined ? signal : undefined;
    const chooser = stepChooser(runner, session, "test", source.capacity, trackers);
    progress?.beginTest(source.batches);
    await callbacks.tell("onTestBegin", 0, {});
    let logs: Logs = {};
    await runBatches({
      reader: source.open(0),
      breath: new Breath(session.device),
      stepFor: resetFirst(chooser, () => session.reset(trackers.variables)),
      ...callbacks.beforeBatches("Test", own),
      ...(counts ? { alsoFed: (batch: Batch) => feedCounts!(group, batch) } : {}),
      end: (batch, outputs) => {
        logs = logsOf(outputs);
        progress?.step(batch, logs);
        return callbacks.tell("onTestBatchEnd", batch, logs);
      },
    });
    own?.throwIfAborted();
    progress?.endTest(logs);
    await callbacks.tell("onTestEnd", 0, logs);
    return logs;
  });
}
