/** Work of a station that needs the engine: the functions that its tasks.ts exports run in the worker. */
import type { Sequential } from "fovea";
import type { WeightsAt } from "./protocol.ts";
import type { CallContext } from "./server.ts";

export interface TaskContext extends CallContext {
  /** Does work with the handout's network at these weights; other work on it waits. The work leaves the weights as they were. */
  withModel<T>(at: WeightsAt, work: (model: Sequential) => Promise<T>): Promise<T>;
}

/** A function of tasks.ts: plain data in and out, typed arrays where there are many numbers. */
export type Task<Input, Output> = (input: Input, context: TaskContext) => Promise<Output>;

type Tasks = Readonly<Record<string, Task<never, unknown>>>;

/** The tasks of all stations, loaded when they are asked for. */
const stations = import.meta.glob<Tasks>("../stations/*/tasks.ts");

/** @throws Error for a station or a task that is not there, with what is */
export async function findTask(station: string, task: string): Promise<Task<unknown, unknown>> {
  const load = stations[`../stations/${station}/tasks.ts`];
  if (load === undefined) throw new Error(`Station "${station}" has no tasks.ts.`);
  const tasks = await load();
  const found = tasks[task];
  if (typeof found !== "function")
    throw new Error(`tasks.ts of station "${station}" has no "${task}"; it has ${Object.keys(tasks).join(", ")}.`);
  return found as Task<unknown, unknown>;
}
