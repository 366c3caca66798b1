/** Ctrl+C: the first one stops after the step in flight, the second one exits immediately. */
import { type CliHost, INTERRUPTED } from "./host.ts";

export interface Interrupt {
  /** Aborted by the first Ctrl+C. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

export function listenForInterrupt(host: CliHost): Interrupt {
  const controller = new AbortController();
  const release = host.onInterrupt(() => {
    if (controller.signal.aborted) {
      host.leave(INTERRUPTED);
      return;
    }
    controller.abort();
  });
  return { signal: controller.signal, release };
}
