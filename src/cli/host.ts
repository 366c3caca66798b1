/** What the command line needs of the process it runs in; tests pass their own. */

export interface CliHost {
  /** Results: the standard output. */
  out(text: string): void;
  /** Progress and messages: the standard error. */
  err(text: string): void;
  /** Whether results go to a terminal that shows 256 colours. */
  readonly color: boolean;
  /** How progress is shown on the standard error: redrawn in a terminal, else line by line. */
  readonly progress: { readonly mode: "terminal" | "log"; readonly columns: number; readonly color: boolean };
  /** Calls back at every Ctrl+C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  leave(exitCode: number): void;
}

/** Exit code of a process that SIGINT ended: 128 + 2. */
export const INTERRUPTED = 130;

/** The real process. A reader that closes the pipe early (`fovea train | head`) ends it quietly. */
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
