/** `--distributed`: joins the processes of a launcher; the first one speaks for all. */
import { formatCount, formatFixed } from "../base/format.ts";
import { DataParallel, initialize, setDistribution } from "../distribution/index.ts";
import { ArgumentError } from "../index.ts";
import type { CliHost } from "./host.ts";

export interface JoinedHost {
  /** Of a process other than the first one it writes nothing. */
  readonly host: CliHost;
  readonly isFirst: boolean;
  /** Says what the exchanges with the other processes took. */
  reportExchanges(): void;
}

/** @throws ArgumentError where no launcher has started this process */
export async function joinProcesses(host: CliHost): Promise<JoinedHost> {
  await initialize();
  const parallel = new DataParallel();
  if (parallel.group === undefined && !wasLaunched())
    throw new ArgumentError(
      "--distributed: this process was started alone. Start several: mpirun -n 4 --bind-to none npx fovea train --distributed, or srun in a job of Slurm.",
    );
  setDistribution(parallel);
  const { rank, size } = parallel;
  if (rank > 0) return { host: { ...host, out: () => {}, err: () => {} }, isFirst: false, reportExchanges: () => {} };
  host.err(`${size} ${size === 1 ? "process" : "processes"} train together.\n`);
  const reportExchanges = () => {
    const { count, milliseconds } = parallel.exchanges;
    host.err(
      `${formatCount(count)} exchanges between ${size} processes took ${formatFixed(milliseconds / 1000, 1)} s.\n`,
    );
  };
  return { host, isFirst: true, reportExchanges };
}

const wasLaunched = () =>
  ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE"].some((name) => process.env[name] !== undefined);
