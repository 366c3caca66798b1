/** Steps that are over sooner than a thread wakes up: they run on the calling thread. */
import { callFlops, exchanges, type Program, setsVariables } from "../../ir/program.ts";

/** About a quarter of a millisecond; waking the workers, and the caller again, takes a tenth. */
const BRIEF_FLOPS = 12e6;

/** Whether a program predicts a single row with little work. */
export function isBrief(program: Program): boolean {
  const { capacity, phases, prepared } = program;
  if (capacity > 1 || setsVariables(program) || exchanges(program)) return false;
  const calls = phases.slice(prepared).flatMap((phase) => phase.calls);
  return calls.reduce((sum, call) => sum + callFlops(call, capacity), 0) <= BRIEF_FLOPS;
}

/** Time after which others get a turn: a server's requests wait for it at most. */
const TURN_MS = 10;

/** Gives timers and messages a turn where steps on the calling thread follow each other without one. */
export class Turns {
  #start: number | undefined;
  #next: Promise<void> = Promise.resolve();

  /** A promise where it is time for others. */
  take(): Promise<void> | undefined {
    if (this.#start === undefined) {
      this.#start = performance.now();
      this.#next = new Promise((resolve) =>
        setTimeout(() => {
          this.#start = undefined;
          resolve();
        }),
      );
      return undefined;
    }
    return performance.now() - this.#start < TURN_MS ? undefined : this.#next;
  }
}
