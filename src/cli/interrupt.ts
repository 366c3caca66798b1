/** Ctrl+C and SIGTERM: the first one stops after the step in flight, the second one exits immediately. */
import { type CliHost, INTERRUPTED } from "./host.ts";

export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Exit code of a process that it has ended. */
  readonly exitCode: number;
  /** Whether a call was ended by a signal: to this process, or to another one that trains with it. */
  isReason(error: unknown): boolean;
  /** Stops listening. */
  release(): void;
}

export function listenForInterrupt(host: CliHost): Interrupt {
  const controller = new AbortController();
  let exitCode = INTERRUPTED;
  const release = host.onInterrupt((code) => {
    if (controller.signal.aborted) {
      host.leave(code);
      return;
    }
    exitCode = code;
    controller.abort();
  });
  return {
    signal: controller.signal,
    isReason: (error) =>
      (controller.signal.aborted && error === controller.signal.reason) ||
      (error instanceof Error && error.name === "AbortError"),
    get exitCode() {
      return exitCode;
    },
    release,
  };
}
