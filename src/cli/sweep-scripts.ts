/** What a scheduler is given to run the jobs of a sweep. */
import { quote } from "./options.ts";

export interface ScriptParts {
  /** The sweep, as words; `--job` comes behind it. */
  readonly own: readonly string[];
  /** The command that each job runs. */
  readonly words: readonly string[];
  readonly jobs: number;
  /** Folder of the results. */
  readonly results: string;
  readonly cores: number;
}

/** A script for `sbatch`: one task of the array for each job. */
export function slurmScript({ own, words, jobs, results, cores }: ScriptParts): string {
  return `#!/bin/bash
#SBATCH --job-name=fovea-sweep
#SBATCH --array=0-${jobs - 1}
#SBATCH --cpus-per-task=${cores}
#SBATCH --output=${results}/slurm-%a.log
#SBATCH --requeue
exec ${own.map(quote).join(" ")} --job "$SLURM_ARRAY_TASK_ID" -- ${words.map(quote).join(" ")}
`;
}

/** A description for `condor_submit`: one process of the cluster for each job. */
export function condorScript({ own, words, jobs, results, cores }: ScriptParts): string {
  const [program, ...rest] = own;
  return `universe = vanilla
executable = ${program}
arguments = "${[...rest, "--job", "$(Process)", "--", ...words].map(condorWord).join(" ")}"
should_transfer_files = NO
request_cpus = ${cores}
max_retries = 2
log = ${results}/condor.log
output = ${results}/condor-$(Process).out
error = ${results}/condor-$(Process).err
queue ${jobs}
`;
}

/** In HTCondor's new syntax a word with blanks or quotes stands in single quotes, and these are doubled. */
const condorWord = (word: string) =>
  /[\s'"]/.test(word) ? `'${word.replaceAll("'", "''").replaceAll('"', '""')}'` : word;
