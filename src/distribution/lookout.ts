/**
 * Which processes of this host have ended, for the time in which they have not met: each leaves its number in a file beside those of
 * the others. The main thread waits in MPI then, so another one looks.
 */
import { builtin } from "../base/node.ts";
import type { Launch } from "./launcher.ts";
import { whoDied } from "./watch.ts";

/** Time in which a process that is to end hears who has died. */
export const TERMINATION_MS = 500;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the processes of one launch have in common, and those of no other one. */
function launchOf(env: Environment): string {
  const step = env.SLURM_STEP_ID === undefined ? undefined : `${env.SLURM_JOB_ID}-${env.SLURM_STEP_ID}`;
  return (env.PMIX_NAMESPACE ?? step ?? `${process.ppid}`).replaceAll(/[^\w-]/g, "_");
}

interface LookoutData {
  readonly folder: string;
  readonly size: number;
  readonly host: string;
  readonly message: string;
}

/** Runs in a thread of its own, from its text: it uses nothing of this module. */
function lookOut(): void {
  const fs = process.getBuiltinModule("node:fs");
  const { folder, size, host, message } = process.getBuiltinModule("node:worker_threads").workerData as LookoutData;
  const findDead = () => {
    for (let rank = 0; rank < size; rank++) {
      let pid: number;
      try {
        pid = Number(fs.readFileSync(`${folder}/${rank}`, "utf8"));
        // While it is being written.
        if (!(pid > 0)) continue;
      } catch {
        continue;
      }
      try {
        process.kill(pid, 0);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ESRCH") return `Rank ${rank} (process ${pid} on ${host})`;
      }
    }
    return undefined;
  };
  const timer = setInterval(() => {
    const dead = findDead();
    if (dead === undefined) return;
    fs.writeSync(2, `error: ${message.replace("RANK", dead)}\n`);
    clearInterval(timer);
    // Once the others have looked, too.
    setTimeout(() => fs.rmSync(folder, { recursive: true, force: true }), 300);
  }, 50);
}

/**
 * Says which process of this host has ended, should one do so from now on. Where no file can be written, or the launcher does not
 * tell this process's number, its own message has to do.
 *
 * @param env the launcher's variables
 * @param quit ends this process, which was told to
 * @returns ends it: from then on connections tell who has ended
 */
export function keepLookout(env: Environment, { size }: Launch, quit: () => void): () => void {
  const fs = builtin("node:fs");
  const os = builtin("node:os");
  const { join } = builtin("node:path");
  const { Worker } = builtin("node:worker_threads");
  const own = env.OMPI_COMM_WORLD_RANK ?? env.PMIX_RANK ?? env.PMI_RANK ?? env.SLURM_PROCID;
  if (own === undefined || !(size > 1)) return () => {};
  const folder = join(os.tmpdir(), `fovea-${process.getuid?.() ?? 0}-${launchOf(env)}`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(join(folder, own), `${process.pid}`);
  } catch {
    return () => {};
  }
  const workerData: LookoutData = { folder, size, host: os.hostname(), message: whoDied("RANK") };
  const worker = new Worker(`(${lookOut})()`, { eval: true, workerData });
  worker.unref();
  // The launcher's SIGTERM would end this process before it has said a word.
  const wait = () => {
    if (process.listenerCount("SIGTERM") === 1) setTimeout(quit, TERMINATION_MS);
  };
  process.on("SIGTERM", wait);
  return () => {
    process.off("SIGTERM", wait);
    void worker.terminate();
    try {
      fs.rmSync(join(folder, own), { force: true });
      fs.rmdirSync(folder);
    } catch {
      // Others are still there.
    }
  };
}
