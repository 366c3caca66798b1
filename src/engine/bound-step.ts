/** A compiled step with the variables that it is about: it runs with what the host has set, and the host then asks the device. */
import type { BatchShare, Feeds, Outputs } from "../ir/device.ts";
import type { CompiledStep } from "./compiled-step.ts";
import type { Session, StateEntry } from "./session.ts";

/** Variables of a step. */
export interface StepState {
  /** Those that it reads. */
  readonly uses: readonly StateEntry[];
  /** Those that it changes. */
  readonly changes: readonly StateEntry[];
}

export class BoundStep<T extends StepState = StepState> {
  readonly compiled: CompiledStep<T>;
  readonly #session: Session;
  /** What must be on the device before the step. */
  readonly #state: readonly StateEntry[];

  constructor(session: Session, compiled: CompiledStep<T>) {
    this.compiled = compiled;
    this.#session = session;
    const { uses, changes } = compiled.about;
    this.#state = [...new Set([...uses, ...changes])];
  }

  get about(): T {
    return this.compiled.about;
  }

  get stepsInFlight(): number {
    return this.compiled.stepsInFlight;
  }

  get isReleased(): boolean {
    return this.compiled.isReleased;
  }

  reserve(): Promise<void> | undefined {
    return this.compiled.reserve();
  }

  /**
   * Starts a step in a reserved place. What the host has set until now is sent before it; nothing can come between the two, so
   * that a value that was set is never lost, and no step sees some weights of one moment and some of another.
   */
  start(feeds: Feeds, rows: number, share?: BatchShare): Promise<Outputs> {
    const sent = this.#session.sync(this.#state);
    this.#session.markChanged(this.about.changes);
    const outputs = this.compiled.start(feeds, rows, share);
    return sent === undefined ? outputs : Promise.all([outputs, sent]).then(([values]) => values);
  }
}

/**
 * Runs a step once.
 *
 * @param make finds or compiles the step; asked again where the step was released before it could start
 */
export async function runOnce<S extends Pick<BoundStep, "isReleased" | "reserve" | "start">>(
  make: () => Promise<S>,
  feeds: Feeds,
  rows: number,
  share?: BatchShare,
): Promise<{ readonly step: S; readonly outputs: Outputs }> {
  let step = await make();
  while (step.isReleased) step = await make();
  const place = step.reserve();
  if (place !== undefined) await place;
  return { step, outputs: await step.start(feeds, rows, share) };
}
