/** Races of this visit, and what asks the engine for them. */
import { signal } from "@preact/signals";
import type { CrossoverCell, RaceFailure } from "fovea/insight";
import { engine } from "../../state/engine.ts";
import { say } from "../../state/live.ts";
import type { Absent, Entry, LaneKey } from "./state.ts";
import type { CrossoverInput, CrossoverNews, CrossoverOutput, RaceInput, RaceNews } from "./tasks.ts";

export interface Raced {
  readonly input: RaceInput;
  readonly entries: readonly Entry[];
  readonly absent: readonly Absent[];
  readonly isStopped: boolean;
}

/** The last race; its list grows while it runs. */
export const raced = signal<Raced | undefined>(undefined);

export interface Crossed {
  readonly input: CrossoverInput;
  readonly cells: readonly CrossoverCell[];
  readonly failures: readonly RaceFailure[];
}
export const crossed = signal<Crossed | undefined>(undefined);

/** What is being measured, in words; "" while nothing is. Two races at once would measure each other. */
export const doing = signal("");
export const failure = signal<string | undefined>(undefined);
let controller: AbortController | undefined;

export const stop = (): void => controller?.abort();

/** Does the work unless other work of this station is on its way; resolves to whether it was finished. */
async function measured(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  if (doing.value !== "") return false;
  controller = new AbortController();
  const { signal: aborted } = controller;
  doing.value = "Starting";
  failure.value = undefined;
  try {
    await work(aborted);
    return true;
  } catch (error) {
    if (!aborted.aborted) failure.value = error instanceof Error ? error.message : String(error);
    return false;
  } finally {
    doing.value = "";
  }
}

export async function startRace(keys: readonly LaneKey[], steps: number, batchSize: number): Promise<void> {
  const input: RaceInput = { keys, steps, batchSize, images: 1024, seed: 7 };
  const isDone = await measured(async (aborted) => {
    raced.value = { input, entries: [], absent: [], isStopped: false };
    const onProgress = (value: unknown) => {
      const news = value as RaceNews;
      doing.value = news.doing;
      const before = raced.value!;
      if (news.entry !== undefined) raced.value = { ...before, entries: [...before.entries, news.entry] };
      if (news.absent !== undefined) raced.value = { ...before, absent: [...before.absent, news.absent] };
    };
    await engine.call("task", { station: "race", task: "measure", input }, { signal: aborted, onProgress });
  });
  if (isDone) say("All devices are measured.");
  else if (raced.value?.input === input) raced.value = { ...raced.value, isStopped: true };
}

export async function startCrossover(): Promise<void> {
  const input: CrossoverInput = { filters: [4, 16, 64], batchSizes: [8, 32, 128], steps: 12 };
  const isDone = await measured(async (aborted) => {
    crossed.value = { input, cells: [], failures: [] };
    const total = input.filters.length * input.batchSizes.length;
    doing.value = `Cell 1 of ${total}`;
    const onProgress = (value: unknown) => {
      const cells = [...crossed.value!.cells, (value as CrossoverNews).cell];
      crossed.value = { ...crossed.value!, cells };
      doing.value = `Cell ${Math.min(total, cells.length + 1)} of ${total}`;
    };
    const output = await engine.call(
      "task",
      { station: "race", task: "cross", input },
      { signal: aborted, onProgress },
    );
    crossed.value = { ...crossed.value!, ...(output as CrossoverOutput) };
  });
  if (isDone) say("The table of winners is complete.");
}
