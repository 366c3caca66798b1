/** An answer of the engine that follows its question. */
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";

export interface Answer<T> {
  /** The newest answer; while the next one is on its way, still the last. */
  readonly value: T | undefined;
  readonly failure: string | undefined;
  readonly isPending: boolean;
}

/**
 * Asks whenever a signal that `ask` reads changes (before its first await). An older question is then aborted, and its answer is not
 * shown.
 *
 * @param ask returns undefined when there is nothing to ask yet
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T> | undefined): Signal<Answer<T>> {
  const answer = useSignal<Answer<T>>({ value: undefined, failure: undefined, isPending: true });
  useSignalEffect(() => {
    const controller = new AbortController();
    const asked = ask(controller.signal);
    if (asked !== undefined) {
      answer.value = { ...answer.peek(), isPending: true };
      asked.then(
        (value) => {
          if (!controller.signal.aborted) answer.value = { value, failure: undefined, isPending: false };
        },
        (error: unknown) => {
          if (controller.signal.aborted) return;
          const failure = error instanceof Error ? error.message : String(error);
          answer.value = { ...answer.peek(), failure, isPending: false };
        },
      );
    }
    return () => controller.abort();
  });
  return answer;
}
