/** Ctrl+C and SIGTERM: the first one stops after the step in flight, the second one exits immediately. */
import { type CliHost, INTERRUPTED } from "./host.ts";

export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Exit code of a process that it has ended. */
  readonly exitCode: number;
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
    get exitCode() {
      return exitCode;
    },
    release,
  };
}
