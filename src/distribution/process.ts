/** The functions of `fovea/distribution`. */
import { ArgumentError, DeviceError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { isNode } from "../base/node.ts";
import { checkKeys, refuseOption } from "../base/options.ts";
import type { Key } from "../base/random.ts";
import { keepDistribution, keepSeed, keptDistribution, processSeed } from "../nn/process-state.ts";
import { DataParallel } from "./data-parallel.ts";
import { findLaunch } from "./launcher.ts";
import { MpiGroup } from "./mpi-group.ts";
import { currentGroup, keepGroup } from "./process-group.ts";

export interface InitializeOptions {
  /** Seconds after which processes that wait for another one give up, with an error that names it. Default 300. */
  readonly timeout?: number;
}

/**
 * Joins the processes that `mpirun`, `mpiexec` or `srun` has started together; a process that was started alone stays alone. A
 * second call does nothing. K: `keras.distribution.initialize`; addresses and numbers of processes come from the launcher.
 *
 * All processes get the seed of the first one, where no `setSeed` came before, so that their weights and orders are the same.
 *
 * @throws DeviceError where the launcher's MPI library is not found or cannot be used
 * @example
 * ```ts
 * import { initialize } from "fovea/distribution";
 * await initialize();
 * ```
 */
export async function initialize(options: InitializeOptions = {}): Promise<void> {
  checkKeys("initialize", options, ["timeout"]);
  const { timeout = 300 } = options;
  if (!(typeof timeout === "number" && timeout > 0))
    refuseOption("initialize", "timeout", timeout, "a number of seconds above 0");
  if (currentGroup() !== undefined) return;
  if (!isNode()) throw new DeviceError("initialize: several processes train together in Node, not in a page.");
  const launch = findLaunch(process.env);
  if (launch === undefined) {
    keepGroup("alone");
    return;
  }
  const group = await MpiGroup.join(launch, timeout);
  keepGroup(group.size === 1 ? "alone" : group);
  if (group.size === 1) return;
  warnOfCores(group);
  const [seed] = await group.gather<Key>("take the seed", processSeed());
  keepSeed(seed!);
}

/** Says where a launcher has bound processes to fewer cores than they could have. */
function warnOfCores({ rank, members }: MpiGroup): void {
  const bound = members.filter(({ cores }) => cores === 1);
  const idle = members.some(({ cores, machineCores, host }) => {
    const neighbours = members.filter((each) => each.host === host).length;
    return cores === 1 && machineCores > neighbours;
  });
  if (rank !== 0 || !idle) return;
  process.stderr.write(
    `${bound.length} of ${members.length} processes may use one core only, and others of their machines are idle: the launcher binds them. Start with mpirun --bind-to none, or with --map-by slot:PE=8; under Slurm with srun --cpus-per-task=8.\n`,
  );
}

/**
 * Sets how models that are compiled from now on divide their batches. K: `keras.distribution.set_distribution`.
 *
 * @param value null: each process trains for itself
 */
export function setDistribution(value: DataParallel | null): void {
  if (value !== null && !(value instanceof DataParallel))
    throw new ArgumentError(`setDistribution: got ${formatValue(value)}, expected a DataParallel or null.`);
  keepDistribution(value ?? undefined);
}

/** What `setDistribution` set; null where it set nothing. K: `keras.distribution.distribution`. */
export function distribution(): DataParallel | null {
  return (keptDistribution() as DataParallel | undefined) ?? null;
}
