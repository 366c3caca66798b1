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
  /** Calls the listener at every Ctrl+C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process immediately. */
  leave(exitCode: number): void;
}

/** Exit code of a process ended by SIGINT: 128 + 2. */
export const INTERRUPTED = 130;

/** The real process. If a reader closes the pipe early (`fovea train | head`), the process ends without an error. */
export function processHost(): CliHost {
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  const colors = (isTerminal: boolean) =>
    (env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : isTerminal && !env.NO_COLOR) && env.TERM !== "dumb";
  const redraws = stderr.isTTY === true && !env.CI;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: colors(stdout.isTTY === true),
    progress: { mode: redraws ? "terminal" : "log", columns: stderr.columns || 80, color: colors(redraws) },
    onInterrupt(listener) {
      process.on("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
    leave: (exitCode) => process.exit(exitCode),
  };
}
