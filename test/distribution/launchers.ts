/** The launchers of this machine, and programs that are started by them. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a process says of one training. */
export interface Trained {
  readonly rank: number;
  readonly size: number;
  readonly losses: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly scores: Readonly<Record<string, number>>;
  /** A digest of weights and the optimizer's variables. */
  readonly weights: string;
  /** Weights of the model that Keras has trained too. */
  readonly values: readonly (readonly number[])[];
  /** Exchanges within steps so far. */
  readonly exchanges: number;
  readonly error: string;
}

export interface Launched {
  readonly exitCode: number;
  /** By training, then by rank. */
  readonly trained: readonly (readonly Trained[])[];
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Command lines without the number of processes; a launcher that is not installed is missing. */
export function launchers(): Readonly<Partial<Record<"Open MPI" | "MPICH", readonly string[]>>> {
  const root = process.getuid?.() === 0 ? ["--allow-run-as-root"] : [];
  // On loopback and shared memory alone; processes may be more than cores.
  const openMpi = [
    "--oversubscribe",
    "--bind-to",
    "none",
    "--mca",
    "btl",
    "self,vader",
    "--mca",
    "mpi_yield_when_idle",
    "1",
  ];
  return {
    ...(isThere("mpirun.openmpi") ? { "Open MPI": ["mpirun.openmpi", ...root, ...openMpi] } : {}),
    ...(isThere("mpirun.mpich") ? { MPICH: ["mpirun.mpich"] } : {}),
  };
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export const program = fileURLToPath(new URL("program.mjs", import.meta.url));

/** Runs a command to its end; rejects where it hangs. */
export function launch(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Launched> {
  const [file, ...args] = command as [string, ...string[]];
  const start = performance.now();
  // Each process has a file of its own: mpirun mixes the lines of several processes where they are longer than a pipe's piece.
  const reports = mkdtempSync(join(tmpdir(), "fovea-reports-"));
  const options = { env: { ...process.env, TEST_REPORTS: reports, ...env }, timeout: 90_000 };
  const ended = new Promise<Omit<Launched, "trained">>((resolve, reject) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error?.killed) return reject(new Error(`${command.join(" ")} hangs.\n${stdout}\n${stderr}`));
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      return resolve({ exitCode, stdout, stderr, seconds: (performance.now() - start) / 1000 });
    });
  });
  return ended
    .then((launched) => ({ ...launched, trained: readReports(reports) }))
    .finally(() => rmSync(reports, { recursive: true }));
}

/** Reports by training, then by rank. */
function readReports(folder: string): Trained[][] {
  const trained: Trained[][] = [];
  for (const rank of readdirSync(folder))
    readFileSync(join(folder, rank), "utf8")
      .trimEnd()
      .split("\n")
      .forEach((line, training) => {
        trained[training] ??= [];
        trained[training][Number(rank)] = JSON.parse(line) as Trained;
      });
  return trained;
}
