/** The parts of the process that the command line uses; tests pass their own. */

export interface CliHost {
  /** Writes results to the standard output. */
  out(text: string): void;
  /** Writes progress and messages to the standard error. */
  err(text: string): void;
  /** Whether the standard output is a terminal with 256 colours. */
  readonly color: boolean;
  /** How the standard error shows progress: redrawn in a terminal, else line by line. */
  readonly progress: { readonly mode: "terminal" | "log"; readonly columns: number; readonly color: boolean };
  /** How the user calls this program, for commands that are to be repeated: "fovea" or "npx fovea". */
  readonly program: string;
  /**
   * Calls the listener at every Ctrl+C and SIGTERM until the returned function is called, with the exit code of a process that the
   * signal has ended.
   */
  onInterrupt(listener: (exitCode: number) => void): () => void;
  /** Ends the process immediately. */
  leave(exitCode: number): void;
  /**
   * Runs work whose results go into files: it is finished even if the reader of the standard output is gone. The process then ends
   * after it.
   */
  finishing<T>(work: () => Promise<T>): Promise<T>;
}

/** Exit code of a process ended by SIGINT: 128 + 2. */
export const INTERRUPTED = 130;
/** Exit code of a process ended by SIGTERM: 128 + 15. */
export const TERMINATED = 143;
/** Exit code of a process ended by SIGPIPE: 128 + 13. */
const NO_READER = 141;

/**
 * The real process. If the reader of results closes the pipe early (`fovea train | head`), it ends as other tools do, with the exit
 * code of SIGPIPE. Without a reader of progress and messages it goes on in silence.
 */
export function processHost(): CliHost {
  const { stdout, stderr, env } = process;
  let unfinished = 0;
  let exitCode: number | undefined;
  const leaveWhenFinished = () => {
    if (exitCode !== undefined && unfinished === 0) process.exit(exitCode);
  };
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (exitCode !== undefined) return;
    exitCode = error.code === "EPIPE" ? NO_READER : 1;
    if (error.code !== "EPIPE") stderr.write(`error: Cannot write results: ${error.message}.\n`);
    leaveWhenFinished();
  });
  // Nobody could be told.
  stderr.on("error", () => undefined);
  const colors = (isTerminal: boolean) =>
    (env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : isTerminal && !env.NO_COLOR) && env.TERM !== "dumb";
  const redraws = stderr.isTTY === true && !env.CI;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: colors(stdout.isTTY === true),
    progress: { mode: redraws ? "terminal" : "log", columns: stderr.columns || 80, color: colors(redraws) },
    program: env.npm_command === "exec" ? "npx fovea" : "fovea",
    onInterrupt(listener) {
      const signals = { SIGINT: () => listener(INTERRUPTED), SIGTERM: () => listener(TERMINATED) };
      for (const [name, listen] of Object.entries(signals)) process.on(name, listen);
      return () => {
        for (const [name, listen] of Object.entries(signals)) process.off(name, listen);
      };
    },
    leave: (code) => process.exit(code),
    async finishing(work) {
      unfinished++;
      try {
        return await work();
      } finally {
        unfinished--;
        leaveWhenFinished();
      }
    },
  };
}
