/** Where progress and summaries go when the caller does not say: the terminal in Node, the console in browsers. */
import { isFirstProcess } from "../nn/process-state.ts";
import type { LineMode, LineOptions } from "../view/terminal-line.ts";

/**
 * Keras's levels: 0 silent, 1 a bar, 2 one line per epoch; "json" one object a line. "auto" is 1 in a terminal; elsewhere it is 2, and
 * 0 for predictions, which a server makes by the thousand.
 */
export type Verbose = (typeof verboseLevels)[number];

export const verboseLevels = ["auto", 0, 1, 2, "json"] as const;

/** The part of Node's `process` that is used, where there is one. */
interface Streams {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stderr?: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stdout?: { write(text: string): unknown };
}

const streams = (): Streams => (globalThis as { process?: Streams }).process ?? {};

/** Writes text for the user to the standard output, or line by line to the console; of processes that train together the first one does. */
export function writeOutput(text: string): void {
  if (!isFirstProcess()) return;
  const { stdout } = streams();
  if (stdout !== undefined) stdout.write(text);
  // biome-ignore lint/suspicious/noConsole: the only output that a browser has
  else console.log(text.replace(/\n$/, ""));
}

/**
 * How progress is shown; it goes to the standard error, so that results can be piped.
 *
 * @param elsewhere what "auto" is where there is no terminal
 */
export function progressOptions(
  verbose: Verbose,
  write?: (text: string) => void,
  elsewhere: LineMode = "log",
): LineOptions {
  const { stderr, env = {} } = streams();
  const isTerminal = stderr?.isTTY === true && !env.CI;
  const modes: Record<Verbose, LineMode> = {
    0: "silent",
    1: stderr === undefined || isTerminal ? "terminal" : "log",
    2: "log",
    auto: isTerminal ? "terminal" : elsewhere,
    json: "json",
  };
  const color = env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : isTerminal && !env.NO_COLOR;
  const standard = stderr === undefined ? writeOutput : (text: string) => void stderr.write(text);
  // A terminal without a window reports 0 columns.
  const columns = stderr?.columns || 80;
  if (!isFirstProcess()) return { mode: "silent", write: () => {}, now: () => performance.now(), columns, color };
  return { mode: modes[verbose], write: write ?? standard, now: () => performance.now(), columns, color };
}
