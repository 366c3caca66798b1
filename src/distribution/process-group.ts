/** The group that this process belongs to: MPI can be joined once. */
import type { MpiGroup } from "./mpi-group.ts";

let joined: MpiGroup | "alone" | undefined;

/** The group; "alone" for a process that nobody launched with others; undefined before `initialize`. */
export function currentGroup(): MpiGroup | "alone" | undefined {
  return joined;
}

export function keepGroup(group: MpiGroup | "alone"): void {
  joined = group;
}
